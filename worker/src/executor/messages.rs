//! What the TaskExecutor is told, and what it answers.

use actix::Message;
use farandole_protocol::api::AssignedTask;
use farandole_protocol::ids::TaskId;

/// A task is running already; a Worker runs one at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("another task is running")]
pub struct Busy;

/// From the state Awake: begin this task. Refused while another one is running, which changes nothing.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Busy>")]
pub struct RunTask {
    /// The task.
    pub task: Box<AssignedTask>,
}

/// Why a task is called off.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Cause {
    /// The Manager says that it may not go on.
    #[error("the Manager says no: {0}")]
    Refused(String),
    /// The Manager has given it to somebody else, or forgot it.
    #[error("the Manager does not take it from this Worker any more")]
    Lost,
    /// The Worker is somebody else to the Manager now.
    #[error("the Worker was registered anew")]
    Superseded,
    /// The Worker ends.
    #[error("the Worker is ending")]
    Ending,
}

/// Call a task off. Tells nobody anything: the Manager knows, or will hear from the sign-off. No effect when that
/// task is not running (any more).
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CancelTask {
    /// Which task and hand-out; `None` is whichever is running.
    pub which: Option<(TaskId, Option<u32>)>,
    /// Why.
    pub cause: Cause,
}

/// From whoever needs the Worker to be free: answered when no task is running, and all it had to say is with the
/// Upstream.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AwaitIdle;
