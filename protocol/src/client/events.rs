//! Listening to our own event stream. A Flamenco Manager has none and refuses with 404.
//!
//! Not here: connecting again. A listener does that with [`EventStream::last_id`], and reads its lists again when it
//! is told that it could not be resumed.

use std::fmt;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};
use reqwest::Method;
use reqwest::header::ACCEPT;

use super::error::ClientError;
use super::http::{ManagerHttp, accept, send, unreachable};
use super::sse::{SseEvent, SseParser};
use crate::event::{Event, EventId, EventKind, HELLO, Hello, Topic};
use crate::paths;

/// The request's header that names the last event a listener has.
const LAST_EVENT_ID: &str = "last-event-id";

/// What comes over an event stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StreamMessage {
    /// The first message of every connection.
    Hello(Hello),
    /// Something happened.
    Event(Box<Event>),
}

impl ManagerHttp {
    /// Begins to listen to these topics, from behind the event `last` if one is named.
    pub async fn events(
        &self,
        topics: &[Topic],
        last: Option<EventId>,
    ) -> Result<EventStream, ClientError> {
        let topics: Vec<_> = topics
            .iter()
            .map(|topic| ("topic", topic.to_string()))
            .collect();
        let mut request = self
            .open_ended(Method::GET, paths::FARM_EVENTS)
            .query(&topics);
        request = request.header(ACCEPT, "text/event-stream");
        if let Some(last) = last {
            request = request.header(LAST_EVENT_ID, last.to_string());
        }
        let response = accept(send(request).await?).await?;
        Ok(EventStream {
            body: response.bytes_stream().boxed(),
            parser: SseParser::default(),
            last_id: last,
        })
    }
}

/// An open connection to the event stream.
pub struct EventStream {
    body: BoxStream<'static, Result<Bytes, reqwest::Error>>,
    parser: SseParser,
    last_id: Option<EventId>,
}

impl EventStream {
    /// The next message; `None` when the Manager has ended the stream.
    /// Kinds of event that this version does not know are passed over.
    pub async fn next(&mut self) -> Result<Option<StreamMessage>, ClientError> {
        loop {
            while let Some(event) = self.parser.next_event() {
                if let Some(id) = event.id.as_deref().and_then(|id| id.parse().ok()) {
                    self.last_id = Some(id);
                }
                if let Some(message) = read_message(&event)? {
                    return Ok(Some(message));
                }
            }
            match self.body.next().await {
                Some(chunk) => self.parser.push(&chunk.map_err(unreachable)?),
                None => return Ok(None),
            }
        }
    }

    /// The last event that was read, from which another connection can be resumed.
    pub const fn last_id(&self) -> Option<EventId> {
        self.last_id
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("last_id", &self.last_id)
            .finish_non_exhaustive()
    }
}

fn read_message(event: &SseEvent) -> Result<Option<StreamMessage>, ClientError> {
    let not_understood = |error: serde_json::Error| {
        ClientError::NotUnderstood(format!("{} event: {error}", event.name))
    };
    if event.name == HELLO {
        let hello = serde_json::from_str(&event.data).map_err(not_understood)?;
        return Ok(Some(StreamMessage::Hello(hello)));
    }
    let Ok(kind) = event.name.parse::<EventKind>() else {
        return Ok(None);
    };
    let event = Event::from_json(kind, &event.data).map_err(not_understood)?;
    Ok(Some(StreamMessage::Event(Box::new(event))))
}
