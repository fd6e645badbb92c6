//! What follows from the files that a task has written, and from what was noticed about them. Pure.

use farandole_protocol::api::{Consequence, FindingClass, TaskFinding, TaskOutput};
use farandole_protocol::status::{JobStatus, TaskStatus};

use super::keys::{JobNo, TaskKey};
use super::turn::Turn;
use super::write::{AttemptEnd, FindingRow, OutputRows, OutputsOf, Write};

/// How much of a finding's line is kept, in characters: a line of output can be as long as the program likes.
const LONGEST_LINE: usize = 500;

impl Turn<'_> {
    /// Records the files that the running attempt of a task has finished.
    pub(super) fn record_outputs(&mut self, key: TaskKey, outputs: Vec<TaskOutput>) {
        let attempt = self.job(key.job).and_then(|job| job.task(key.index));
        let Some(attempt) = attempt.map(|task| task.attempt) else {
            return;
        };
        if !outputs.is_empty() {
            self.write(Write::Outputs(OutputRows {
                key,
                attempt,
                outputs,
            }));
        }
    }

    /// Counts what was noticed about a task, as far as it is a warning in its job. Gives why the job fails, if one
    /// of the findings means that no Worker would do better.
    pub(super) fn take_findings(
        &mut self,
        key: TaskKey,
        findings: &[TaskFinding],
    ) -> Option<String> {
        let mut why_job_fails = None;
        for finding in findings {
            self.forget_spoiled_frame(key, finding);
            let allowed = self.job(key.job).map(|job| job.allow.as_ref());
            match finding.class.consequence(allowed.unwrap_or_default()) {
                Consequence::Warning => self.warn(key, finding.class, 1, &finding.line),
                Consequence::NotSubmitted | Consequence::FailsTask => {}
                Consequence::FailsJob => {
                    why_job_fails.get_or_insert_with(|| shortened(&finding.line));
                }
            }
        }
        why_job_fails
    }

    /// A frame that was whole when it was saved may be found broken at the end of the attempt, such as when a script
    /// has changed its file since. It no longer counts as an output then.
    fn forget_spoiled_frame(&mut self, key: TaskKey, finding: &TaskFinding) {
        if let (true, Some(frame)) = (finding.class.spoils_its_frame(), finding.frame) {
            self.write(Write::OutputsForgotten(OutputsOf::Frame(key, frame)));
        }
    }

    /// Adds a warning to a task and its job.
    pub(super) fn warn(&mut self, key: TaskKey, class: FindingClass, count: u32, line: &str) {
        let line = shortened(line);
        let Some(job) = self.job_mut(key.job) else {
            return;
        };
        let count = job.findings.add(key.index, class, count, &line);
        self.write(Write::Finding(FindingRow {
            key,
            class,
            count,
            line,
        }));
    }

    /// The task begins another attempt, so what was noticed in the one before no longer matters.
    pub(super) fn clear_findings(&mut self, key: TaskKey) {
        let cleared = self
            .job_mut(key.job)
            .is_some_and(|job| job.findings.clear_task(key.index));
        if cleared {
            self.write(Write::FindingsCleared(key));
        }
    }

    /// The frames of tasks that are queued again are to be rendered again, not kept.
    pub(super) fn forget_outputs(&mut self, job: JobNo, which: OutputsOf) {
        if let Some(job) = self.job_mut(job) {
            job.keep_existing = false;
        }
        self.write(Write::OutputsForgotten(which));
    }

    /// The task fails, and with it the job, for this reason.
    pub(super) fn fail_with_job(
        &mut self,
        key: TaskKey,
        activity: Option<String>,
        end: AttemptEnd,
        reason: &str,
    ) {
        let Some(from) = self.task_status(key) else {
            return;
        };
        self.set_activity(key, activity);
        // Not by `change_task`: it might fail the job for the number of its failed tasks, which is not the reason.
        self.move_task(key, from, TaskStatus::Failed, end);
        self.change_job(key.job, JobStatus::Failed, reason);
    }
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}
