//! The schemas of everything in the contract, for the OpenAPI document that a Manager serves.
//!
//! The document itself, with its operations, is put together where the operations are, in the Manager. What happens
//! here is what belongs to the types: their list, and their translation into the dialect that v3 clients read.

use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};

use crate::api::{
    AssignedTask, AvailableJobSetting, AvailableJobSettingEvalInfo, AvailableJobSettingSubtype,
    AvailableJobSettingType, AvailableJobSettingVisibility, AvailableJobType, AvailableJobTypes,
    BlenderPathCheckResult, BlenderPathFindResult, BlenderPathSource, Command, Error,
    FarmStatusReport, FindingClass, FlamencoVersion, IdentityQuestion, Job, JobBlocklist,
    JobBlocklistEntry, JobDeletionInfo, JobFinding, JobLastRenderedImageInfo,
    JobMassDeletionSelection, JobMetadata, JobPriorityChange, JobSettings, JobStatusChange,
    JobStorageInfo, JobTagChange, JobTasksSummary, JobsQuery, JobsQueryResult,
    ManagerConfiguration, ManagerIdentity, ManagerProof, ManagerVariable, ManagerVariableAudience,
    ManagerVariables, MayKeepRunning, OutputState, PathCheckInput, PathCheckResult,
    ProgramCondition, RegisteredWorker, SecurityError, SetupAssistantConfig, ShamanCheckout,
    ShamanCheckoutResult, ShamanFileSpec, ShamanFileSpecWithStatus, ShamanFileStatus,
    ShamanRequirementsRequest, ShamanRequirementsResponse, ShamanSingleFileStatus,
    SharedStorageLocation, StorageCondition, SubmittedJob, Task, TaskFinding, TaskLogInfo,
    TaskOutput, TaskStatusChange, TaskSummary, TaskUpdate, TaskWorker, Worker, WorkerCondition,
    WorkerList, WorkerRegistration, WorkerSignOn, WorkerSleepSchedule, WorkerStateChange,
    WorkerStateChanged, WorkerStatusChangeRequest, WorkerSummary, WorkerTag,
    WorkerTagChangeRequest, WorkerTagList, WorkerTask,
};
use crate::event::{
    AssignedWorker, EventFarmStatus, EventJobUpdate, EventLastRenderedUpdate, EventLifeCycle,
    EventTaskLogUpdate, EventTaskUpdate, EventWorkerTagUpdate, EventWorkerUpdate,
    LifeCycleEventType, SocketIOSubscription, SocketIOSubscriptionOperation,
    SocketIOSubscriptionType,
};
use crate::ids::{JobId, RunId, TaskId, WorkerId};
use crate::status::{FarmStatus, JobStatus, TaskStatus, WorkerStatus};

macro_rules! list {
    ($($name:ident),+ $(,)?) => {
        vec![$((stringify!($name), <$name as utoipa::PartialSchema>::schema())),+]
    };
}

/// The schema of every type of the contract by its name, and those of the ids that they refer to.
pub fn all() -> Vec<(&'static str, RefOr<Schema>)> {
    let mut all = of_contract();
    all.extend(of_farandole());
    all
}

/// Those of what Workers and Managers of Farandole say to each other besides.
fn of_farandole() -> Vec<(&'static str, RefOr<Schema>)> {
    list![
        IdentityQuestion,
        ManagerIdentity,
        ManagerProof,
        WorkerCondition,
        StorageCondition,
        ProgramCondition,
    ]
}

