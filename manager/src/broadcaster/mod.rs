//! The Broadcaster: the farm's one bus. Every event passes through it, in the order of decisions, to all who
//! subscribed to one of its topics. It asks nobody.
//!
//! Each event gets an id `<run>-<n>`; the newest are kept, so that a listener whose connection broke can go on where
//! it was. A listener that does not keep up is cut off: it comes back and resumes.

mod actor;
mod figures;
mod history;
mod messages;

pub use actor::Broadcaster;
pub use figures::BroadcasterFigures;
pub use messages::{ChangeTopics, EndAll, ListenerId, Publish, Sent, Subscribe, Subscription};
