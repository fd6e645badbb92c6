//! The addresses of this host's network interfaces, and what can be said of a peer by comparing with them.
//!
//! The only place that asks the operating system; everything that reasons about interfaces is handed a list.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use if_addrs::{IfAddr, get_if_addrs};

/// One address of one interface that is up. An interface with several addresses is several of these.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Interface {
    /// The operating system's number of the interface.
    pub index: u32,
    /// The address.
    pub address: IpAddr,
    /// How many leading bits its network has in common.
    pub prefix: u8,
}

impl Interface {
    /// The address, if it is of IPv4, the only one that SSDP is spoken over here.
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        match self.address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        }
    }

    /// Whether an address belongs to the network of this one.
    pub fn is_neighbour(&self, other: Ipv4Addr) -> bool {
        let mask = u32::MAX
            .checked_shl(32 - u32::from(self.prefix.min(32)))
            .unwrap_or(0);
        self.ipv4()
            .is_some_and(|own| own.to_bits() & mask == other.to_bits() & mask)
    }
}

/// Whether the address is one of this host's own.
pub fn is_own(address: Ipv4Addr, interfaces: &[Interface]) -> bool {
    address.is_loopback()
        || interfaces
            .iter()
            .any(|interface| interface.address == address)
}

/// The addresses of all interfaces that are up and running.
pub fn list() -> io::Result<Vec<Interface>> {
    let running = get_if_addrs()?
        .into_iter()
        .filter(if_addrs::Interface::is_oper_up);
    Ok(running
        .map(|interface| Interface {
            index: interface.index.unwrap_or_default(),
            address: interface.ip(),
            prefix: match &interface.addr {
                IfAddr::V4(v4) => v4.prefixlen,
                IfAddr::V6(v6) => v6.prefixlen,
            },
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_the_prefix() {
        let with = |prefix| Interface {
            index: 2,
            address: Ipv4Addr::new(10, 1, 2, 3).into(),
            prefix,
        };
        let near = Ipv4Addr::new(10, 1, 2, 200);
        let far = Ipv4Addr::new(10, 1, 3, 3);
        assert!(with(24).is_neighbour(near) && !with(24).is_neighbour(far));
        assert!(with(16).is_neighbour(far) && !with(32).is_neighbour(near));
        assert!(with(0).is_neighbour(Ipv4Addr::BROADCAST));
    }

    #[test]
    fn this_host_has_a_loopback_address() {
        let interfaces = list().unwrap();
        assert!(
            interfaces
                .iter()
                .any(|interface| interface.address.is_loopback()),
            "{interfaces:?}"
        );
        assert!(
            interfaces
                .iter()
                .all(|interface| interface.ipv4().is_none_or(|own| is_own(own, &interfaces)))
        );
    }
}
