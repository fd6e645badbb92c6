//! Pure: whether a web page may have the Manager do something.
//!
//! Browsers send requests of any page to any address, and name the page's origin in `Origin` with each that changes
//! something and with each WebSocket. Programs send none. A page may order what it likes of the place that it comes from.

use super::hosts::{Authority, is_allowed};

/// Whether a page of this origin may send a request that names this host.
pub(super) fn is_accepted(origin: &str, host: Option<&str>, allowed: &[String]) -> bool {
    let Some((default_port, origin)) = authority(origin) else {
        return false;
    };
    // A proxy in front of the Manager may name another host than the browser has.
    is_allowed(origin.host, allowed)
        || host
            .and_then(Authority::of)
            .is_some_and(|host| origin.is_same_as(host, default_port))
}

/// The port of its scheme, and the authority of an origin. `None` for `null` and what is no origin of the web.
fn authority(origin: &str) -> Option<(u16, Authority<'_>)> {
    let (scheme, authority) = origin.split_once("://")?;
    let port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    Some((port, Authority::of(authority)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_have_its_own_place_do_something_and_no_other() {
        let allowed = ["farm.example.com".to_owned()];
        let accepts = |origin: &str, host: &str| is_accepted(origin, Some(host), &allowed);
        assert!(accepts("http://farm:8080", "farm:8080"));
        assert!(accepts("http://farm", "farm") && accepts("https://farm", "farm:443"));
        assert!(accepts("http://[::1]:8080", "[::1]:8080"));
        assert!(accepts("https://farm.example.com", "127.0.0.1:8080"));
        for (origin, host) in [
            ("http://evil.example", "farm:8080"),
            ("http://farm:8081", "farm:8080"),
            ("http://localhost:3000", "localhost:8080"),
            ("null", "farm:8080"),
            ("", "farm:8080"),
            ("file://", "farm:8080"),
            ("chrome-extension://farm:8080", "farm:8080"),
            ("http://farm:8080.evil.example", "farm:8080"),
        ] {
            assert!(!accepts(origin, host), "{origin} to {host}");
        }
        assert!(!is_accepted("http://farm", None, &allowed));
    }
}
