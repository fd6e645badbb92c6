//! Which types the bodies of each operation are of: one table, by method, path and status.

use farandole_protocol::api::{
    AssignedTask, AvailableJobType, AvailableJobTypes, Error, FarmStatusReport, FlamencoVersion,
    Job, JobBlocklist, JobDeletionInfo, JobLastRenderedImageInfo, JobMassDeletionSelection,
    JobPriorityChange, JobStatusChange, JobTagChange, JobTasksSummary, JobsQueryResult,
    ManagerConfiguration, ManagerVariables, MayKeepRunning, PathCheckInput, PathCheckResult,
    RegisteredWorker, SecurityError, ShamanCheckout, ShamanCheckoutResult,
    ShamanRequirementsRequest, ShamanRequirementsResponse, ShamanSingleFileStatus,
    SharedStorageLocation, SubmittedJob, Task, TaskLogInfo, TaskStatusChange, TaskUpdate, Worker,
    WorkerList, WorkerRegistration, WorkerSignOn, WorkerSleepSchedule, WorkerStateChange,
    WorkerStateChanged, WorkerStatusChangeRequest, WorkerTag, WorkerTagChangeRequest,
    WorkerTagList,
};
use farandole_protocol::paths;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Reads a value as a type and writes it again.
pub(crate) type Check = fn(&Value) -> Result<Value, String>;

/// What an answer's body is.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// JSON of a type.
    Json(Check),
    /// Nothing, or no JSON.
    Other,
}

/// What is known of an operation.
pub(crate) struct Operation {
    method: &'static str,
    path: &'static str,
    pub(crate) request: Option<Check>,
    answers: Vec<(u64, Body)>,
}

impl Operation {
    /// What the body of an answer with this status is, if the operation has such an answer.
    pub(crate) fn answer(&self, status: u64) -> Option<Body> {
        let listed = self
            .answers
            .iter()
            .find(|(listed, _)| *listed == status)
            .map(|(_, body)| *body);
        listed.or_else(|| refusal(status))
    }
}

/// Every operation can refuse.
fn refusal(status: u64) -> Option<Body> {
    matches!(status, 400 | 403 | 404 | 409 | 412 | 417 | 500 | 503)
        .then_some(Body::Json(read_refusal))
}

/// A refusal has a code, or is of the framework's form, or is a bare text (a picture for an unknown task).
fn read_refusal(value: &Value) -> Result<Value, String> {
    if value.get("code").is_some() {
        round_trip::<Error>(value)
    } else if value.is_string() {
        round_trip::<String>(value)
    } else {
        round_trip::<SecurityError>(value)
    }
}

/// Reads a value as a type and writes it again.
pub(crate) fn round_trip<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, String> {
    // Through text, as on the wire.
    let read: T = serde_json::from_str(&value.to_string()).map_err(|error| error.to_string())?;
    serde_json::to_value(read).map_err(|error| error.to_string())
}

/// The operation that answers at a path: the template with the fewest parameters that fits.
pub(crate) fn operation(method: &str, path: &str) -> Option<Operation> {
    let path = path.split('?').next().unwrap_or_default();
    let fitting = operations()
        .into_iter()
        .filter(|operation| operation.method == method && fits(operation.path, path));
    fitting.min_by_key(|operation| operation.path.matches('{').count())
}

fn fits(template: &str, path: &str) -> bool {
    if let Some(prefix) = template.strip_suffix('*') {
        return path.starts_with(prefix);
    }
    let mut segments = path.split('/');
    let fit = template.split('/').all(|expected| {
        let is_parameter = expected.starts_with('{');
        segments
            .next()
            .is_some_and(|segment| segment == expected || is_parameter && !segment.is_empty())
    });
    fit && segments.next().is_none()
}

macro_rules! operations {
    ($($method:ident $path:expr, $(($request:ty))? => $($status:literal $($answer:ty)?),+;)+) => {
        vec![$(Operation {
            method: stringify!($method),
            path: $path,
            request: operations!(@request $($request)?),
            answers: vec![$(($status, operations!(@answer $($answer)?))),+],
        }),+]
    };
    (@request) => { None };
    (@request $type:ty) => { Some(round_trip::<$type>) };
    (@answer) => { Body::Other };
    (@answer $type:ty) => { Body::Json(round_trip::<$type>) };
}

