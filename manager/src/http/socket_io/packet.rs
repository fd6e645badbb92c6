//! Pure: packets of Engine.IO v3 with those of Socket.IO v2 inside, as text: what clients send, and what they are
//! sent.
//!
//! The first digit is Engine.IO's: `0` open, `1` close, `2` ping, `3` pong, `4` message. A message's next digit is
//! Socket.IO's: `0` connect, `2` event, `3` acknowledgement. An event that is to be acknowledged has a number before
//! its array of name and arguments.

use serde_json::Value;

/// How often a client is to ping, in milliseconds.
const PING_INTERVAL: u64 = 30_000;
/// When a client gives up a Manager that does not answer, in milliseconds.
const PING_TIMEOUT: u64 = 60_000;

/// Sent when a client has been let in.
pub(super) const CONNECTED: &str = "40";
/// The answer to a ping.
pub(super) const PONG: &str = "3";

/// What a client sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Packet {
    /// It goes.
    Close,
    /// It wants to know whether we are there.
    Ping,
    /// It tells of something.
    Event(ClientEvent),
    /// It says nothing that needs an answer, or nothing that can be understood.
    Nothing,
}

/// What a client tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ClientEvent {
    /// The number under which it wants to be answered, if it does.
    pub(super) number: Option<u64>,
    /// The event's name.
    pub(super) name: String,
    /// What belongs to it.
    pub(super) payload: Option<Value>,
}

/// The text is no packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a packet of Engine.IO v3")]
pub(super) struct NoPacket;

/// Reads a packet. A packet of a kind that clients do not send is none; an event that cannot be understood is nothing.
pub(super) fn read(text: &str) -> Result<Packet, NoPacket> {
    match *text.as_bytes() {
        [b'1', ..] => Ok(Packet::Close),
        [b'2', ..] => Ok(Packet::Ping),
        [b'0' | b'3', ..] | [b'4', b'0' | b'3', ..] => Ok(Packet::Nothing),
        [b'4', b'2', ..] => {
            let event = text.get(2..).and_then(read_event);
            Ok(event.map_or(Packet::Nothing, Packet::Event))
        }
        _ => Err(NoPacket),
    }
}

fn read_event(text: &str) -> Option<ClientEvent> {
    let (number, array) = text.split_at(text.find('[')?);
    let number = match number {
        "" => None,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        _ => return None,
    };
    let mut values = serde_json::from_str::<Vec<Value>>(array).ok()?.into_iter();
    let Some(Value::String(name)) = values.next() else {
        return None;
    };
    Some(ClientEvent {
        number,
        name,
        payload: values.next(),
    })
}

/// The first packet of a session with this name.
pub(super) fn opened(session: &str) -> String {
    let open = serde_json::json!({
        "sid": session,
        "upgrades": [],
        "pingInterval": PING_INTERVAL,
        "pingTimeout": PING_TIMEOUT,
    });
    format!("0{open}")
}

/// An event with its payload, which is JSON already.
pub(super) fn event(name: &str, json: &str) -> String {
    format!("42[{},{json}]", Value::from(name))
}

/// The answer to the event with this number.
pub(super) fn acknowledgement(number: u64, text: &str) -> String {
    format!("43{number}[{}]", Value::from(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_event(text: &str, number: Option<u64>, name: &str, payload: Option<Value>) {
        let name = name.to_owned();
        let expected = Packet::Event(ClientEvent {
            number,
            name,
            payload,
        });
        assert_eq!(read(text), Ok(expected), "{text}");
    }

    #[test]
    fn events_are_read_with_and_without_a_number() {
        check_event("42[\"a\"]", None, "a", None);
        check_event("420[\"a\",1,2]", Some(0), "a", Some(json!(1)));
        check_event(
            "4217[\"/x\",{\"b\":[]}]",
            Some(17),
            "/x",
            Some(json!({"b": []})),
        );
        check_event("42 [\"a\"]".replace(' ', "").as_str(), None, "a", None);
    }

    #[test]
    fn what_needs_no_answer_gets_none() {
        for text in [
            "0",
            "0{}",
            "3",
            "3probe",
            "40",
            "40/other",
            "43",
            "431[\"ok\"]",
        ] {
            assert_eq!(read(text), Ok(Packet::Nothing), "{text}");
        }
        // Events that make no sense.
        for text in [
            "42",
            "42[",
            "42[]",
            "42[1]",
            "42{}",
            "42-1[\"a\"]",
            "421.5[\"a\"]",
            "42[\"a\",}]",
            "4299999999999999999999[\"a\"]",
            "42[\"a\"] [",
        ] {
            assert_eq!(read(text), Ok(Packet::Nothing), "{text}");
        }
    }

    #[test]
    fn other_kinds_are_no_packets() {
        for text in [
            "",
            "4",
            "41",
            "44[\"a\"]",
            "451-[\"a\"]",
            "5",
            "6",
            "9",
            "hello",
            "ü",
            "4ü",
        ] {
            assert_eq!(read(text), Err(NoPacket), "{text}");
        }
        assert_eq!(read("1"), Ok(Packet::Close));
        assert_eq!(read("2probe"), Ok(Packet::Ping));
    }

    #[test]
    fn packets_are_written_as_clients_expect_them() {
        assert_eq!(
            opened("abc"),
            r#"0{"sid":"abc","upgrades":[],"pingInterval":30000,"pingTimeout":60000}"#
        );
        assert_eq!(event("/jobs", "{\"id\":1}"), r#"42["/jobs",{"id":1}]"#);
        assert_eq!(acknowledgement(3, "no \"x\""), r#"433["no \"x\""]"#);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in any::<String>()) {
            drop(read(&text));
        }

        #[test]
        fn any_event_is_survived(text in "42[0-9]{0,22}[\\[\\]{}\",:a-z0-9 ü]{0,40}") {
            prop_assert!(read(&text).is_ok());
        }

        #[test]
        fn what_is_written_is_read(number in any::<Option<u64>>(), name: String, word: String) {
            let digits = number.map(|number| number.to_string()).unwrap_or_default();
            let text = event(&name, &Value::from(word.as_str()).to_string()).replacen("42", &format!("42{digits}"), 1);
            let payload = Some(Value::from(word));
            prop_assert_eq!(read(&text), Ok(Packet::Event(ClientEvent { number, name, payload })));
        }
    }
}
