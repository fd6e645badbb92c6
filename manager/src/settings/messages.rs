//! What Settings is asked, and what it tells.

use actix::Message;
use farandole_protocol::api::{
    Command, ExpectedProgram, FindingClass, FlamencoVersion, ManagerConfiguration,
    ManagerVariableAudience, ManagerVariables, SetupAssistantConfig, SharedStorageLocation,
    SubmittedJob, TaskOutput,
};
use serde_json::{Map, Value};

use crate::ask::Order;
use crate::config::{Aside, UpdateError};
use crate::farm::state::Thresholds;

/// A task's commands and outputs, with variables resolved for a platform. From Handout and TaskReports.
#[derive(Clone, Debug)]
pub struct ResolveTask {
    /// The commands as they are stored.
    pub commands: Vec<Command>,
    /// The outputs as they are stored.
    pub outputs: Vec<TaskOutput>,
    /// The Worker's platform; `None` for this host.
    pub platform: Option<String>,
}

impl Order for ResolveTask {
    type Reply = (Vec<Command>, Vec<TaskOutput>);
}

/// The paths of outputs, which are those of a Worker's platform, with the variables of the folders that they are in.
/// From TaskReports.
#[derive(Clone, Debug)]
pub struct NameOutputs {
    /// The outputs as the Worker reports them.
    pub outputs: Vec<TaskOutput>,
    /// The Worker's platform.
    pub platform: String,
}

impl Order for NameOutputs {
    type Reply = Vec<TaskOutput>;
}

/// A path of a job's, as this host sees it. From JobOutput.
#[derive(Clone, Debug)]
pub struct ResolvePath(pub String);

impl Order for ResolvePath {
    type Reply = String;
}

/// Paths of this host, as people on a platform see them. From JobOutput.
#[derive(Clone, Debug)]
pub struct ShowPaths {
    /// The paths.
    pub paths: Vec<String>,
    /// The platform of those who read them.
    pub platform: String,
}

impl Order for ShowPaths {
    type Reply = Vec<String>;
}

/// A submitted job whose paths are replaced by variables. From JobIntake.
#[derive(Clone, Debug)]
pub struct NameFolders(pub SubmittedJob);

impl Order for NameFolders {
    type Reply = SubmittedJob;
}

/// What Workers of a platform are to find on their hosts. From WorkerConditions.
#[derive(Clone, Debug)]
pub struct FindWorkerPrograms {
    /// Their platform.
    pub platform: String,
}

impl Order for FindWorkerPrograms {
    type Reply = WorkerPrograms;
}

/// What Workers of a platform are to find on their hosts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WorkerPrograms {
    /// The programs that tasks run.
    pub programs: Vec<ExpectedProgram>,
    /// The root of the shared storage as the platform sees it; `None` while there is none.
    pub storage: Option<String>,
}

/// The first of these paths of a job that leads to a folder that Workers do not share. From JobIntake.
#[derive(Clone, Debug)]
pub struct FindPrivatePath(pub Vec<String>);

impl Order for FindPrivatePath {
    type Reply = Option<String>;
}

/// The findings that are warnings of every job of the farm. From JobIntake.
#[derive(Clone, Copy, Debug)]
pub struct FindAllowed;

impl Order for FindAllowed {
    type Reply = Vec<FindingClass>;
}

/// The Manager's version and name. From the HTTP edge.
#[derive(Clone, Debug, Default)]
pub struct FindVersion {
    /// The program that asks, as its `User-Agent` names it.
    pub user_agent: Option<String>,
}

impl Order for FindVersion {
    type Reply = FlamencoVersion;
}

/// What the Manager says of its configuration. From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct FindConfiguration;

impl Order for FindConfiguration {
    type Reply = ManagerConfiguration;
}

/// The variables for somebody. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct FindVariables {
    /// For whom.
    pub audience: ManagerVariableAudience,
    /// On which platform.
    pub platform: String,
}

impl Order for FindVariables {
    type Reply = ManagerVariables;
}

/// Where the shared storage is for somebody. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct FindSharedStorage {
    /// For whom.
    pub audience: ManagerVariableAudience,
    /// On which platform.
    pub platform: String,
}

impl Order for FindSharedStorage {
    type Reply = SharedStorageLocation;
}

/// The configuration in full, without its secrets. From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct FindAllSettings;

impl Order for FindAllSettings {
    /// All keys with their values; none if they cannot be written as JSON.
    type Reply = Value;
}

/// Keys are to have other values: in force, and in the file. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct ChangeSettings {
    /// The keys with their values.
    pub sent: Map<String, Value>,
    /// The address that it comes from, for the log.
    pub peer: String,
}

impl Order for ChangeSettings {
    /// What people should know; or why nothing was changed.
    type Reply = Result<Aside, UpdateError>;
}

/// What the setup assistant has gathered. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct SaveSetup {
    /// The shared storage and the Blender.
    pub gathered: SetupAssistantConfig,
    /// The address that it comes from, for the log.
    pub peer: String,
}

impl Order for SaveSetup {
    /// Why it is not enough, or cannot be used.
    type Reply = Result<Aside, UpdateError>;
}

/// The limits that people set have changed. For the Scheduler.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ThresholdsChanged(pub Thresholds);
