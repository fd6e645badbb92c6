//! Pure: where a broker is, and whether it can be spoken to as it is written.

use std::fmt;

use url::Url;

/// Where a broker is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Address {
    pub(super) way: Way,
    /// Whether by TLS.
    pub(super) secure: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// The path of a WebSocket; empty otherwise.
    path: String,
}

/// What carries the packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Tcp,
    WebSocket,
}

/// What the configuration says of the broker cannot be used. Passwords are never repeated.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidAddress {
    /// There is none.
    #[error("mqtt.client.enabled is set, but mqtt.client.broker names no broker")]
    Missing,
    /// It is no URL.
    #[error("mqtt.client.broker is not a URL such as mqtt://broker:1883")]
    NoUrl,
    /// We do not speak this.
    #[error("mqtt.client.broker must begin with mqtt://, mqtts://, ws:// or wss://")]
    Scheme,
    /// It has user and password in it, where they would be seen.
    #[error(
        "mqtt.client.broker names a user; write it into mqtt.client.username and mqtt.client.password instead"
    )]
    User,
    /// The broker would not have to prove who it is.
    #[error(
        "mqtt.client.ca_file is set, but mqtt.client.broker is not reached by TLS; begin it with mqtts:// or wss://"
    )]
    NotSecure,
    /// A topic must not have these.
    #[error("mqtt.client.topic_prefix must not have + or # in it")]
    Prefix,
}

impl Address {
    /// Reads the broker's URL; one without a scheme is MQTT over TCP.
    pub(super) fn parse(
        broker: &str,
        topic_prefix: &str,
        has_ca: bool,
    ) -> Result<Self, InvalidAddress> {
        let broker = broker.trim();
        if broker.is_empty() {
            return Err(InvalidAddress::Missing);
        }
        if topic_prefix.contains(['+', '#', '\0']) {
            return Err(InvalidAddress::Prefix);
        }
        let url = if broker.contains("://") {
            Url::parse(broker)
        } else {
            Url::parse(&format!("mqtt://{broker}"))
        };
        let url = url.map_err(|_| InvalidAddress::NoUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidAddress::User);
        }
        let (way, secure, port) = match url.scheme() {
            "tcp" | "mqtt" => (Way::Tcp, false, 1_883),
            "ssl" | "tls" | "mqtts" | "mqtt+ssl" | "tcps" => (Way::Tcp, true, 8_883),
            "ws" => (Way::WebSocket, false, 80),
            "wss" => (Way::WebSocket, true, 443),
            _ => return Err(InvalidAddress::Scheme),
        };
        if has_ca && !secure {
            return Err(InvalidAddress::NotSecure);
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(InvalidAddress::NoUrl)?.to_owned();
        let path = match way {
            Way::Tcp => String::new(),
            Way::WebSocket => url.path().to_owned(),
        };
        Ok(Self {
            way,
            secure,
            host,
            port: url.port().unwrap_or(port),
            path,
        })
    }

    /// The name of the host as a resolver takes it: without the brackets of an IPv6 address.
    pub(super) fn name(&self) -> &str {
        self.host.trim_matches(['[', ']'])
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match (self.way, self.secure) {
            (Way::Tcp, false) => "mqtt",
            (Way::Tcp, true) => "mqtts",
            (Way::WebSocket, false) => "ws",
            (Way::WebSocket, true) => "wss",
        };
        write!(f, "{scheme}://{}:{}{}", self.host, self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(broker: &str, expected: &str) {
        let address = Address::parse(broker, "farm", false).unwrap();
        assert_eq!(address.to_string(), expected, "{broker}");
    }

    #[test]
    fn a_broker_is_found_by_each_scheme_of_the_reference() {
        check("tcp://broker:1884", "mqtt://broker:1884");
        check(" mqtt://broker:1883 ", "mqtt://broker:1883");
        check("broker:1885", "mqtt://broker:1885");
        check("10.0.0.1:1883", "mqtt://10.0.0.1:1883");
        for scheme in ["ssl", "tls", "mqtts", "mqtt+ssl", "tcps"] {
            check(&format!("{scheme}://broker:8883"), "mqtts://broker:8883");
        }
        check("ws://broker:9001", "ws://broker:9001/");
        check("wss://broker:9001/mqtt", "wss://broker:9001/mqtt");
        check("mqtt://[::1]:1883", "mqtt://[::1]:1883");
    }

    #[test]
    fn a_port_may_be_left_out() {
        check("mqtt://broker", "mqtt://broker:1883");
        check("mqtts://broker", "mqtts://broker:8883");
        check("broker", "mqtt://broker:1883");
    }

    #[test]
    fn what_cannot_be_used_is_explained() {
        for (broker, prefix, expected) in [
            ("", "", InvalidAddress::Missing),
            ("  ", "", InvalidAddress::Missing),
            ("mqtt://", "", InvalidAddress::NoUrl),
            ("mqtt://broker:x", "", InvalidAddress::NoUrl),
            ("http://broker:80", "", InvalidAddress::Scheme),
            ("mqtt://anna:hunter2@broker:1883", "", InvalidAddress::User),
            ("mqtt://broker", "farm/#", InvalidAddress::Prefix),
        ] {
            let error = Address::parse(broker, prefix, false).unwrap_err();
            assert_eq!(error, expected, "{broker}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_broker_that_shall_prove_who_it_is_is_reached_by_tls() {
        for broker in ["mqtt://broker", "broker:1883", "ws://broker"] {
            let address = Address::parse(broker, "", true);
            assert_eq!(address, Err(InvalidAddress::NotSecure), "{broker}");
        }
        for broker in ["mqtts://broker", "ssl://broker:1883", "wss://broker"] {
            assert!(Address::parse(broker, "", true).is_ok(), "{broker}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[a-z:/@\\[\\]0-9.+ #ü]{0,30}") {
            drop(Address::parse(&text, &text, text.is_empty()));
        }
    }
}
