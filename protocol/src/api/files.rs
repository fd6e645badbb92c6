//! Files on their way into the shared storage, and out of it. Not in the contract.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file that was uploaded, or is on its way.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Upload {
    /// Its id: when it began, and its name.
    pub id: String,
    /// The file's name.
    pub name: String,
    /// How a setting of a job names it: a path that begins with a variable, which every Worker resolves.
    pub path: String,
    /// The bytes that are there.
    pub size: u64,
    /// Whether that is all of it.
    pub complete: bool,
}

/// A page of what lies in the output folder of a job.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobFiles {
    /// By their paths. Empty before there is anything, and for jobs that have no such folder.
    pub files: Vec<JobFile>,
    /// What to give as `after` to get the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many folders were left out of this page because they lie too deep.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A file that a job made.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize, ToSchema)]
pub struct JobFile {
    /// Its path below the job's output folder, with `/` between names.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it last changed.
    pub modified: DateTime<Utc>,
}
