//! What follows when a task changes its state. Pure.

use farandole_protocol::status::{JobStatus, TaskStatus};
use farandole_protocol::time::Timestamp;

use super::job::Job;
use super::keys::TaskKey;
use super::task_status::{TaskStep, transition};
use super::turn::Turn;
use super::write::AttemptEnd;

/// A job has failed as soon as so many of a hundred of its tasks have.
const FAILED_PERCENT: usize = 10;

impl Turn<'_> {
    /// Gives a task a state, and its job the state that follows from it. An attempt that was running ends as `end`.
    /// A pair that the table does not know changes nothing: whoever cannot be sure checks first, see [`transition`].
    pub(super) fn change_task(
        &mut self,
        key: TaskKey,
        to: TaskStatus,
        activity: Option<String>,
        end: AttemptEnd,
    ) {
        let Some(from) = self.task_status(key) else {
            return;
        };
        let Ok(step) = transition(from, to) else {
            return;
        };
        self.set_activity(key, activity);
        match step {
            TaskStep::Unchanged => {
                self.write_task(key, None);
                self.announce_task(key, Some(from));
            }
            TaskStep::Changes => {
                self.move_task(key, from, to, end);
                self.follow_in_job(key, to);
            }
        }
    }

    /// Sets what a task says of itself; written by whoever called.
    pub(super) fn set_activity(&mut self, key: TaskKey, activity: Option<String>) {
        if let Some(activity) = activity
            && let Some(job) = self.job_mut(key.job)
        {
            job.activities.set(key.index, activity.into());
        }
    }

    /// The change of one task alone, without what it means for its job.
    pub(super) fn move_task(
        &mut self,
        key: TaskKey,
        from: TaskStatus,
        to: TaskStatus,
        end: AttemptEnd,
    ) {
        let touched = self.touched(key);
        if from == TaskStatus::Active {
            self.end_attempt(key, end);
        }
        let steps_before = self.job(key.job).map(|job| job.steps_completed);
        if let Some(job) = self.job_mut(key.job) {
            job.set_task_status(key.index, to);
        }
        let begins = (to == TaskStatus::Active).then_some(self.now);
        self.write_task(key, begins.or(touched));
        self.note(key, format!("status changed from {from} to {to}"));
        self.announce_task(key, Some(from));
        if self.job(key.job).map(|job| job.steps_completed) != steps_before {
            self.comes_further(key.job);
        }
    }

    /// When a task that is being worked on last made progress: with the end of its attempt that leaves memory.
    fn touched(&self, key: TaskKey) -> Option<Timestamp> {
        let no = self.job(key.job)?.task(key.index)?.worker?;
        let worker = self.worker(no)?;
        worker.running.filter(|running| running.key == key)?;
        self.farm.touched(worker)
    }

    /// The state that a job takes at once because one of its tasks has taken `to`. What else may follow is seen at
    /// the end of the turn, see [`Turn::settle_job`].
    fn follow_in_job(&mut self, key: TaskKey, to: TaskStatus) {
        let Some(status) = self.job(key.job).map(|job| job.status) else {
            return;
        };
        match to {
            TaskStatus::Queued if status == JobStatus::Completed => {
                return self.change_job(key.job, JobStatus::Queued, "a task was queued again");
            }
            TaskStatus::Completed | TaskStatus::Failed if self.is_done(key) => {
                return self.complete_job(key);
            }
            TaskStatus::Failed => {
                if let Some(reason) = self.too_many_failed(key) {
                    return self.change_job(key.job, JobStatus::Failed, &reason);
                }
            }
            TaskStatus::SoftFailed if status == JobStatus::PauseRequested => {
                // The pause that was asked for holds for this task as well.
                return self.move_task(key, to, TaskStatus::Paused, AttemptEnd::Paused);
            }
            TaskStatus::Queued
            | TaskStatus::Active
            | TaskStatus::Completed
            | TaskStatus::SoftFailed
            | TaskStatus::Canceled
            | TaskStatus::Paused => {}
        }
        let worked_on = matches!(
            to,
            TaskStatus::Active
                | TaskStatus::Completed
                | TaskStatus::Failed
                | TaskStatus::SoftFailed
        );
        if status == JobStatus::Queued && worked_on {
            self.change_job(key.job, JobStatus::Active, "a task was worked on");
        } else if status == JobStatus::Paused {
            self.settle_paused_job(key.job);
        }
    }

    fn is_done(&self, key: TaskKey) -> bool {
        self.job(key.job).is_some_and(Job::is_done)
    }

    fn complete_job(&mut self, key: TaskKey) {
        let failed = self
            .job(key.job)
            .is_some_and(|job| job.count(TaskStatus::Failed) > 0);
        let reason = if failed {
            "all tasks completed, except for optional ones"
        } else {
            "all tasks completed"
        };
        self.change_job(key.job, JobStatus::Completed, reason);
    }

    /// Why the job has failed, if so many of its tasks have. Optional tasks do not count.
    fn too_many_failed(&self, key: TaskKey) -> Option<String> {
        let job = self.job(key.job)?;
        let (failed, total) = (job.count_failed(), job.count_mandatory());
        let percent = (100 * failed).checked_div(total)?;
        (percent >= FAILED_PERCENT).then(|| {
            let lost = self.farm.lost_too_often(job);
            format!(
                "too many tasks failed: {failed} of {total}, which is {FAILED_PERCENT} % or more{lost}"
            )
        })
    }
}
