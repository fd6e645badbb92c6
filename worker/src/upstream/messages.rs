//! What the Upstream is told and asked.

use actix::Message;
use farandole_protocol::api::TaskUpdate;
use farandole_protocol::ids::TaskId;

/// A hand-out of a task: the task and, from our own Manager, which hand-out it is.
pub(super) type Attempt = (TaskId, Option<u32>);

/// From the TaskExecutor: bring this to the Manager. Answered when it is on disk, or when it is clear that nobody
/// wants it (the task was lost).
#[derive(Clone, Debug, Eq, PartialEq, Message)]
#[rtype(result = "()")]
pub struct Deliver {
    /// What it is about.
    pub attempt: Attempt,
    /// The news.
    pub update: TaskUpdate,
}

/// From the states: answered when no update is left. Also means "now, please": a wait between two tries is cut
/// short.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct AwaitDrained;
