//! What JobOutput is asked.

use std::fs::File;

use farandole_protocol::api::{JobFiles, JobOutputs, JobVerification};
use farandole_protocol::ids::JobId;

use crate::ask::{AskError, Order};
use crate::shared_storage::StorageError;
use crate::store::StoreError;

/// A page of the files that a job made. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct ListJobFiles {
    /// Which job.
    pub job: JobId,
    /// Where the page before ended, as it said itself.
    pub after: Option<String>,
}

impl Order for ListJobFiles {
    type Reply = Result<JobFiles, OutputError>;
}

/// One of them. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct OpenJobFile {
    /// Which job.
    pub job: JobId,
    /// The file's path below the job's output folder.
    pub path: String,
}

impl Order for OpenJobFile {
    type Reply = Result<File, OutputError>;
}

/// A page of the recorded outputs of a job. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct ListJobOutputs {
    /// Which job.
    pub job: JobId,
    /// Where the page before ended, as it said itself.
    pub after: Option<String>,
    /// The platform of those who read the paths; without it, they are the Manager's.
    pub platform: Option<String>,
}

impl Order for ListJobOutputs {
    type Reply = Result<JobOutputs, OutputError>;
}

/// Whether the recorded outputs of a job still exist and are whole. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    /// Which job.
    pub job: JobId,
    /// The platform of those who read the paths; without it, they are the Manager's.
    pub platform: Option<String>,
    /// Whether to requeue the tasks with an output that does not.
    pub requeue: bool,
}

impl Order for VerifyJob {
    type Reply = Result<JobVerification, OutputError>;
}

/// Why a job's files are not shown.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// There is no such job.
    #[error("there is no such job")]
    UnknownJob,
    /// A page is asked for after a place that is none.
    #[error("{0:?} is no place in such a list; ask for what the page before gave as `next`")]
    UnknownPlace(String),
    /// The files are not at hand.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The job cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody is busy.
    #[error(transparent)]
    Unavailable(#[from] AskError),
}
