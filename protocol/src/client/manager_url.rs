//! A Manager's URL as people write it.

use std::net::Ipv6Addr;

use url::Url;

/// The port of a Manager that is named without a scheme and without a port.
pub const DEFAULT_PORT: u16 = 8080;

/// The text does not name a Manager.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text:?} is not a Manager's URL: {reason}")]
pub struct InvalidManagerUrl {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads a Manager's URL, generously: `http://host:8080/`, `host:8080`, `host`, `[::1]:8080`, `::1`.
///
/// Without a scheme it is `http`, and [`DEFAULT_PORT`] unless it says one; with a scheme the port is the scheme's own.
/// A path is kept, for a Manager behind a proxy; a query and a fragment are not.
pub fn parse_manager_url(text: &str) -> Result<Url, InvalidManagerUrl> {
    let invalid = |reason: &str| InvalidManagerUrl {
        text: text.to_owned(),
        reason: reason.to_owned(),
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid("it is empty"));
    }
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        with_scheme(text)
    };
    let mut url = Url::parse(&full).map_err(|error| invalid(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("only http and https are spoken"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it must not hold a name or password"));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// Completes `host`, `host:port` or a bare IPv6 address, each with or without a path.
fn with_scheme(text: &str) -> String {
    let (authority, path) = text
        .find('/')
        .map_or((text, ""), |slash| text.split_at(slash));
    if authority.parse::<Ipv6Addr>().is_ok() {
        return format!("http://[{authority}]:{DEFAULT_PORT}{path}");
    }
    // Only what follows a bracketed address can be its port.
    let after_address = authority
        .rsplit_once(']')
        .map_or(authority, |(_, rest)| rest);
    if after_address.contains(':') {
        format!("http://{authority}{path}")
    } else {
        format!("http://{authority}:{DEFAULT_PORT}{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(
            parse_manager_url(text).unwrap().as_str(),
            expected,
            "{text}"
        );
    }

    #[test]
    fn a_host_alone_means_the_usual_port() {
        check("render-box", "http://render-box:8080/");
        check(" 127.0.0.1 ", "http://127.0.0.1:8080/");
        check("[::1]", "http://[::1]:8080/");
        check("::1", "http://[::1]:8080/");
        check("render-box/farm", "http://render-box:8080/farm");
    }

    #[test]
    fn a_port_that_is_given_stays() {
        check("127.0.0.1:9000", "http://127.0.0.1:9000/");
        check("[::1]:8080", "http://[::1]:8080/");
        check("render-box:80", "http://render-box/");
    }

    #[test]
    fn a_scheme_means_its_own_port() {
        check("http://render-box", "http://render-box/");
        check("https://farm.example/sub/?q#f", "https://farm.example/sub/");
        check("http://render-box:8080", "http://render-box:8080/");
    }

    #[test]
    fn what_is_no_manager_is_refused() {
        for text in [
            "",
            "  ",
            "ftp://host",
            "http://",
            "host:port",
            "http://me:secret@host",
            "a b",
        ] {
            assert!(parse_manager_url(text).is_err(), "{text}");
        }
    }
}
