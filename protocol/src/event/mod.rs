//! What the farm tells the world: payloads, the closed list of events, the topics they go to, and the frame of our
//! own event stream (`/api/farm/v1/events`).
//!
//! Not here: who is subscribed to what, and how events travel.

mod log_position;
mod payload;
mod stream;
mod topic;

pub use log_position::{LogPosition, LogStep};
pub use payload::{
    AssignedWorker, EventFarmStatus, EventJobUpdate, EventLastRenderedUpdate, EventLifeCycle,
    EventTaskLogUpdate, EventTaskUpdate, EventWorkerTagUpdate, EventWorkerUpdate,
    LifeCycleEventType, SocketIOSubscription, SocketIOSubscriptionOperation,
    SocketIOSubscriptionType,
};
pub use stream::{EventId, HELLO, Hello, InvalidEventId};
pub use topic::{Event, EventKind, InvalidTopic, Topic};
