//! What the TaskLogs are told and asked.

use std::fs::File;
use std::io;
use std::time::SystemTime;

use actix::Message;
use farandole_protocol::ids::{JobId, TaskId};

use super::paths::JobFile;
use crate::ask::Order;
use crate::farm::decision::Note;

/// A file could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {path}")]
pub struct LogError {
    /// Which file, relative to the root.
    pub path: String,
    /// Why not.
    #[source]
    pub source: io::Error,
}

/// Text for the end of a task's log. From TaskReports; answered when it is written. A line end is added if missing.
#[derive(Clone, Debug)]
pub struct AppendLog {
    /// The task's job.
    pub job: JobId,
    /// Which task.
    pub task: TaskId,
    /// The text, as the Worker sent it.
    pub text: String,
}

impl Order for AppendLog {
    type Reply = Result<(), LogError>;
}

/// A line of the Manager's own, with the time before it. A fact, from the Scheduler.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct AppendNote(pub Note);

/// What was written to a task's log goes onto the disk. From TaskReports before a task ends.
#[derive(Clone, Copy, Debug)]
pub struct SyncLog {
    /// The task's job.
    pub job: JobId,
    /// Which task.
    pub task: TaskId,
}

impl Order for SyncLog {
    type Reply = Result<(), LogError>;
}

/// All that was written since the last time goes onto the disk. Once a second.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(super) struct SyncAll;

/// The end of a task's log: at most 2,048 bytes, beginning with a whole line if there is one. From the HTTP edge;
/// `None` if there is no text.
#[derive(Clone, Copy, Debug)]
pub struct TailLog {
    /// The task's job.
    pub job: JobId,
    /// Which task.
    pub task: TaskId,
}

impl Order for TailLog {
    type Reply = Result<Option<String>, LogError>;
}

/// The size of a task's log in bytes. From the HTTP edge; `None` if there is no text.
#[derive(Clone, Copy, Debug)]
pub struct FindLog {
    /// The task's job.
    pub job: JobId,
    /// Which task.
    pub task: TaskId,
}

impl Order for FindLog {
    type Reply = Result<Option<u64>, LogError>;
}

/// A file of a job, to be sent to whoever wants to see it. From the HTTP edge; `None` if it does not exist.
#[derive(Clone, Copy, Debug)]
pub struct OpenFile(pub JobFile);

impl Order for OpenFile {
    type Reply = Result<Option<OpenedFile>, LogError>;
}

/// An open file.
#[derive(Debug)]
pub struct OpenedFile {
    /// The file.
    pub file: File,
    /// Its size in bytes.
    pub size: u64,
    /// When it last changed.
    pub modified: SystemTime,
}

/// A job was deleted: its files go. From whoever deleted it.
#[derive(Clone, Copy, Debug)]
pub struct ForgetJob {
    /// Which job.
    pub job: JobId,
}

impl Order for ForgetJob {
    type Reply = Result<(), LogError>;
}
