//! What follows when a job changes its state. Pure.

use farandole_protocol::status::{JobStatus, TaskStatus};

use super::job_status::{JobEffect, transition};
use super::keys::JobNo;
use super::turn::Turn;
use super::write::{AttemptEnd, TasksChange, Write};

impl Turn<'_> {
    /// Gives a job a state and goes on to the state that follows from it, until it rests. A pair that the table
    /// does not know changes nothing: whoever asks for a state checks first, see [`transition`].
    pub(super) fn change_job(&mut self, no: JobNo, to: JobStatus, reason: &str) {
        let mut next = Some(to);
        while let Some(to) = next {
            let Some(from) = self
                .job(no)
                .map(|job| job.status)
                .filter(|from| *from != to)
            else {
                return;
            };
            let Ok(effect) = transition(from, to) else {
                return;
            };
            let activity = format!("{to}: {reason}");
            if let Some(job) = self.job_mut(no) {
                job.status = to;
                job.activity.clone_from(&activity);
            }
            self.change_tasks_of(no, effect, to, reason);
            let refresh_tasks = effect.tasks().is_some() || refreshes_tasks(to);
            self.announce_job(no, Some(from), refresh_tasks);
            next = self.follow_up(no, to);
        }
    }

    /// The state that a job takes right after this one.
    fn follow_up(&self, no: JobNo, status: JobStatus) -> Option<JobStatus> {
        let job = self.job(no)?;
        match status {
            JobStatus::CancelRequested => Some(JobStatus::Canceled),
            JobStatus::Requeueing => Some(JobStatus::Queued),
            JobStatus::PauseRequested => {
                (job.count(TaskStatus::Active) == 0).then_some(JobStatus::Paused)
            }
            JobStatus::Queued => (job.count(TaskStatus::Completed) == job.task_count())
                .then_some(JobStatus::Completed),
            JobStatus::Active
            | JobStatus::Canceled
            | JobStatus::Completed
            | JobStatus::Failed
            | JobStatus::Paused
            | JobStatus::UnderConstruction
            | JobStatus::Unset => None,
        }
    }

    /// Changes the tasks of a job together with it: those that run one by one, since an attempt ends with each, and
    /// all others at once.
    fn change_tasks_of(&mut self, no: JobNo, effect: JobEffect, status: JobStatus, reason: &str) {
        let Some((from, to)) = effect.tasks() else {
            return;
        };
        let activity = format!("{to} because the job became {status}: {reason}");
        if from.contains(&TaskStatus::Active) {
            let end = if to == TaskStatus::Canceled {
                AttemptEnd::Canceled
            } else {
                AttemptEnd::Requeued
            };
            let running: Vec<_> = self
                .job(no)
                .into_iter()
                .flat_map(|job| job.tasks_in(TaskStatus::Active))
                .collect();
            for index in running {
                let Some(key) = self.job(no).map(|job| job.key(index)) else {
                    return;
                };
                self.set_activity(key, Some(activity.clone()));
                self.move_task(key, TaskStatus::Active, to, end);
            }
        }
        let from: Vec<_> = from
            .iter()
            .copied()
            .filter(|status| *status != TaskStatus::Active)
            .collect();
        let updated = self.now;
        let Some(job) = self.job_mut(no) else { return };
        if from.iter().any(|status| job.count(*status) > 0) {
            job.change_all(&from, to);
            self.write(Write::Tasks(TasksChange {
                job: no,
                from,
                to,
                activity,
                updated,
            }));
        }
    }
}

/// Whether listeners must read the job's tasks again, since they were changed all at once.
fn refreshes_tasks(status: JobStatus) -> bool {
    matches!(
        status,
        JobStatus::CancelRequested
            | JobStatus::Failed
            | JobStatus::PauseRequested
            | JobStatus::Requeueing
            | JobStatus::Queued
    )
}
