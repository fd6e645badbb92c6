//! Ids as people write them: in full, or their beginning. Pure but for the lists that it is given.

use farandole_protocol::api::Job;
use farandole_protocol::ids::{JobId, TaskId};

use crate::error::{CliError, Outcome};

/// What an id stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Named {
    /// A job.
    Job(JobId),
    /// A task.
    Task(TaskId),
}

/// The one job whose id begins so.
pub(crate) fn job(text: &str, jobs: &[Job]) -> Outcome<JobId> {
    let text = text.to_lowercase();
    let found: Vec<&Job> = jobs
        .iter()
        .filter(|job| job.id.to_string().starts_with(&text))
        .collect();
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(CliError::Local(format!(
            "no job's id begins with {text}; see them with: farandole jobs"
        ))),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|job| format!("{} {}", job.id, job.name))
                .collect();
            Err(CliError::Local(format!(
                "{text} could be any of\n  {}",
                names.join("\n  ")
            )))
        }
    }
}

/// A full task id, if the text is one that no job has.
pub(crate) fn task_or_job(text: &str, jobs: &[Job]) -> Outcome<Named> {
    if let Ok(found) = job(text, jobs) {
        return Ok(Named::Job(found));
    }
    match text.parse::<TaskId>() {
        Ok(task) => Ok(Named::Task(task)),
        Err(_) => job(text, jobs).map(Named::Job),
    }
}
