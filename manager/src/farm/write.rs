//! Row changes that make a decision durable. Pure: what is to be written, not how.
//!
//! A row change carries the whole changeable part of its row, so that of many changes of one row in a batch only
//! the last needs to be written. What concerns all tasks of a job at once is one set-based change, never one per
//! task; the changes of a batch take effect in their order.

use farandole_protocol::api::{FindingClass, JobFinding, TaskOutput, WorkerCondition};
use farandole_protocol::ids::{RunId, TagId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use super::keys::{JobNo, TaskKey, WorkerNo};
use super::sleep::Sleep;

/// One change of the database.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The job's row is now this.
    Job(JobRow),
    /// The job is no longer under construction: from now on lists show it.
    JobReleased(JobNo),
    /// The job is gone: no list shows it any more. Its rows are removed little by little.
    JobRemoved(JobNo),
    /// The task's state is now this.
    Task(TaskRow),
    /// All tasks of a job with certain states change at once.
    Tasks(TasksChange),
    /// An attempt began or ended.
    Attempt(AttemptRow),
    /// A Worker failed a task.
    Failure(TaskKey, WorkerNo),
    /// An attempt has finished these files.
    Outputs(OutputRows),
    /// The outputs of these tasks no longer count as rendered.
    OutputsForgotten(OutputsOf),
    /// A finding of a task is now this.
    Finding(FindingRow),
    /// The findings of the task are those of an earlier attempt, and are forgotten.
    FindingsCleared(TaskKey),
    /// It is forgotten who failed this task, and how often its Workers were lost.
    TaskFailuresCleared(TaskKey),
    /// It is forgotten who failed tasks of this job, who is blocked from it, and how often Workers were lost.
    JobFailuresCleared(JobNo),
    /// The Worker gets no more tasks of this type from this job.
    Block(JobNo, WorkerNo, String),
    /// The Worker gets tasks of this type from this job again.
    Unblock(JobNo, WorkerNo, String),
    /// A new Worker, with the hash of its secret.
    WorkerAdded(Box<NewWorker>),
    /// The Worker's row is now this.
    Worker(Box<WorkerRow>),
    /// There is a new tag.
    TagAdded(TagRow, Timestamp),
    /// The tag is now this.
    Tag(TagRow),
    /// The tag is gone: no Worker has it any more, and no job asks for it.
    TagDeleted(TagId),
    /// The Worker has just these tags.
    WorkerTags(WorkerNo, Vec<TagId>),
    /// The Worker sleeps by this schedule.
    Sleep(WorkerNo, Sleep),
    /// The Worker has found this on its host.
    Condition(WorkerNo, Box<WorkerCondition>),
    /// Signs of life. A batch of nothing else may be lost without consequence.
    Heartbeats(Heartbeats),
}

/// The changeable part of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    /// Which job.
    pub no: JobNo,
    /// Its state.
    pub status: JobStatus,
    /// Why it has this state, in words.
    pub activity: String,
    /// Higher is earlier.
    pub priority: i32,
    /// Only Workers with this tag may work on it.
    pub tag: Option<TagId>,
    /// When it last changed.
    pub updated: Timestamp,
    /// Sum over its tasks.
    pub steps_completed: i64,
    /// Set once its deletion was asked for.
    pub delete_requested: Option<Timestamp>,
    /// Whether whole frames that exist already count as rendered, although this job did not render them.
    pub keep_existing: bool,
    /// The warnings about its outputs, summed over its tasks.
    pub findings: Vec<JobFinding>,
}

/// Files that an attempt has finished.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputRows {
    /// Which task.
    pub key: TaskKey,
    /// Which attempt.
    pub attempt: u32,
    /// The files; their paths begin with a variable where they can.
    pub outputs: Vec<TaskOutput>,
}

/// Whose outputs are meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OutputsOf {
    /// Those of one task.
    Task(TaskKey),
    /// Those of one frame of a task.
    Frame(TaskKey, i32),
    /// Those of all tasks of a job that are queued now.
    QueuedTasks(JobNo),
}

/// The findings of one class in the latest attempt of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingRow {
    /// Which task.
    pub key: TaskKey,
    /// What kind of trouble it is.
    pub class: FindingClass,
    /// How often it was noticed.
    pub count: u32,
    /// One of the lines.
    pub line: String,
}

