//! What a Worker asks of its Manager, as a trait: the Worker holds a `dyn ManagerClient`, tests script one.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::error::ClientError;
use crate::api::WorkerSignOn;
use crate::api::{
    AssignedTask, FlamencoVersion, IdentityQuestion, ManagerIdentity, MayKeepRunning,
    RegisteredWorker, TaskUpdate, WorkerCondition, WorkerExpectations, WorkerRegistration,
};
use crate::headers::Idle;
use crate::ids::TaskId;
use crate::status::WorkerStatus;

/// A call under way.
pub type Call<'a, T> = BoxFuture<'a, Result<T, ClientError>>;

/// One Manager, spoken to by one Worker. Its credentials are part of it: before registration there are none, and
/// only [`version`](Self::version),
/// [`identity`](Self::identity) and [`register_worker`](Self::register_worker) make sense.
///
/// No call waits longer than its time-out, and none is repeated for the caller except where repeating is harmless.
/// `attempt` is the hand-out that the task came with, if it came with one.
pub trait ManagerClient: Send + Sync {
    /// What the Manager is; needs no credentials, so it also tells whether something is a Manager.
    fn version(&self) -> Call<'_, FlamencoVersion>;

    /// Which Manager this is, and a proof that it knows the Worker's secret; needs no credentials. A Flamenco Manager
    /// does not understand the question.
    fn identity<'a>(&'a self, question: &'a IdentityQuestion) -> Call<'a, ManagerIdentity>;

    /// Makes a new Worker known; needs no credentials.
    fn register_worker<'a>(
        &'a self,
        registration: &'a WorkerRegistration,
    ) -> Call<'a, RegisteredWorker>;

    /// Begins. The answer is the state to go to.
    fn sign_on<'a>(&'a self, sign_on: &'a WorkerSignOn) -> Call<'a, WorkerStatus>;

    /// Ends.
    fn sign_off(&self) -> Call<'_, ()>;

    /// The state to go to, if there is a wish.
    fn state(&self) -> Call<'_, Option<WorkerStatus>>;

    /// Tells the state that the Worker went to.
    fn state_changed(&self, status: WorkerStatus) -> Call<'_, ()>;

    /// Asks for a task, and is willing to wait for one for that long.
    fn request_task(&self, wait: Option<Duration>) -> Call<'_, TaskReply>;

    /// Sends news of a task.
    fn update_task<'a>(
        &'a self,
        task: TaskId,
        attempt: Option<u32>,
        update: &'a TaskUpdate,
    ) -> Call<'a, ()>;

    /// Whether to go on with a task. `idle` says how long its program has done nothing, if one runs.
    fn may_i_run(
        &self,
        task: TaskId,
        attempt: Option<u32>,
        idle: Option<Idle>,
    ) -> Call<'_, MayKeepRunning>;

    /// What the Worker is to find on its host, on this platform. A Flamenco Manager does not know.
    fn expectations<'a>(&'a self, platform: &'a str) -> Call<'a, WorkerExpectations>;

    /// Tells what the Worker has found on its host.
    fn report_condition<'a>(&'a self, condition: &'a WorkerCondition) -> Call<'a, ()>;

    /// Sends a picture of what the task made.
    fn output_produced(&self, task: TaskId, attempt: Option<u32>, jpeg: Bytes) -> Call<'_, ()>;
}

/// The answer to [`ManagerClient::request_task`].
#[derive(Clone, Debug, PartialEq)]
pub struct TaskReply {
    /// What to do.
    pub answer: TaskAnswer,
    /// Whether the Manager understood the wish to wait. One that did can be asked again at once.
    pub waited: bool,
}

/// What a Worker that asked for a task is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskAnswer {
    /// Run this.
    Task {
        /// The task.
        task: Box<AssignedTask>,
    },
    /// Nothing, for now.
    NoTask,
    /// Go to another state.
    StatusChange(WorkerStatus),
}
