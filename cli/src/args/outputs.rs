//! What is asked about the outputs of jobs.

use clap::builder::NonEmptyStringValueParser;

use super::command::OfJob;
use super::help::VERIFY_EXAMPLES;

/// Which job is shown, and how much of it.
#[derive(Debug, clap::Args)]
pub(crate) struct ShowJob {
    #[command(flatten)]
    pub(crate) job: OfJob,
    /// List all files that the job has written, as they were recorded
    #[arg(long)]
    pub(crate) outputs: bool,
}

/// Which jobs are verified.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct Verify {
    /// Ids of jobs
    #[arg(value_name = "JOB", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids: Vec<String>,
    /// Requeue the tasks with a file that is missing or broken; frames that are whole are kept
    #[arg(long)]
    pub(crate) requeue: bool,
}