/// The changeable part of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRow {
    /// Which task.
    pub key: TaskKey,
    /// Its state.
    pub status: TaskStatus,
    /// Who was given it last.
    pub worker: Option<WorkerNo>,
    /// Number of its latest attempt, 0 before the first.
    pub attempt: u32,
    /// How its latest attempt ended; `None` before the first and while one runs.
    pub ended: Option<AttemptEnd>,
    /// How often its Workers were lost while they ran it.
    pub lost: u32,
    /// Steps done.
    pub steps_completed: i64,
    /// What the Worker says that it is doing, or why the task has its state.
    pub activity: String,
    /// When it last changed.
    pub updated: Timestamp,
    /// When it last made progress; `None` leaves the row's value as it is.
    pub touched: Option<Timestamp>,
}

/// A change of all tasks of a job whose state is one of `from`.
#[derive(Clone, Debug, PartialEq)]
pub struct TasksChange {
    /// Which job.
    pub job: JobNo,
    /// The states that change.
    pub from: Vec<TaskStatus>,
    /// What they become. [`TaskStatus::Queued`] also sets their steps to 0.
    pub to: TaskStatus,
    /// Why, in words.
    pub activity: String,
    /// When.
    pub updated: Timestamp,
}

/// An attempt: one hand-out of a task to a Worker.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRow {
    /// Which task.
    pub key: TaskKey,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Who was given the task.
    pub worker: WorkerNo,
    /// Set by the row that begins the attempt; `None` in the row that ends it.
    pub started: Option<Timestamp>,
    /// When and how it ended; `None` in the row that begins it.
    pub ended: Option<(Timestamp, AttemptEnd)>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AttemptEnd {
    /// The Worker did it.
    Completed,
    /// The Worker reported failure.
    Failed,
    /// The task made no progress for `task_timeout`.
    TimedOut,
    /// The task, or its job, was canceled.
    Canceled,
    /// The task was paused.
    Paused,
    /// The task went back to the queue: its Worker left, or a person asked for it.
    Requeued,
    /// A person declared the task completed or failed.
    Overruled,
    /// The Worker asked for a task although it held this one: it has lost it.
    Lost,
    /// The hand-out did not reach the Worker.
    Undelivered,
}

/// A Worker that has just registered.
#[derive(Clone, Debug, PartialEq)]
pub struct NewWorker {
    /// Its public id.
    pub id: WorkerId,
    /// Hash of its secret, in the form that the Gatekeeper wrote.
    pub secret_hash: String,
    /// When it registered.
    pub created: Timestamp,
    /// Everything else.
    pub row: WorkerRow,
}

/// The changeable part of a Worker.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerRow {
    /// Which Worker.
    pub no: WorkerNo,
    /// Its name, as it last said.
    pub name: String,
    /// The address it called from.
    pub address: String,
    /// `linux`, `windows`, `darwin`, …; fixed at registration.
    pub platform: String,
    /// Its software version; empty before its first sign-on.
    pub software: String,
    /// Its state.
    pub status: WorkerStatus,
    /// The state that a person asked it to take.
    pub requested: Option<StatusRequest>,
    /// The state to return to when it is heard of again after a time-out.
    pub timed_out_from: Option<WorkerStatus>,
    /// The task types that it takes.
    pub task_types: Vec<String>,
    /// Whether it can be asked to restart.
    pub can_restart: bool,
    /// Whether it may be forgotten when it is gone for long.
    pub ephemeral: bool,
    /// When it was last heard of; `None` before its first sign-on.
    pub last_seen: Option<Timestamp>,
    /// The task it was given last.
    pub last_task: Option<TaskKey>,
    /// Which run of it signed on last; stock Workers do not say.
    pub run: Option<RunId>,
    /// When it last changed.
    pub updated: Timestamp,
    /// Set when it was deleted; such a Worker can no longer sign on.
    pub deleted: Option<Timestamp>,
}

/// A state that a Worker is asked to take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StatusRequest {
    /// The state.
    pub status: WorkerStatus,
    /// Whether it may first finish its task.
    pub lazy: bool,
}

/// A tag, which binds jobs to Workers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TagRow {
    /// Its public id.
    pub id: TagId,
    /// Its name, which no other has.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

/// Signs of life since the last batch of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heartbeats {
    /// When these Workers were last heard of.
    pub seen: Vec<(WorkerNo, Timestamp)>,
    /// When these tasks last made progress.
    pub touched: Vec<(TaskKey, Timestamp)>,
}
