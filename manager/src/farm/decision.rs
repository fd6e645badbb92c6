//! What an order to the farm is, and what comes of it. Pure.

use farandole_protocol::api::FindingClass;
use farandole_protocol::event::Event;
use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::Timestamp;

use super::keys::TaskKey;
use super::state::Farm;
use super::write::{TaskRow, Write};

/// An order that can change the farm; it carries its own rule.
pub trait FarmCommand: Send + 'static {
    /// The answer to whoever gave the order.
    type Reply: Send + 'static;

    /// What the order is about, so that a job that has left memory is taken in again first.
    fn subject(&self) -> Subject {
        Subject::Farm
    }

    /// Changes the farm, and says all that follows.
    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply>;

    /// The same for a task whose job has left memory, of which one row was read. Only for orders whose subject is
    /// [`Subject::Report`].
    fn decide_late(
        self,
        farm: &mut Farm,
        late: Option<LateTask>,
        now: Timestamp,
    ) -> Decision<Self::Reply>
    where
        Self: Sized,
    {
        drop(late);
        self.decide(farm, now)
    }
}

/// What an order is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    /// What is always in memory.
    Farm,
    /// A job, with all its tasks.
    Job(JobId),
    /// A task, with all of its job.
    Task(TaskId),
    /// A task of which a Worker speaks: if its job has ended, one row is enough to answer.
    Report(TaskId),
}

/// A task of an ended job, as far as a late report needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct LateTask {
    /// Its job.
    pub job: JobId,
    /// Its state.
    pub row: TaskRow,
}

/// What comes of an order.
#[derive(Debug)]
#[must_use = "a decision that is dropped never happens"]
pub struct Decision<R> {
    /// The answer to whoever gave the order.
    pub reply: R,
    /// The row changes that make it durable, in order.
    pub writes: Vec<Write>,
    /// Answers to Workers that asked for a task, now or earlier.
    pub handouts: Vec<Handout>,
    /// What may be told once it is durable, in order.
    pub facts: Vec<Fact>,
}

/// The answer to a Worker's request for a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Handout {
    /// Who asked.
    pub worker: WorkerId,
    /// What it gets.
    pub answer: Answer,
}

/// What a Worker that asked for a task gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A task.
    Task(Box<Grant>),
    /// Nothing, there is none.
    Nothing,
    /// It shall take this state first.
    StatusRequested(WorkerStatus),
    /// It cannot have tasks, because it is not awake.
    NotAwake(WorkerStatus),
    /// There is no such Worker any more.
    UnknownWorker,
}

/// A task that was given to a Worker.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// By this key its commands are found.
    pub key: TaskKey,
    /// Its id.
    pub task: TaskId,
    /// Number of this attempt.
    pub attempt: u32,
    /// The job's id.
    pub job: JobId,
    /// Its name.
    pub name: String,
    /// Its priority within the job.
    pub priority: i32,
    /// The job's priority.
    pub job_priority: i32,
    /// The job's type.
    pub job_type: String,
    /// Its type.
    pub task_type: String,
    /// Steps done so far.
    pub steps_completed: i64,
    /// Steps in all.
    pub steps_total: i64,
    /// The Worker's platform, for which its variables are expanded.
    pub platform: String,
    /// The findings that are warnings of the job instead of failures.
    pub allow: Vec<FindingClass>,
    /// Whether whole frames that exist already count as rendered, although this job did not render them.
    pub keep_existing: bool,
}

/// What may be told once it is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// To whoever listens.
    Event(Event),
    /// A line of the Manager's own in a task's log.
    Note(Note),
}

/// A line of the Manager's own in a task's log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// The task's job.
    pub job: JobId,
    /// The task.
    pub task: TaskId,
    /// The line, without time and line end.
    pub text: String,
}
