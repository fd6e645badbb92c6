//! What follows when a Worker is lost with the task that it ran. Pure.
//!
//! Such a task has not failed, so another Worker may try it. But a task that ends each of its Workers, or two processes
//! that take it away from each other, must not go on for ever: after a number of losses it has failed.

use farandole_protocol::status::TaskStatus;

use super::job::Job;
use super::keys::{TaskKey, WorkerNo};
use super::state::Farm;
use super::turn::Turn;
use super::write::AttemptEnd;

impl Turn<'_> {
    /// Counts that the Worker of a running task was lost, for this reason. Says whether that was once too often, so that
    /// the task has failed.
    pub(super) fn lose_task(&mut self, key: TaskKey, reason: &str) -> bool {
        let limit = self.farm.thresholds.lost_attempts;
        let count = self
            .job_mut(key.job)
            .map_or(0, |job| job.record.add_loss(key.index));
        if limit == 0 || count < limit {
            return false;
        }
        let text = format!("lost by its workers {count} times, the last time because {reason}");
        self.note(key, format!("{text}; it fails"));
        self.change_task(key, TaskStatus::Failed, Some(text), AttemptEnd::Lost);
        true
    }

    /// The Worker was lost, for this reason: what it was working on goes back, or has failed.
    pub(super) fn lose_task_of(&mut self, no: WorkerNo, reason: &str) {
        let running = self.worker(no).and_then(|worker| worker.running);
        if running.is_some_and(|running| !self.lose_task(running.key, reason)) {
            self.return_task_of(no, reason);
        }
    }
}

impl Farm {
    /// For the activity of a job in which tasks have failed: the first that was lost too often. Empty if none was.
    pub(super) fn lost_too_often(&self, job: &Job) -> String {
        let limit = self.thresholds.lost_attempts;
        let mut failed = job.tasks_in(TaskStatus::Failed);
        let lost = failed.find(|index| limit > 0 && job.record.losses_of_task(*index) >= limit);
        lost.and_then(|index| {
            let name = &job.task(index)?.name;
            Some(format!("; task {name:?} was {}", job.activity_of(index)))
        })
        .unwrap_or_default()
    }
}
