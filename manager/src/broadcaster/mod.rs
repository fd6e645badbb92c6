//! The Broadcaster: the farm's one bus. Every event passes through it, in the order of decisions, to all who
//! subscribed to one of its topics. It asks nobody.
//!
//! Each event gets an id `<run>-<n>`; the newest are kept, so that a listener whose connection broke can go on where
//! it was. A listener that does not keep up is cut off: it comes back and resumes. How many may listen is limited, in
//! total and from each address.

mod actor;
mod figures;
mod history;
mod messages;
mod places;
mod queue;

pub use actor::Broadcaster;
pub use figures::BroadcasterFigures;
pub use messages::{
    ChangeTopics, EndAll, ListenerId, MOST_TOPICS, Publish, Sent, Subscribe, Subscription,
};
pub use places::TooManyListenersError;
pub use queue::Live;