fn operations() -> Vec<Operation> {
    operations! {
        GET paths::VERSION, => 200 FlamencoVersion;
        GET paths::STATUS, => 200 FarmStatusReport;
        GET paths::CONFIGURATION, => 200 ManagerConfiguration;
        GET paths::CONFIGURATION_FILE, => 200 Map<String, Value>;
        POST paths::CHECK_SHARED_STORAGE, (PathCheckInput) => 200 PathCheckResult;
        GET paths::VARIABLES, => 200 ManagerVariables;
        GET paths::SHARED_STORAGE, => 200 SharedStorageLocation;

        POST paths::REGISTER_WORKER, (WorkerRegistration) => 200 RegisteredWorker;
        POST paths::SIGN_ON, (WorkerSignOn) => 200 WorkerStateChange;
        POST paths::SIGN_OFF, => 204;
        GET paths::WORKER_STATE, => 200 WorkerStateChange, 204;
        POST paths::WORKER_STATE_CHANGED, (WorkerStateChanged) => 204;
        POST paths::WORKER_TASK, => 200 AssignedTask, 204, 423 WorkerStateChange;
        POST paths::TASK_UPDATE, (TaskUpdate) => 204;
        GET paths::MAY_I_RUN, => 200 MayKeepRunning;
        POST paths::OUTPUT_PRODUCED, => 202;

        GET paths::WORKERS, => 200 WorkerList;
        GET paths::WORKER, => 200 Worker;
        DELETE paths::WORKER, => 204;
        POST paths::WORKER_SET_STATUS, (WorkerStatusChangeRequest) => 204;
        POST paths::WORKER_SET_TAGS, (WorkerTagChangeRequest) => 204;
        GET paths::WORKER_SLEEP_SCHEDULE, => 200 WorkerSleepSchedule, 204;
        POST paths::WORKER_SLEEP_SCHEDULE, (WorkerSleepSchedule) => 204;
        GET paths::TAGS, => 200 WorkerTagList;
        POST paths::TAGS, (WorkerTag) => 200 WorkerTag;
        GET paths::TAG, => 200 WorkerTag;
        PUT paths::TAG, (WorkerTag) => 204;
        DELETE paths::TAG, => 204;

        GET paths::JOB_TYPES, => 200 AvailableJobTypes;
        GET paths::JOB_TYPE, => 200 AvailableJobType;
        GET paths::JOBS, => 200 JobsQueryResult;
        POST paths::JOBS, (SubmittedJob) => 200 Job;
        POST paths::JOBS_CHECK, (SubmittedJob) => 204;
        DELETE paths::JOBS_MASS_DELETE, (JobMassDeletionSelection) => 204;
        GET paths::LAST_RENDERED, => 200 JobLastRenderedImageInfo, 204;
        GET paths::JOB, => 200 Job;
        DELETE paths::JOB, => 204;
        GET paths::JOB_WHAT_WOULD_DELETE_DO, => 200 JobDeletionInfo;
        GET paths::JOB_LAST_RENDERED, => 200 JobLastRenderedImageInfo, 204;
        POST paths::JOB_SET_STATUS, (JobStatusChange) => 204;
        POST paths::JOB_SET_PRIORITY, (JobPriorityChange) => 204;
        POST paths::JOB_SET_TAG, (JobTagChange) => 204;
        GET paths::JOB_TASKS, => 200 JobTasksSummary;
        GET paths::JOB_BLOCKLIST, => 200 JobBlocklist;
        DELETE paths::JOB_BLOCKLIST, (JobBlocklist) => 204;
        GET paths::TASK, => 200 Task;
        GET paths::TASK_LOG_TAIL, => 200, 204;
        GET paths::TASK_LOG, => 200 TaskLogInfo, 204;
        POST paths::TASK_SET_STATUS, (TaskStatusChange) => 204;

        POST paths::SHAMAN_REQUIREMENTS, (ShamanRequirementsRequest) => 200 ShamanRequirementsResponse;
        POST paths::SHAMAN_CHECKOUT, (ShamanCheckout) => 200 ShamanCheckoutResult;
        GET paths::SHAMAN_FILE, => 200 ShamanSingleFileStatus;
        POST paths::SHAMAN_FILE, => 200, 208, 425;

        GET "/job-files/*", => 200, 206, 301, 416;
        HEAD "/job-files/*", => 405;
        GET "/socket.io", => 404 SecurityError;
        GET "/socket.io/", => 503;
        POST "/socket.io/", => 503;
    }
}
