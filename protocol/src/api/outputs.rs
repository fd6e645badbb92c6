//! What a job has written, and what was noticed about it. None of this is in the Flamenco contract: stock peers
//! ignore the members, and a report without them is one of a stock Worker.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{JobId, TaskId};
use crate::status::wire_enum;

wire_enum!(
    /// How a file came to be one of the job's outputs.
    OutputState, "output state", {
        /// This job rendered it.
        Written = "written",
        /// It existed already, was whole, and was kept.
        Kept = "kept",
    }
);

/// A finished file of a task.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskOutput {
    /// The number of the frame; absent for a file that is not one frame, such as a video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<i32>,
    /// The name of the view of a multi-view render; empty for all other files.
    #[serde(default)]
    pub view: String,
    /// Where the file is, as the peer that reads this sees it.
    pub path: String,
    /// Its size in bytes.
    #[schema(minimum = 0)]
    pub size: i64,
    /// Whether it was rendered or kept.
    pub state: OutputState,
}

wire_enum!(
    /// A kind of trouble with a job: with its scene before it is submitted, or with the outputs of a task. The names are
    /// also those for `allow` and the configuration.
    FindingClass, "class of findings", {
        /// Blender said that it could not write a file.
        SaveFailed = "save-failed",
        /// A file that was to be written does not exist, or was there before and was not written again.
        OutputMissing = "output-missing",
        /// A file does not decode to its end.
        OutputBroken = "output-broken",
        /// A picture has another size than the file describes.
        WrongSize = "wrong-size",
        /// Blender ran out of memory, in the computer or on its graphics card.
        OutOfMemory = "out-of-memory",
        /// The render engine is missing, so that another one would render.
        Engine = "engine",
        /// A library of the file cannot be opened.
        MissingLibraries = "missing-libraries",
        /// The colour configuration lacks a view transform, look or colour space, so that colours differ.
        ViewTransform = "view-transform",
        /// The scene does not exist, so that another one would be rendered.
        Scene = "scene",
        /// The file format does not exist, so that another one would be written.
        Format = "format",
        /// An image, sound, volume or cache cannot be opened.
        MissingFiles = "missing-files",
        /// A simulation of the scene is not baked, so that each chunk of frames begins its own.
        NotBaked = "not-baked",
        /// The compositor writes files to a folder that only one computer has.
        OutputsElsewhere = "outputs-elsewhere",
        /// The requested device is not available, so that Blender renders on another one.
        DeviceFallback = "device-fallback",
        /// A script in the file, or an add-on, failed.
        PythonError = "python-error",
        /// The preview video could not be made.
        VideoFailed = "video-failed",
        /// The format is not decoded here: only the signature, the header and the length of the file were checked.
        HeaderOnly = "header-only",
        /// The file was not checked: a Flamenco Worker rendered it, and the Manager cannot read it.
        NotChecked = "not-checked",
        /// The job writes to a folder that Workers do not share, so that each Worker may write to a disk of its own.
        PrivateOutput = "private-output",
    }
);

/// What follows from a finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Consequence {
    /// The client does not submit the job. Workers do not look for it.
    NotSubmitted,
    /// The job fails: no Worker would do better.
    FailsJob,
    /// The task fails on this Worker; another one may try it.
    FailsTask,
    /// It is counted and shown on the job.
    Warning,
}

impl FindingClass {
    /// What follows when nothing else was asked for.
    pub const fn default_consequence(self) -> Consequence {
        match self {
            Self::Scene | Self::Format => Consequence::FailsJob,
            Self::SaveFailed
            | Self::OutputMissing
            | Self::OutputBroken
            | Self::WrongSize
            | Self::OutOfMemory
            | Self::Engine
            | Self::MissingLibraries
            | Self::ViewTransform
            | Self::MissingFiles => Consequence::FailsTask,
            Self::NotBaked | Self::OutputsElsewhere => Consequence::NotSubmitted,
            Self::DeviceFallback
            | Self::PythonError
            | Self::VideoFailed
            | Self::HeaderOnly
            | Self::NotChecked
            | Self::PrivateOutput => Consequence::Warning,
        }
    }

