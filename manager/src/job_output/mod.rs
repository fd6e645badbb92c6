//! JobOutput: what a job has written. It lists and opens the files of the job, which are those in the folder of its
//! setting `render_output_path`, and recorded outputs in other folders of the shared storage; it lists the recorded
//! outputs, and verifies them: whether each still exists and is whole. It asks the Store, Settings for variables, SharedStorage and `FrameChecks` for files, and the Scheduler to
//! requeue tasks.

mod actor;
mod files;
mod messages;
mod verification;

pub use actor::{JobOutput, JobOutputParts};
pub use messages::{ListJobFiles, ListJobOutputs, OpenJobFile, OutputError, VerifyJob};