fn of_contract() -> Vec<(&'static str, RefOr<Schema>)> {
    list![
        FlamencoVersion,
        FarmStatusReport,
        FarmStatus,
        ManagerConfiguration,
        SetupAssistantConfig,
        ManagerVariables,
        ManagerVariable,
        ManagerVariableAudience,
        SharedStorageLocation,
        PathCheckInput,
        PathCheckResult,
        BlenderPathFindResult,
        BlenderPathCheckResult,
        BlenderPathSource,
        WorkerRegistration,
        RegisteredWorker,
        WorkerStatus,
        WorkerSignOn,
        WorkerStateChange,
        WorkerStateChanged,
        AssignedTask,
        TaskUpdate,
        MayKeepRunning,
        JobStatus,
        TaskStatus,
        Command,
        AvailableJobTypes,
        AvailableJobType,
        AvailableJobSetting,
        AvailableJobSettingType,
        AvailableJobSettingSubtype,
        AvailableJobSettingVisibility,
        SubmittedJob,
        Job,
        JobSettings,
        JobMetadata,
        JobStorageInfo,
        JobDeletionInfo,
        JobMassDeletionSelection,
        JobsQuery,
        JobsQueryResult,
        Task,
        TaskWorker,
        JobTasksSummary,
        TaskSummary,
        TaskLogInfo,
        JobLastRenderedImageInfo,
        JobBlocklist,
        JobBlocklistEntry,
        JobStatusChange,
        JobPriorityChange,
        JobTagChange,
        TaskStatusChange,
        Error,
        SecurityError,
        ShamanRequirementsRequest,
        ShamanRequirementsResponse,
        ShamanFileSpec,
        ShamanFileSpecWithStatus,
        ShamanCheckout,
        ShamanCheckoutResult,
        ShamanFileStatus,
        ShamanSingleFileStatus,
        EventJobUpdate,
        EventTaskUpdate,
        AssignedWorker,
        EventTaskLogUpdate,
        EventLastRenderedUpdate,
        EventWorkerUpdate,
        EventWorkerTagUpdate,
        EventLifeCycle,
        LifeCycleEventType,
        EventFarmStatus,
        SocketIOSubscription,
        SocketIOSubscriptionOperation,
        SocketIOSubscriptionType,
        WorkerList,
        WorkerSummary,
        Worker,
        WorkerTask,
        WorkerStatusChangeRequest,
        WorkerSleepSchedule,
        WorkerTag,
        WorkerTagList,
        WorkerTagChangeRequest,
        AvailableJobSettingEvalInfo,
        TaskOutput,
        OutputState,
        TaskFinding,
        FindingClass,
        JobFinding,
        JobId,
        TaskId,
        WorkerId,
        RunId
    ]
}

/// Turns an OpenAPI 3.1 document, which utoipa writes, into the 3.0 that clients of the contract read.
///
/// Nothing of ours is ever `null`, so an alternative that allows it only says that a member may be absent, which its
/// not being required says already.
pub fn to_openapi_3_0(mut document: Value) -> Value {
    translate(&mut document);
    if let Some(version) = document.get_mut("openapi") {
        *version = "3.0.3".into();
    }
    document
}

fn translate(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(translate),
        Value::Object(members) => {
            members.remove("propertyNames");
            drop_null(members);
            if let Some(Value::String(description)) = members.get_mut("description") {
                *description = without_links(description);
            }
            members.values_mut().for_each(translate);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Removes `null` from a schema's types and alternatives, and the list around what is then alone.
fn drop_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(alternatives)) = schema.get_mut("oneOf") {
        alternatives
            .retain(|alternative| alternative.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = alternatives.as_slice() {
            let only = only.clone();
            schema.remove("oneOf");
            schema.extend(only);
        }
    }
}

/// Descriptions are the types' documentation: what links there is a plain name for the readers of the document.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else {
            break;
        };
        plain.extend([before, "`", name, "`"]);
        let target = after
            .strip_prefix('(')
            .and_then(|target| target.split_once(')'));
        rest = target.map_or(after, |(_, after)| after);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_is_no_alternative_in_3_0() {
        let document = json!({"openapi": "3.1.0", "a": [
            {"type": ["string", "null"], "format": "date-time"},
            {"oneOf": [{"$ref": "#/x"}, {"type": "null"}], "description": "see [`X`] and [`Y::z`](super::Y::z)!"},
            {"type": "object", "properties": {"type": {"type": "string"}}, "propertyNames": {"type": "string"}},
        ]});
        let expected = json!({"openapi": "3.0.3", "a": [
            {"type": "string", "format": "date-time"},
            {"$ref": "#/x", "description": "see `X` and `Y::z`!"},
            {"type": "object", "properties": {"type": {"type": "string"}}},
        ]});
        assert_eq!(to_openapi_3_0(document), expected);
    }
}