    /// Whether a submitter may allow it. A frame that does not exist or is not whole is never allowed.
    pub const fn can_be_allowed(self) -> bool {
        !matches!(
            self,
            Self::SaveFailed
                | Self::OutputMissing
                | Self::OutputBroken
                | Self::WrongSize
                | Self::OutOfMemory
        )
    }

    /// Whether a file of the frame that the finding names is not as it should be.
    pub const fn spoils_its_frame(self) -> bool {
        matches!(
            self,
            Self::OutputMissing | Self::OutputBroken | Self::WrongSize
        )
    }

    /// What follows in a job that allows these classes.
    pub fn consequence(self, allowed: &[Self]) -> Consequence {
        if self.can_be_allowed() && allowed.contains(&self) {
            Consequence::Warning
        } else {
            self.default_consequence()
        }
    }
}

/// Something that a Worker noticed about a task.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskFinding {
    /// What kind of trouble it is.
    pub class: FindingClass,
    /// The frame that was being rendered; absent when it concerns no single frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<i32>,
    /// The line of the program's output, or a sentence about the file.
    pub line: String,
}

/// The findings of one class that are warnings of a job.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobFinding {
    /// What kind of trouble it is.
    pub class: FindingClass,
    /// How often it was noticed in the latest attempts of the job's tasks.
    pub count: i64,
    /// One of the lines, as an example.
    pub line: String,
}

/// An output of a job.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobOutput {
    /// The task that made it.
    pub task_id: TaskId,
    /// The task's place in the job, counted from 1.
    pub index_in_job: i64,
    /// The attempt that wrote it, counted from 1.
    pub attempt: u32,
    /// The file; its path is the Manager's.
    #[serde(flatten)]
    pub output: TaskOutput,
}

/// A page of the outputs of a job, ordered by task and path.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobOutputs {
    /// How many there are on all pages.
    pub total: i64,
    /// The outputs of this page.
    pub outputs: Vec<JobOutput>,
    /// What to ask for as `after` to get the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How to verify the outputs of a job.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobVerifyRequest {
    /// Whether to requeue the tasks with an output that is missing or broken.
    #[serde(default)]
    pub requeue: bool,
}

/// An output that is not as it was recorded.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct OutputFault {
    /// The task that made it.
    pub task_id: TaskId,
    /// The task's place in the job, counted from 1.
    pub index_in_job: i64,
    /// The frame; absent for a file that is not one frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<i32>,
    /// The file, as the Manager sees it.
    pub path: String,
    /// Whether it is missing or broken.
    pub class: FindingClass,
    /// What is wrong, for people.
    pub reason: String,
}

/// What a check of the recorded outputs of a job has found.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobVerification {
    /// The job.
    pub job_id: JobId,
    /// How many recorded outputs were looked at.
    pub checked: i64,
    /// How many of them are in a format of which only the header was checked.
    pub header_only: i64,
    /// How many could not be checked, because the Manager cannot read where they are.
    pub not_checked: i64,
    /// Those that are missing or broken, by task and path.
    pub faults: Vec<OutputFault>,
    /// The tasks that were requeued, in their order in the job.
    pub requeued: Vec<TaskId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_allowed_becomes_a_warning() {
        for class in FindingClass::ALL.iter().copied() {
            let allowed = class.consequence(FindingClass::ALL);
            if class.can_be_allowed() {
                assert_eq!(allowed, Consequence::Warning, "{class}");
            } else {
                assert_eq!(allowed, Consequence::FailsTask, "{class}");
            }
            assert_eq!(class.consequence(&[]), class.default_consequence());
        }
    }

    #[test]
    fn an_output_without_a_frame_or_a_view_is_short() {
        let text = r#"{"path":"/a.mp4","size":3,"state":"written"}"#;
        let output: TaskOutput = serde_json::from_str(text).unwrap();
        assert_eq!((output.frame, output.view.as_str()), (None, ""));
        assert!(
            !serde_json::to_string(&output)
                .unwrap()
                .contains("\"frame\"")
        );
    }
}
