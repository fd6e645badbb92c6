//! What JobIntake is asked.

use farandole_protocol::api::{Job, SubmittedJob};
use farandole_protocol::status::JobStatus;

use crate::ask::{AskError, Order};
use crate::compiler::CompileError;
use crate::field_limits::TooLongError;
use crate::memory::Share;

/// Somebody submits a job. From the HTTP edge; answered when the job is stored and part of the farm. Carried out even
/// if the caller has gone.
#[derive(Debug)]
pub struct SubmitJob {
    /// The job.
    pub job: SubmittedJob,
    /// What its description takes of the memory for requests, given back when the order is dealt with.
    pub memory: Share,
}

impl Order for SubmitJob {
    type Reply = Result<Job, IntakeError>;
}

/// Somebody asks whether a job could be submitted. From the HTTP edge; nothing is stored.
#[derive(Debug)]
pub struct CheckJob {
    /// The job.
    pub job: SubmittedJob,
    /// What its description takes of the memory for requests, given back when the order is dealt with.
    pub memory: Share,
}

impl Order for CheckJob {
    type Reply = Result<(), IntakeError>;
}

/// Why a job was not accepted. Nothing of it remains.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The job type refuses it, or does not know it.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A job cannot begin in this state.
    #[error("a job cannot begin as {0}; initial_status is queued, active or paused")]
    InitialStatus(JobStatus),
    /// The script has made something that is longer than it may be.
    #[error(transparent)]
    TooLong(#[from] TooLongError),
    /// There is no such worker tag.
    #[error("there is no worker tag {0:?}")]
    UnknownTag(String),
    /// It could not be stored.
    #[error("the job could not be stored")]
    NotStored,
    /// Somebody who was needed is busy or recovering.
    #[error(transparent)]
    Unavailable(#[from] AskError),
}
