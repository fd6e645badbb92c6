//! What `FrameChecks` is asked.

use std::path::PathBuf;
use std::time::Duration;

use farandole_frames::ExpectedFile;
use farandole_protocol::api::{FindingClass, TaskOutput};

use crate::ask::Order;

/// What a look at a file has shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FileCheck {
    /// It is whole.
    Whole {
        /// Its size in bytes.
        bytes: u64,
        /// Whether only its header was checked, since its format is not decoded here.
        header_only: bool,
    },
    /// It is missing or broken.
    Fault {
        /// Which of the two.
        class: FindingClass,
        /// What is wrong, in a clause such as "it ends too early".
        reason: String,
    },
    /// It cannot be checked: it is not in the shared storage, or cannot be read. The text says why.
    NotChecked(String),
}

/// Whether these files are whole. From JobOutput.
#[derive(Clone, Debug)]
pub struct CheckFiles(pub Vec<PathBuf>);

impl Order for CheckFiles {
    /// One answer for each file, in order.
    type Reply = Vec<FileCheck>;
}

/// Whether the frames that a command line was to write are there and whole. From TaskReports.
#[derive(Clone, Debug)]
pub struct CheckFrames {
    /// The frames.
    pub frames: Vec<ExpectedFile>,
    /// How long this may take: the Worker that rendered them waits for the answer to its report.
    pub time_limit: Duration,
}

impl Order for CheckFrames {
    type Reply = CheckedFrames;
}

/// What a look at the frames of a task has shown.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CheckedFrames {
    /// The files that are whole.
    pub outputs: Vec<TaskOutput>,
    /// The frames of which only the header was checked.
    pub header_only: Vec<i32>,
    /// The frames that are missing or broken, with the class and a sentence.
    pub faults: Vec<(i32, FindingClass, String)>,
    /// The frames that were not checked, with the reason.
    pub not_checked: Vec<(i32, String)>,
}
