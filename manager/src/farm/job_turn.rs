//! What follows when a job changes its state. Pure.

use farandole_protocol::status::{JobStatus, TaskStatus};

use super::job_status::{JobEffect, transition};
use super::keys::{JobNo, TaskKey};
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
            let all_at_once = self.change_tasks_of(no, effect, to, reason);
            self.announce_job(no, Some(from), all_at_once || refreshes_tasks(to));
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
            JobStatus::Queued => job.is_done().then_some(JobStatus::Completed),
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
    /// all others at once. Says whether some changed at once, of which listeners hear nothing.
    fn change_tasks_of(
        &mut self,
        no: JobNo,
        effect: JobEffect,
        status: JobStatus,
        reason: &str,
    ) -> bool {
        let Some((from, to)) = effect.tasks() else {
            return false;
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
                let key = TaskKey { job: no, index };
                self.set_activity(key, Some(activity.clone()));
                self.move_task(key, TaskStatus::Active, to, end);
            }
        }
        let from: Vec<_> = from
            .iter()
            .copied()
            .filter(|status| *status != TaskStatus::Active)
            .collect();
        let Some(job) = self.job_mut(no) else {
            return false;
        };
        if from.iter().all(|status| job.count(*status) == 0) {
            return false;
        }
        job.change_all(&from, to, &activity);
        let updated = job.changed;
        self.write(Write::Tasks(TasksChange {
            job: no,
            from,
            to,
            activity,
            updated,
        }));
        true
    }

    /// Looks after the jobs in which Workers have failed: for some task nobody may be left.
    pub(super) fn settle_jobs_with_failures(&mut self) {
        let troubled: Vec<JobNo> = self
            .farm
            .jobs()
            .filter(|job| !job.record.is_clean())
            .map(|job| job.no)
            .collect();
        for no in troubled {
            self.settle_job(no);
        }
    }

    /// What a changed job comes to at the end of a turn: it ends if nothing is left to run, and a pause that was
    /// asked for begins when no task runs any more.
    pub(super) fn settle_job(&mut self, no: JobNo) {
        let Some(job) = self.job(no) else { return };
        let unfinished = match job.status {
            JobStatus::Active | JobStatus::Queued | JobStatus::PauseRequested => true,
            // A person may have canceled or failed one of its tasks.
            JobStatus::Completed => !job.is_done(),
            // A paused job rests until a person says otherwise, whatever is left of it.
            JobStatus::Paused
            | JobStatus::Canceled
            | JobStatus::Failed
            | JobStatus::CancelRequested
            | JobStatus::Requeueing
            | JobStatus::UnderConstruction
            | JobStatus::Unset => false,
        };
        if unfinished && !self.farm.can_go_on(job) {
            self.end_job(no);
        } else if job.status == JobStatus::PauseRequested && job.count(TaskStatus::Active) == 0 {
            self.change_job(no, JobStatus::Paused, "no task is active any more");
        }
    }

    /// A person has changed a task of a paused job: if nothing is left to run, the job ends all the same.
    pub(super) fn settle_paused_job(&mut self, no: JobNo) {
        if self.job(no).is_some_and(|job| !self.farm.can_go_on(job)) {
            self.end_job(no);
        }
    }

    /// If only optional tasks are left, which no Worker can run, they have failed, and the job completes without them.
    /// Says whether that is so.
    fn give_up_optional(&mut self, no: JobNo) -> bool {
        let Some(job) = self.job(no) else {
            return false;
        };
        let waiting: Vec<u32> = [TaskStatus::Queued, TaskStatus::SoftFailed]
            .into_iter()
            .flat_map(|status| job.tasks_in(status))
            .collect();
        let would_be_done = job.count_done() + waiting.len() == job.task_count();
        if waiting.is_empty()
            || !would_be_done
            || !waiting.iter().all(|index| job.is_optional(*index))
        {
            return false;
        }
        for index in waiting {
            let reason = "no worker is left that could run this optional task".to_owned();
            self.fail_optional_task(TaskKey { job: no, index }, Some(reason), AttemptEnd::Failed);
        }
        true
    }

    /// Nothing in this job can run any more.
    fn end_job(&mut self, no: JobNo) {
        if self.give_up_optional(no) {
            return;
        }
        let Some(job) = self.job(no) else { return };
        let (end, reason) = if job.count_failed() > 0 {
            (
                JobStatus::Failed,
                "nothing is left to run, and tasks have failed",
            )
        } else if job.has_ready() {
            (
                JobStatus::Failed,
                "no worker is left that could run what is left",
            )
        } else {
            (
                JobStatus::Canceled,
                "nothing is left to run, and tasks were canceled",
            )
        };
        let reason = format!("{reason}{}", self.farm.lost_too_often(job));
        self.change_job(no, end, &reason);
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
