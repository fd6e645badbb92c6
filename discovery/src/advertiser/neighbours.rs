//! Pure: who is told which of the Manager's URLs, and in what order.

use std::net::Ipv4Addr;

use url::{Host, Url};

use crate::candidates::is_loopback;
use crate::interfaces::{Interface, is_own};

/// A host with more addresses (of containers, mostly) tells the best of them.
const MOST_ADVERTS: usize = 16;

/// Whether somebody is answered at all. Searches come by multicast from nearby, but anybody can send one to the port
/// with a forged sender, and the answers are larger than the question: so nobody on the open internet.
pub(super) fn is_near(peer: Ipv4Addr, interfaces: &[Interface]) -> bool {
    let [first, second, ..] = peer.octets();
    let carrier = first == 100 && (64..128).contains(&second); // RFC 6598, used by private overlay networks
    let private = peer.is_private() || peer.is_link_local() || peer.is_loopback() || carrier;
    private
        || interfaces
            .iter()
            .any(|interface| interface.prefix > 0 && interface.is_neighbour(peer))
}

/// The URLs to answer a search with: that of the network from which it came first.
pub(super) fn urls_for_peer<'a>(
    peer: Ipv4Addr,
    urls: &'a [Url],
    interfaces: &[Interface],
) -> Vec<&'a Url> {
    let network = interfaces
        .iter()
        .find(|interface| interface.is_neighbour(peer));
    ordered(urls, network, is_own(peer, interfaces))
}

/// The URLs to announce out of an interface: its own first.
pub(super) fn urls_for_network<'a>(network: &Interface, urls: &'a [Url]) -> Vec<&'a Url> {
    ordered(urls, Some(network), network.address.is_loopback())
}

/// Loopback addresses mean nothing, or worse something else, to another host: they are told `here` only.
fn ordered<'a>(urls: &'a [Url], network: Option<&Interface>, here: bool) -> Vec<&'a Url> {
    let mut told: Vec<&Url> = urls
        .iter()
        .filter(|url| here || !is_loopback(url))
        .collect();
    told.sort_by_key(|url| !is_in(url, network)); // stable: the rest keeps its order
    told.truncate(MOST_ADVERTS);
    told
}

fn is_in(url: &Url, network: Option<&Interface>) -> bool {
    match (url.host(), network) {
        (Some(Host::Ipv4(address)), Some(network)) => network.is_neighbour(address),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own_urls::own_urls;

    fn interfaces() -> Vec<Interface> {
        let one = |index, address: &str, prefix| Interface {
            index,
            address: address.parse().unwrap(),
            prefix,
        };
        vec![
            one(1, "127.0.0.1", 8),
            one(2, "192.168.1.5", 24),
            one(3, "10.0.0.9", 8),
            one(4, "198.51.100.7", 24),
        ]
    }

    #[track_caller]
    fn check(peer: &str, expected: &[&str]) {
        let urls = own_urls(":80", &interfaces()).unwrap();
        let told = urls_for_peer(peer.parse().unwrap(), &urls, &interfaces());
        let hosts: Vec<_> = told.iter().filter_map(|url| url.host_str()).collect();
        assert_eq!(hosts, expected);
    }

    #[test]
    fn a_neighbour_hears_of_its_own_network_first() {
        check("192.168.1.77", &["192.168.1.5", "10.0.0.9", "198.51.100.7"]);
        check("10.200.0.1", &["10.0.0.9", "192.168.1.5", "198.51.100.7"]);
    }

    #[test]
    fn a_stranger_hears_of_all_networks() {
        check("172.16.0.1", &["10.0.0.9", "192.168.1.5", "198.51.100.7"]);
    }

    #[test]
    fn only_this_host_hears_of_loopback() {
        check(
            "192.168.1.5",
            &["192.168.1.5", "10.0.0.9", "198.51.100.7", "127.0.0.1"],
        );
        check(
            "127.0.0.1",
            &["127.0.0.1", "10.0.0.9", "192.168.1.5", "198.51.100.7"],
        );
    }

    #[test]
    fn a_network_is_told_its_own_address_first() {
        let urls = own_urls(":80", &interfaces()).unwrap();
        let first = |network: &Interface| {
            urls_for_network(network, &urls)[0]
                .host_str()
                .unwrap()
                .to_owned()
        };
        for network in &interfaces() {
            assert_eq!(first(network), network.address.to_string());
        }
    }

    #[test]
    fn the_open_internet_is_not_answered() {
        let near = |peer: &str| is_near(peer.parse().unwrap(), &interfaces());
        for peer in [
            "10.1.1.1",
            "172.31.0.1",
            "192.168.200.1",
            "169.254.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "198.51.100.200",
        ] {
            assert!(near(peer), "{peer}");
        }
        for peer in ["8.8.8.8", "198.51.101.1", "100.128.0.1", "172.32.0.1"] {
            assert!(!near(peer), "{peer}");
        }
    }

    #[test]
    fn a_host_with_very_many_addresses_tells_some() {
        let urls: Vec<Url> = (0..100)
            .map(|n| Url::parse(&format!("http://10.0.0.{n}/")).unwrap())
            .collect();
        assert_eq!(
            urls_for_peer(Ipv4Addr::new(10, 1, 1, 1), &urls, &interfaces()).len(),
            MOST_ADVERTS
        );
    }
}
