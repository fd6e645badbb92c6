//! A client of Socket.IO, down to the bytes of its WebSocket.

use farandole_manager::broadcaster::Publish;
use farandole_protocol::api::FarmStatusReport;
use farandole_protocol::event::{Event, EventFarmStatus};
use farandole_protocol::status::FarmStatus;
use serde_json::{Value, json};

use super::client::{Connection, Request};
use super::farm::Farm;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
/// In place of a length of so much or more; the length itself follows.
const LONGER: u8 = 0b111_1110;

/// A client that has been let in.
#[derive(Debug)]
pub(crate) struct Socket {
    connection: Connection,
    /// Numbers the events that want to be acknowledged.
    number: u64,
}

impl Socket {
    /// A WebSocket that says nothing yet.
    pub(crate) async fn upgrade(farm: &Farm) -> Self {
        let path = "/socket.io/?EIO=3&transport=websocket";
        let request = Request::new("GET", path)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        let mut connection = request.open(farm.address).await;
        let head = connection.head().await;
        assert_eq!(head.status, 101, "{head:?}");
        let accepted = head.header("sec-websocket-accept");
        assert_eq!(accepted, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        Self {
            connection,
            number: 0,
        }
    }

    /// A client that was greeted.
    pub(crate) async fn open(farm: &Farm) -> Self {
        let mut socket = Self::upgrade(farm).await;
        assert!(socket.next().await.unwrap().starts_with('0'));
        assert_eq!(socket.next().await.unwrap(), "40");
        socket
    }

    /// Sends a frame, its mask being all zeros.
    async fn frame(&mut self, kind: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | kind];
        if let Ok(length @ 0..LONGER) = u8::try_from(payload.len()) {
            frame.push(0x80 | length);
        } else {
            frame.push(0x80 | LONGER);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.connection.write(&frame).await;
    }

    /// Sends a packet.
    pub(crate) async fn send(&mut self, packet: &str) {
        self.frame(TEXT, packet.as_bytes()).await;
    }

    /// Sends something that is no packet.
    pub(crate) async fn send_binary(&mut self) {
        self.frame(2, b"bytes").await;
    }

    /// Sends a ping of the WebSocket itself, and awaits its answer.
    pub(crate) async fn ping(&mut self) {
        self.frame(PING, b"there?").await;
        let answer = self.any().await;
        assert_eq!(answer, Some((10, b"there?".to_vec())));
    }

    async fn any(&mut self) -> Option<(u8, Vec<u8>)> {
        let head = self.connection.bytes(2).await?;
        let length = match head[1] {
            LONGER => {
                let bytes = self.connection.bytes(2).await?;
                u64::from(u16::from_be_bytes(bytes.try_into().unwrap()))
            }
            127 => u64::from_be_bytes(self.connection.bytes(8).await?.try_into().unwrap()),
            short => u64::from(short),
        };
        let length = usize::try_from(length).unwrap();
        Some((head[0] & 0x0f, self.connection.bytes(length).await?))
    }

    /// The next packet; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<String> {
        match self.any().await? {
            (TEXT, payload) => Some(String::from_utf8(payload).unwrap()),
            (CLOSE, _) => None,
            other => panic!("{other:?}"),
        }
    }

    /// The next event, as name and payload; `None` at the end.
    pub(crate) async fn event(&mut self) -> Option<(String, Value)> {
        let packet = self.next().await?;
        let event = packet
            .strip_prefix("42")
            .unwrap_or_else(|| panic!("{packet}"));
        Some(serde_json::from_str(event).unwrap())
    }

    /// All events up to now.
    pub(crate) async fn events(&mut self, farm: &Farm) -> Vec<(String, Value)> {
        let report = FarmStatusReport {
            status: FarmStatus::Unknown,
        };
        let last = Publish(Event::Status(EventFarmStatus(report)));
        farm.manager.parts.broadcaster.tell(last).unwrap();
        let mut events = Vec::new();
        loop {
            let event = self.event().await.unwrap();
            if event.1 == json!({"status": "unknown"}) {
                return events;
            }
            events.push(event);
        }
    }

    /// Sends an event and asks for an answer. Gives the answer, if one comes before that to a ping, and the events
    /// that came before it.
    pub(crate) async fn emit(
        &mut self,
        name: &str,
        payload: &Value,
    ) -> (Option<Value>, Vec<String>) {
        self.number += 1;
        let number = self.number;
        self.send(&format!("42{number}{}", json!([name, payload])))
            .await;
        self.send("2").await;
        let (mut answer, mut others) = (None, Vec::new());
        loop {
            let packet = self.next().await.unwrap();
            if packet == "3" {
                return (answer, others);
            }
            match packet.strip_prefix(&format!("43{number}")) {
                Some(array) => answer = Some(serde_json::from_str(array).unwrap()),
                None => others.push(packet),
            }
        }
    }

    /// Subscribes, or no longer.
    pub(crate) async fn subscribe(&mut self, wish: Value) {
        assert_eq!(
            self.emit("/subscription", &wish).await.0,
            Some(json!(["ok"]))
        );
    }
}
