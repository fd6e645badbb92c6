//! A client of Socket.IO: a WebSocket to the Manager, and the packets on it.

use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// How long a packet may take: long enough for a slow machine, short enough to see that there is none.
const PATIENCE: Duration = Duration::from_mins(1);

/// A connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocket<TcpStream>,
    /// Numbers the events that want to be acknowledged.
    number: u64,
    /// Events that came while something else was awaited.
    events: Vec<Value>,
}

impl Socket {
    /// Connects. Gives the status of the answer, and the first two packets, too.
    pub(crate) fn open(address: &str) -> (Self, u16, [String; 2]) {
        let url = format!("ws://{address}/socket.io/?EIO=3&transport=websocket");
        let stream = TcpStream::connect(address).expect("the manager takes connections");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout can be set");
        let (stream, response) =
            tungstenite::client(url, stream).expect("the manager takes the connection");
        let mut socket = Self {
            stream,
            number: 0,
            events: Vec::new(),
        };
        let greeting = [(); 2].map(|()| socket.packet().expect("a greeting"));
        (socket, response.status().as_u16(), greeting)
    }

    /// Sends a packet.
    pub(crate) fn send(&mut self, packet: &str) {
        self.stream
            .send(Message::text(packet))
            .expect("the connection is open");
    }

    /// The next packet; `None` when the Manager ends the session.
    pub(crate) fn packet(&mut self) -> Option<String> {
        loop {
            match self.stream.read() {
                Ok(Message::Text(packet)) => return Some(packet.as_str().to_owned()),
                Ok(Message::Close(_)) => return None,
                Ok(_) => {}
                Err(error) => panic!("no packet: {error}"),
            }
        }
    }

    /// The next packet that is no event; events are kept.
    fn answer(&mut self) -> Option<String> {
        loop {
            let packet = self.packet()?;
            match packet.strip_prefix("42") {
                Some(event) => self.events.push(named(event)),
                None => return Some(packet),
            }
        }
    }

    /// Sends a ping. Gives the answer; `None` when the Manager ends the session.
    pub(crate) fn ping(&mut self) -> Option<String> {
        self.send("2");
        self.answer()
    }

    /// Sends an event and asks for an acknowledgement, which is `null` if there is none before the answer to a ping.
    pub(crate) fn emit(&mut self, event: &str, payload: &Value) -> Value {
        self.number += 1;
        let number = self.number;
        self.send(&format!("42{number}{}", json!([event, payload])));
        let first = self.ping().expect("the session goes on");
        let Some(acknowledgement) = first.strip_prefix(&format!("43{number}")) else {
            assert_eq!(first, "3", "an answer to something else");
            return Value::Null;
        };
        assert_eq!(self.answer().as_deref(), Some("3"));
        serde_json::from_str(acknowledgement).expect("an acknowledgement is JSON")
    }

    /// All events up to one that is recognised, which is not among them.
    pub(crate) fn events_until(&mut self, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
        loop {
            if let Some(at) = self.events.iter().position(&is_last) {
                let later = self.events.split_off(at + 1);
                self.events.pop();
                return std::mem::replace(&mut self.events, later);
            }
            let packet = self.packet().expect("the session goes on");
            let event = packet
                .strip_prefix("42")
                .unwrap_or_else(|| panic!("this is no event: {packet}"));
            self.events.push(named(event));
        }
    }
}

/// An event in the form of the recordings.
fn named(event: &str) -> Value {
    let event: Value = serde_json::from_str(event).expect("an event is JSON");
    json!({ "event": event[0], "payload": event[1] })
}
