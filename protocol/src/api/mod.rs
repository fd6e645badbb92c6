//! The bodies of the Flamenco v3 interface: every schema of its contract as a type of the same name, by topic.
//!
//! Absent is absent: an optional member that has no value is left out, never `null`; `null` is read as absent.
//! Enums are closed. Members that the contract does not know are read over; the few that ours adds are optional.
//! Event payloads are in [`crate::event`].

mod attempts;
mod condition;
mod error;
mod files;
mod identity;
mod job_types;
mod jobs;
mod meta;
mod outputs;
mod shaman;
mod tasks;
mod why;
mod worker;
mod worker_mgt;

pub use attempts::{AttemptOutcome, TaskAttempt, TaskAttempts};
pub use condition::{
    ExpectedProgram, ExpectedStorage, ProgramCondition, STORAGE_MARKER, StorageCondition,
    WorkerCondition, WorkerExpectations,
};
pub use error::{Error, SecurityError};
pub use files::{JobFile, JobFiles, Upload};
pub use identity::{IdentityQuestion, ManagerIdentity, ManagerProof};
pub use job_types::{
    AvailableJobSetting, AvailableJobSettingEvalInfo, AvailableJobSettingSubtype,
    AvailableJobSettingType, AvailableJobSettingVisibility, AvailableJobType, AvailableJobTypes,
};
pub use jobs::{
    DEFAULT_PRIORITY, Job, JobBlocklist, JobBlocklistEntry, JobDeletionInfo,
    JobLastRenderedImageInfo, JobMassDeletionSelection, JobMetadata, JobPriorityChange,
    JobSettings, JobStatusChange, JobStorageInfo, JobTagChange, JobsQuery, JobsQueryResult,
    SubmittedJob,
};
pub use meta::{
    BlenderPathCheckResult, BlenderPathFindResult, BlenderPathSource, FarmStatusReport,
    FlamencoVersion, ManagerConfiguration, ManagerVariable, ManagerVariableAudience,
    ManagerVariables, PathCheckInput, PathCheckResult, SetupAssistantConfig, SharedStorageLocation,
};
pub use outputs::{
    Consequence, FindingClass, JobFinding, JobOutput, JobOutputs, JobVerification,
    JobVerifyRequest, OutputFault, OutputState, TaskFinding, TaskOutput,
};
pub use shaman::{
    ShamanCheckout, ShamanCheckoutResult, ShamanFileSpec, ShamanFileSpecWithStatus,
    ShamanFileStatus, ShamanRequirementsRequest, ShamanRequirementsResponse,
    ShamanSingleFileStatus,
};
pub use tasks::{
    Command, JobTasksSummary, Task, TaskLogInfo, TaskStatusChange, TaskSummary, TaskWorker,
};
pub use why::{JobWhy, Reason, ReasonCode, TaskWhy, WorkerReason};
pub use worker::{
    AssignedTask, MayKeepRunning, RegisteredWorker, TaskUpdate, WorkerRegistration, WorkerSignOn,
    WorkerStateChange, WorkerStateChanged,
};
pub use worker_mgt::{
    Worker, WorkerList, WorkerSleepSchedule, WorkerStatusChangeRequest, WorkerSummary, WorkerTag,
    WorkerTagChangeRequest, WorkerTagList, WorkerTask,
};
