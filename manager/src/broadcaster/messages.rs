//! What the Broadcaster is told and asked.

use std::net::IpAddr;
use std::sync::Arc;

use farandole_protocol::event::{Event, EventId, EventKind, Hello, Topic};

use super::places::TooManyListenersError;
use super::queue::Live;
use crate::ask::Order;

/// The most topics that one listener may name. Each event is compared with all of them.
pub const MOST_TOPICS: usize = 500;

/// Something has happened. From whoever made it happen, once it is durable.
#[derive(Clone, Debug)]
pub struct Publish(pub Event);

/// Somebody wants to hear of some topics from now on, or from an event on. From the HTTP edge and from actors that
/// follow what happens.
#[derive(Clone, Debug)]
pub struct Subscribe {
    /// What to hear of; empty: everything but logs.
    pub topics: Vec<Topic>,
    /// The last event that the listener knows.
    pub last: Option<EventId>,
    /// Where the listener is; `None` for the Manager's own parts, which are not counted.
    pub address: Option<IpAddr>,
}

impl Subscribe {
    /// A subscription of one of the Manager's own parts.
    pub fn of_part(topics: Vec<Topic>, last: Option<EventId>) -> Self {
        Self {
            topics,
            last,
            address: None,
        }
    }
}

impl Order for Subscribe {
    type Reply = Result<Subscription, TooManyListenersError>;
}

/// A listener as the Broadcaster knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListenerId(pub(super) u64);

/// A listener wants to hear of these topics instead, from now on. From sessions whose client changes its mind. Nothing
/// happens if the listener was cut off.
#[derive(Clone, Debug)]
pub struct ChangeTopics {
    /// Which listener.
    pub listener: ListenerId,
    /// What to hear of; empty: everything but logs.
    pub topics: Vec<Topic>,
}

impl Order for ChangeTopics {
    type Reply = ();
}

/// What a listener gets.
#[derive(Debug)]
pub struct Subscription {
    /// Which listener it is.
    pub listener: ListenerId,
    /// Whether it could go on where it was.
    pub hello: Hello,
    /// What it missed, oldest first.
    pub missed: Vec<Arc<Sent>>,
    /// What happens from now on.
    pub live: Live,
}

/// An event on its way to listeners.
#[derive(Debug, Eq, PartialEq)]
pub struct Sent {
    /// Its id.
    pub id: EventId,
    /// What kind of event it is.
    pub kind: EventKind,
    /// The topics it belongs to.
    pub topics: Vec<Topic>,
    /// The payload as JSON.
    pub json: String,
}

/// The Manager ends: all streams end, after a last event. From boot.
#[derive(Clone, Copy, Debug)]
pub struct EndAll;

impl Order for EndAll {
    type Reply = ();
}
