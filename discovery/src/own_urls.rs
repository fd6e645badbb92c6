//! Pure: the URLs under which a Manager can be reached, from the address it listens on and the host's interfaces.
//!
//! They are for people (log lines, the first run's browser), for the browser's cross-origin rules and for discovery.
//! Whether they really lead here (name services, firewalls) is not checked.

use std::net::IpAddr;

use url::Url;

use crate::interfaces::Interface;

/// Why there is no own URL.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OwnUrlsError {
    /// The text is not `host:port`, `host` or `:port`.
    #[error("{0:?} is not an address to listen on")]
    NotAnAddress(String),
    /// To listen on all interfaces takes a port.
    #[error("{0:?} names no port")]
    NoPort(String),
    /// No interface has an address that fits.
    #[error("no network interface has an address")]
    NoAddress,
}

/// The own URLs, the best first: other hosts before this one, IPv4 before IPv6.
///
/// A host that is named is the only one. Otherwise each interface gives its addresses: loopback only where it has no
/// other, link-local IPv6 never (its scope cannot be written in a browser), link-local IPv4 only where it has no
/// other IPv4. `0.0.0.0` means IPv4, `[::]` and an empty host mean both.
pub fn own_urls(listen: &str, interfaces: &[Interface]) -> Result<Vec<Url>, OwnUrlsError> {
    let wrong = || OwnUrlsError::NotAnAddress(listen.to_owned());
    let (host, port) = split(listen).ok_or_else(wrong)?;
    let everywhere = match host.parse::<IpAddr>() {
        Ok(address) => address.is_unspecified(),
        Err(_) => host.is_empty(),
    };
    if !everywhere {
        return Ok(vec![url(host, port).ok_or_else(wrong)?]);
    }
    let port = port
        .filter(|port| *port > 0)
        .ok_or_else(|| OwnUrlsError::NoPort(listen.to_owned()))?;
    let ipv6_too = host != "0.0.0.0";
    let mut addresses: Vec<IpAddr> = interfaces
        .iter()
        .filter(|one| is_kept(one, interfaces))
        .map(|one| one.address)
        .collect();
    addresses.retain(|address| ipv6_too || address.is_ipv4());
    addresses.sort_by_key(|address| (address.is_loopback(), *address));
    addresses.dedup();
    if addresses.is_empty() {
        return Err(OwnUrlsError::NoAddress);
    }
    addresses
        .iter()
        .map(|address| url(&address.to_string(), Some(port)).ok_or_else(wrong))
        .collect()
}

/// Host (without brackets) and port.
fn split(listen: &str) -> Option<(&str, Option<u16>)> {
    if listen.is_empty() {
        return None;
    }
    if listen.parse::<IpAddr>().is_ok() {
        return Some((listen, None));
    }
    if let Some(rest) = listen.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(port.parse().ok()?),
            None if rest.is_empty() => None,
            None => return None,
        };
        return Some((host, port));
    }
    match listen.rsplit_once(':') {
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((listen, None)),
    }
}

fn url(host: &str, port: Option<u16>) -> Option<Url> {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let url = Url::parse(&format!("http://{host}{port}/")).ok()?;
    // What is more than host and port was no address.
    (url.path() == "/"
        && url.username().is_empty()
        && url.query().is_none()
        && url.fragment().is_none())
    .then_some(url)
}

fn is_kept(one: &Interface, all: &[Interface]) -> bool {
    let siblings = || {
        all.iter()
            .filter(|other| other.index == one.index && other.address != one.address)
    };
    match one.address {
        address if address.is_unspecified() || address.is_multicast() => false,
        address if address.is_loopback() => siblings().all(|other| other.address.is_loopback()),
        IpAddr::V4(address) if address.is_link_local() => {
            siblings().all(|other| other.address.is_ipv6() || other.address.is_loopback())
        }
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interfaces() -> Vec<Interface> {
        let one = |index, address: &str, prefix| Interface {
            index,
            address: address.parse().unwrap(),
            prefix,
        };
        vec![
            one(1, "127.0.0.1", 8),
            one(1, "::1", 128),
            one(2, "fe80::1", 64),
            one(2, "fd00::2", 64),
            one(2, "192.168.1.5", 24),
            one(2, "169.254.7.7", 16),
            one(3, "10.0.0.9", 8),
            one(4, "169.254.3.3", 16),
            one(4, "127.0.0.2", 8),
        ]
    }

    #[track_caller]
    fn check(listen: &str, expected: &[&str]) {
        let urls = own_urls(listen, &interfaces()).unwrap();
        assert_eq!(urls.iter().map(Url::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_named_host_is_the_only_one() {
        check("render.example:8080", &["http://render.example:8080/"]);
        check("render.example", &["http://render.example/"]);
        check("192.168.1.5:8080", &["http://192.168.1.5:8080/"]);
        check("127.0.0.1:8080", &["http://127.0.0.1:8080/"]);
        check("[fd00::2]:8080", &["http://[fd00::2]:8080/"]);
        check("fd00::2", &["http://[fd00::2]/"]);
    }

    #[test]
    fn everywhere_is_each_interface_the_best_first() {
        let ipv4 = [
            "http://10.0.0.9:8080/",
            "http://169.254.3.3:8080/",
            "http://192.168.1.5:8080/",
            "http://[fd00::2]:8080/",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/",
        ];
        check(":8080", &ipv4);
        check("[::]:8080", &ipv4);
    }

    #[test]
    fn everywhere_in_ipv4_has_no_other_addresses() {
        check(
            "0.0.0.0:8080",
            &[
                "http://10.0.0.9:8080/",
                "http://169.254.3.3:8080/",
                "http://192.168.1.5:8080/",
                "http://127.0.0.1:8080/",
            ],
        );
    }

    #[test]
    fn a_lonely_host_still_has_its_loopback() {
        let lonely: Vec<_> = interfaces()
            .into_iter()
            .filter(|one| one.index == 1)
            .collect();
        assert_eq!(own_urls(":80", &lonely).unwrap().len(), 2);
    }

    #[test]
    fn what_cannot_be_reached_is_an_error() {
        for listen in ["::", "0.0.0.0", "[::]", "0.0.0.0:0"] {
            assert_eq!(
                own_urls(listen, &interfaces()),
                Err(OwnUrlsError::NoPort(listen.to_owned()))
            );
        }
        for listen in [
            "",
            "host:port",
            "[::]8080",
            "[::",
            "a b:80",
            "host:99999",
            "user@host:80",
            "host/x:80",
            "host/x",
        ] {
            assert_eq!(
                own_urls(listen, &interfaces()),
                Err(OwnUrlsError::NotAnAddress(listen.to_owned()))
            );
        }
        assert_eq!(own_urls(":8080", &[]), Err(OwnUrlsError::NoAddress));
    }
}
