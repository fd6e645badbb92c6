//! The Manager about itself: version, status, configuration, variables, and the checks of the setup assistant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::status::{FarmStatus, wire_enum};

/// Which program answers, and under which name.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct FlamencoVersion {
    /// The version, with the source revision where it is not a release.
    pub version: String,
    /// The version alone.
    pub shortversion: String,
    /// The Manager's name, as configured.
    pub name: String,
    /// The source revision.
    pub git: String,
}

/// What the farm is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct FarmStatusReport {
    /// The farm's state at a glance.
    pub status: FarmStatus,
}

/// The part of the configuration that a submitter needs.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManagerConfiguration {
    /// Where job files are to be put, as the Manager sees it; never empty.
    pub storage_location: String,
    /// Whether files can be sent through Shaman.
    pub shaman_enabled: bool,
    /// Whether no storage path was configured yet.
    pub is_first_run: bool,
}

/// What the setup assistant has gathered.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupAssistantConfig {
    /// The shared storage, as the Manager sees it.
    pub storage_location: String,
    /// The Blender that Workers are to run, as it was found.
    pub blender_executable: BlenderPathCheckResult,
}

/// Variables by name, with their values for one audience and platform.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
pub struct ManagerVariables(pub BTreeMap<String, ManagerVariable>);

/// A variable's value for one audience and platform. Its name is its key in [`ManagerVariables`].
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ManagerVariable {
    /// The value.
    pub value: String,
    /// Whether the value is also replaced by the variable, in what submitters send.
    pub is_twoway: bool,
}

wire_enum!(
    /// Whom a variable's value is meant for.
    ManagerVariableAudience, "audience", {
        /// The programs that run tasks.
        Workers = "workers",
        /// The programs that submit jobs.
        Users = "users",
    }
);

/// Where the shared storage is, for one audience and platform.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct SharedStorageLocation {
    /// The path, in the platform's spelling.
    pub location: String,
    /// The audience that was asked for.
    pub audience: ManagerVariableAudience,
    /// The platform that was asked for.
    pub platform: String,
    /// Whether files can be sent through Shaman.
    #[serde(rename = "shamanEnabled")]
    pub shaman_enabled: bool,
}

/// A path to be checked.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct PathCheckInput {
    /// The path, as the Manager sees it.
    pub path: String,
}

/// Whether a path can be the shared storage.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct PathCheckResult {
    /// The path that was checked.
    pub path: String,
    /// Whether it can be used.
    pub is_usable: bool,
    /// Why, or why not.
    pub cause: String,
}

/// The Blenders that were found.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
pub struct BlenderPathFindResult(pub Vec<BlenderPathCheckResult>);

/// Whether a path is a Blender that runs.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct BlenderPathCheckResult {
    /// What was asked for.
    pub input: String,
    /// What was found; empty when nothing was.
    pub path: String,
    /// How it was found.
    pub source: BlenderPathSource,
    /// Whether it runs.
    pub is_usable: bool,
    /// Its version, or why it does not run.
    pub cause: String,
}

wire_enum!(
    /// How a Blender was found.
    BlenderPathSource, "source of a Blender path", {
        /// It opens .blend files.
        FileAssociation = "file_association",
        /// It is on the search path.
        PathEnvvar = "path_envvar",
        /// It is where the platform keeps its programs.
        SystemLocation = "system_location",
        /// It was given by a person.
        InputPath = "input_path",
        /// Nothing was looked for; Workers take their own.
        Default = "default",
    }, unsent {
        /// The empty string of a Flamenco Manager that found nothing. Never sent.
        Unset
    }
);
