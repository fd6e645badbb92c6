//! What the [`Compiler`](super::Compiler) can be asked, and what it answers.

use std::time::Duration;

use farandole_protocol::api::{AvailableJobType, Command, JobMetadata, JobSettings, SubmittedJob};
use farandole_protocol::ids::JobId;
use farandole_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ask::Order;

/// All job types that can be used, by name. Asked for by people's programs; changes nothing. Scripts that are broken
/// are left out, with a warning in the log, and so are types with a setting of a type that the interface does not have:
/// the client of the Flamenco add-on raises an exception there, and would show no job type at all.
#[derive(Clone, Copy, Debug)]
pub struct ListJobTypes;

impl Order for ListJobTypes {
    type Reply = Vec<AvailableJobType>;
}

/// One job type. An error is [`CompileError::UnknownType`], or says what is wrong with the script.
#[derive(Clone, Debug)]
pub struct GetJobType {
    /// Its name.
    pub name: String,
}

impl Order for GetJobType {
    type Reply = Result<AvailableJobType, CompileError>;
}

/// Makes the tasks of a submitted job. Asked for by the intake, also when a submission is only checked; nothing is
/// stored here. Every error is about this submission or its script; asking again would give it again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CompileJob {
    /// The job as submitted, its paths already brought into the farm's form.
    pub submitted: SubmittedJob,
    /// The id that it will have.
    pub id: JobId,
    /// When it was submitted.
    pub created: Timestamp,
}

impl Order for CompileJob {
    type Reply = Result<CompiledJob, CompileError>;
}

/// A job with its tasks, as the script left it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct CompiledJob {
    /// Its name.
    pub name: String,
    /// The name of its type.
    pub job_type: String,
    /// Its priority.
    pub priority: i32,
    /// Its settings.
    pub settings: JobSettings,
    /// What the submitter wants to remember.
    pub metadata: JobMetadata,
    /// The checkout with its files.
    pub shaman_checkout_id: Option<String>,
    /// The tag that its Workers must have.
    pub worker_tag: Option<String>,
    /// What in its settings does not fit the job type, and was passed on nevertheless: one sentence for each.
    pub remarks: Vec<String>,
    /// Its tasks; the first has the index 1.
    pub tasks: Vec<CompiledTask>,
}

/// A task of a compiled job.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct CompiledTask {
    /// Its name.
    pub name: String,
    /// Its type.
    pub task_type: String,
    /// Its priority within the job.
    pub priority: i32,
    /// What is to be done.
    pub commands: Vec<Command>,
    /// The 1-based indices of the tasks that have to be done before, ascending, each once.
    pub dependencies: Vec<u32>,
    /// Whether the job is completed even if this task fails.
    pub optional: bool,
    /// The sum over its commands of their steps, at least one each.
    pub steps_total: i64,
}

/// Why a job type cannot be used, or a job cannot be made.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, thiserror::Error)]
pub enum CompileError {
    /// There is no script of this name.
    #[error("job type {name:?} is unknown")]
    UnknownType {
        /// The name.
        name: String,
    },
    /// The submitter knows another version of the job type and has to fetch it again.
    #[error(
        "the definition of job type {name:?} has changed, refresh the job types and submit again"
    )]
    OutdatedType {
        /// The name.
        name: String,
    },
    /// The script cannot be used for any job.
    #[error("job-type script {file} {problem}")]
    BrokenScript {
        /// The file.
        file: String,
        /// What is wrong with it, as something that the file does.
        problem: String,
    },
    /// The script threw an exception: usually it says what is wrong with the settings.
    #[error("{problem}")]
    Refused {
        /// The text of the exception, where it was thrown, and what in the settings does not fit the job type.
        problem: String,
    },
    /// The script did not come to an end in time.
    #[error("job-type script {file} ran for more than {} s and was ended", limit.as_secs_f64())]
    OverTime {
        /// The file.
        file: String,
        /// The time that it had.
        limit: Duration,
    },
    /// The script wanted more memory than it may have.
    #[error("job-type script {file} needs more than {} MB of memory and was ended", limit >> 20)]
    OverMemory {
        /// The file.
        file: String,
        /// The bytes that it had.
        limit: usize,
    },
    /// The job is larger than a job may be.
    #[error("the job is too large: {problem}")]
    TooLarge {
        /// What there is too much of.
        problem: String,
    },
    /// The engine itself failed. The script is to blame as long as others run.
    #[error("job-type script {file} made the script engine fail")]
    EngineFailed {
        /// The file, or the type's name.
        file: String,
    },
}
