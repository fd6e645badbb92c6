//! One client of Socket.IO: a task of its own, fed by the Broadcaster. It ends when the client goes, falls silent or
//! does not keep up, and when the Manager ends.

use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

use actix_web::web;
use actix_ws::{AggregatedMessage, CloseCode, MessageStream};
use tokio::time::{Instant, sleep_until, timeout};

use super::packet::{self, ClientEvent, Packet};
use super::rooms::{Rooms, SUBSCRIPTION};
use crate::ask;
use crate::broadcaster::{ChangeTopics, ListenerId, Live, Sent};
use crate::parts::Parts;

/// A client that sends nothing for so long is gone: it is to ping twice in this time.
const SILENCE: Duration = Duration::from_mins(1);
/// A client takes what it is sent within this time, or is cut off.
const WRITE: Duration = Duration::from_mins(1);
/// A packet of a client is no longer than this; the longest that is understood has 150 bytes.
const LONGEST_PACKET: usize = 1 << 16;

/// A client, and what it hears of.
pub(super) struct Session {
    parts: web::Data<Parts>,
    rooms: Rooms,
    listener: ListenerId,
    outgoing: actix_ws::Session,
}

impl Session {
    /// A session that has not begun.
    pub(super) fn new(
        parts: web::Data<Parts>,
        rooms: Rooms,
        listener: ListenerId,
        outgoing: actix_ws::Session,
    ) -> Self {
        Self {
            parts,
            rooms,
            listener,
            outgoing,
        }
    }

    /// Talks with the client, to the end.
    pub(super) async fn talk(mut self, mut live: Live, incoming: MessageStream) {
        let mut incoming = incoming
            .aggregate_continuations()
            .max_continuation_size(LONGEST_PACKET);
        let mut flow = self.greet().await;
        let mut silent_from = Instant::now();
        while flow.is_continue() {
            flow = tokio::select! {
                message = incoming.recv() => {
                    silent_from = Instant::now();
                    match message {
                        Some(Ok(message)) => self.hear(message).await,
                        Some(Err(_)) | None => Break(()),
                    }
                }
                sent = live.recv() => match sent {
                    Some(sent) => self.tell(&sent).await,
                    None => Break(()),
                },
                () = sleep_until(silent_from + SILENCE) => Break(()),
            };
        }
        // Whoever has gone hears no farewell.
        drop(timeout(WRITE, self.outgoing.close(Some(CloseCode::Away.into()))).await);
    }

    async fn greet(&mut self) -> ControlFlow<()> {
        let name = format!("{:020x}", rand::random::<u128>() >> 48);
        self.send(packet::opened(&name)).await?;
        self.send(packet::CONNECTED.to_owned()).await
    }

    async fn hear(&mut self, message: AggregatedMessage) -> ControlFlow<()> {
        match message {
            AggregatedMessage::Text(text) => match packet::read(&text) {
                Ok(Packet::Ping) => self.send(packet::PONG.to_owned()).await,
                Ok(Packet::Event(event)) => self.answer(event).await,
                Ok(Packet::Nothing) => Continue(()),
                Ok(Packet::Close) | Err(_) => Break(()),
            },
            AggregatedMessage::Ping(bytes) => {
                let pong = timeout(WRITE, self.outgoing.pong(&bytes)).await;
                if matches!(pong, Ok(Ok(()))) {
                    Continue(())
                } else {
                    Break(())
                }
            }
            AggregatedMessage::Pong(_) => Continue(()),
            AggregatedMessage::Binary(_) | AggregatedMessage::Close(_) => Break(()),
        }
    }

    /// Nobody handles any other event, as in the reference.
    async fn answer(&mut self, event: ClientEvent) -> ControlFlow<()> {
        if event.name != SUBSCRIPTION {
            return Continue(());
        }
        let mut rooms = self.rooms.clone();
        let Some(answer) = rooms.change(event.payload.as_ref()) else {
            return Continue(());
        };
        if rooms != self.rooms {
            let change = ChangeTopics {
                listener: self.listener,
                topics: rooms.topics(),
            };
            if ask::ask(&self.parts.broadcaster, change).await.is_err() {
                return Break(());
            }
            self.rooms = rooms;
        }
        match event.number {
            Some(number) => self.send(packet::acknowledgement(number, &answer)).await,
            None => Continue(()),
        }
    }

    async fn tell(&mut self, sent: &Sent) -> ControlFlow<()> {
        for _ in 0..self.rooms.times(&sent.topics) {
            let name = sent.kind.socket_io_name();
            self.send(packet::event(name, &sent.json)).await?;
        }
        Continue(())
    }

    async fn send(&mut self, packet: String) -> ControlFlow<()> {
        match timeout(WRITE, self.outgoing.text(packet)).await {
            Ok(Ok(())) => Continue(()),
            Ok(Err(_)) | Err(_) => Break(()),
        }
    }
}
