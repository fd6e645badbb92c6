//! Pure: which names of this Manager requests may use.
//!
//! A web page of a stranger can have its own name resolve to this host's address ("DNS rebinding"), and is then of the
//! same origin as the Manager for the browser. What betrays it is the name in the `Host` header. So only names are
//! accepted that a stranger cannot register: addresses, names of the local network, and this host's own ones.

use std::net::{IpAddr, Ipv6Addr};

/// Domains that exist in local networks only: RFC 6762, RFC 8375, and two that ICANN has set aside or never delegates.
const LOCAL_DOMAINS: [&str; 4] = ["local", "lan", "internal", "home.arpa"];

/// A host, and the port that was named with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Authority<'a> {
    /// The name or the address, without brackets and without a dot at its end.
    pub(super) host: &'a str,
    /// The port, if one was named.
    pub(super) port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `host`, `host:port`, `[address]` or `[address]:port`. `None` for anything else.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, rest) = rest.split_once(']')?;
                address.parse::<Ipv6Addr>().ok()?;
                (
                    address,
                    rest.strip_prefix(':')
                        .or_else(|| rest.is_empty().then_some(""))?,
                )
            }
            None => text.split_once(':').unwrap_or((text, "")),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_host = !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte));
        let port = match port {
            "" => None,
            port => Some(port.parse().ok()?),
        };
        is_host.then_some(Self { host, port })
    }

    /// Whether both name the same place, for a scheme with this port by default.
    pub(super) fn is_same_as(self, other: Self, default_port: u16) -> bool {
        let port = |authority: Self| authority.port.unwrap_or(default_port);
        self.host.eq_ignore_ascii_case(other.host) && port(self) == port(other)
    }
}

/// Whether requests may use this name, with the names of this host, and those that the configuration allows.
pub(super) fn is_accepted(host: &str, own: &[String], allowed: &[String]) -> bool {
    host.parse::<IpAddr>().is_ok()
        || !host.contains('.')
        || LOCAL_DOMAINS.iter().any(|domain| is_below(host, domain))
        || own.iter().any(|name| name.eq_ignore_ascii_case(host))
        || is_allowed(host, allowed)
}

/// Whether the configuration allows this name: as it is, by `*.domain`, or by `*`, which allows all.
pub(super) fn is_allowed(host: &str, allowed: &[String]) -> bool {
    allowed
        .iter()
        .any(|pattern| match pattern.strip_prefix("*.") {
            Some(domain) => is_below(host, domain),
            None => pattern == "*" || pattern.eq_ignore_ascii_case(host),
        })
}

/// Whether a name lies in a domain, at any depth.
fn is_below(host: &str, domain: &str) -> bool {
    let Some(at) = host.len().checked_sub(domain.len()) else {
        return false;
    };
    let (front, back) = host.split_at_checked(at).unwrap_or_default();
    front.len() > 1 && front.ends_with('.') && back.eq_ignore_ascii_case(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, host: &str, port: Option<u16>) {
        assert_eq!(Authority::of(text), Some(Authority { host, port }));
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        check("farm", "farm", None);
        check("Farm.local.:8080", "Farm.local", Some(8080));
        check("10.0.0.1:80", "10.0.0.1", Some(80));
        check("[::1]", "::1", None);
        check("[fe80::1]:8080", "fe80::1", Some(8080));
        check("my_manager:1", "my_manager", Some(1));
        for other in [
            "",
            ":80",
            "a b",
            "a/b",
            "[farm]",
            "[::1]x",
            "a:b",
            "a:70000",
            "::1",
            "user@farm",
            "ä",
        ] {
            assert_eq!(Authority::of(other), None, "{other}");
        }
    }

    #[test]
    fn names_are_accepted_that_a_stranger_cannot_register() {
        let own = ["render.studio.example".to_owned()];
        let allowed = ["farm.example.com".to_owned(), "*.studio.org".to_owned()];
        let accepts = |host: &str| is_accepted(host, &own, &allowed);
        for ours in [
            "127.0.0.1",
            "::1",
            "192.168.0.7",
            "localhost",
            "manager",
            "farm.local",
            "a.b.LAN",
            "x.internal",
            "nas.home.arpa",
            "render.studio.example",
            "FARM.example.com",
            "a.studio.org",
            "a.b.studio.org",
            "manager.farandole.svc.cluster.local",
        ] {
            assert!(accepts(ours), "{ours}");
        }
        for other in [
            "evil.example",
            "farm.local.evil.com",
            "xlocal.com",
            "studio.org",
            "evilstudio.org",
            "example.com",
            "127.0.0.1.nip.io",
            "render.studio.example.evil.com",
            ".local",
        ] {
            assert!(!accepts(other), "{other}");
        }
        assert!(is_accepted("anything.example", &[], &["*".to_owned()]));
    }

    #[test]
    fn the_default_port_need_not_be_named() {
        let same = |one, other| {
            Authority::of(one)
                .unwrap()
                .is_same_as(Authority::of(other).unwrap(), 80)
        };
        assert!(same("farm", "farm:80") && same("FARM:8080", "farm:8080") && same("farm", "farm"));
        assert!(!same("farm", "farm:8080") && !same("farm:1", "other:1"));
    }
}
