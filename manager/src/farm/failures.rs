//! What follows when a Worker fails a task. Pure.
//!
//! A failure is soft while another Worker may try. It is hard once enough Workers have failed the task, or when
//! nobody is left to try, in which case the whole job has failed. A Worker that fails many tasks of a type in a job
//! gets no more of them.

use farandole_protocol::api::FindingClass;
use farandole_protocol::status::TaskStatus;

use super::job::Kind;
use super::keys::{TaskKey, WorkerNo};
use super::turn::Turn;
use super::write::{AttemptEnd, Write};

impl Turn<'_> {
    /// The Worker has failed the task that it was working on.
    pub(super) fn fail_task(
        &mut self,
        key: TaskKey,
        no: WorkerNo,
        activity: Option<String>,
        end: AttemptEnd,
    ) {
        let failed_by = self.count_failure(key, no);
        let blocked = self.block_if_due(key, no);
        let anybody_left = self.farm.is_anybody_left_for(key);
        let needed = self.farm.thresholds.fail_after;
        let optional = self
            .job(key.job)
            .is_some_and(|job| job.is_optional(key.index));

        if blocked && anybody_left {
            self.requeue_failed_of(key, no);
        }
        if optional && (!anybody_left || failed_by >= needed) {
            self.fail_optional_task(key, activity, end);
        } else if !anybody_left && (blocked || failed_by < needed) {
            self.fail_job(key, activity, end);
        } else if failed_by >= needed {
            self.note(
                key,
                format!("failed by {failed_by} worker(s), which makes it a hard failure"),
            );
            self.change_task(key, TaskStatus::Failed, activity, end);
        } else {
            self.note(
                key,
                format!("failed by {failed_by} of {needed} worker(s), another one may try"),
            );
            self.change_task(key, TaskStatus::SoftFailed, activity, end);
        }
    }

    /// The task has failed for good, and the job can complete without it.
    pub(super) fn fail_optional_task(
        &mut self,
        key: TaskKey,
        activity: Option<String>,
        end: AttemptEnd,
    ) {
        self.note(
            key,
            "the task is optional: its job can complete without it".to_owned(),
        );
        let line = activity.clone().unwrap_or_default();
        self.warn(key, FindingClass::VideoFailed, 1, &line);
        self.change_task(key, TaskStatus::Failed, activity, end);
    }

    /// Notes the failure. Gives the number of Workers that have failed the task.
    fn count_failure(&mut self, key: TaskKey, no: WorkerNo) -> usize {
        let kind = self.kind_of(key);
        let (Some(job), Some(kind)) = (self.job_mut(key.job), kind) else {
            return 0;
        };
        let new = job.record.add_failure(key.index, kind, no);
        let count = job.record.failures_of_task(key.index);
        if new {
            self.write(Write::Failure(key, no));
        }
        count
    }

    fn kind_of(&self, key: TaskKey) -> Option<Kind> {
        self.job(key.job)?.task(key.index).map(|task| task.kind)
    }

    /// Blocks the Worker if it has failed too many tasks of this type. Says whether it was blocked just now.
    fn block_if_due(&mut self, key: TaskKey, no: WorkerNo) -> bool {
        let threshold = self.farm.thresholds.blocklist;
        let (Some(job), Some(kind)) = (self.job(key.job), self.kind_of(key)) else {
            return false;
        };
        let Some(id) = self.farm.worker(no).map(|worker| worker.id) else {
            return false;
        };
        if threshold == 0 || job.record.failures_of_worker(no, kind) < threshold {
            return false;
        }
        let task_type = job.type_name(kind).to_owned();
        let new = self
            .job_mut(key.job)
            .is_some_and(|job| job.record.block(no, id, kind));
        if new {
            self.write(Write::Block(key.job, no, task_type));
        }
        new
    }

    /// What a now blocked Worker has failed for good, others may try.
    fn requeue_failed_of(&mut self, key: TaskKey, no: WorkerNo) {
        let Some(job) = self.job(key.job) else { return };
        let failed: Vec<TaskKey> = job
            .tasks_in(TaskStatus::Failed)
            .filter(|index| job.task(*index).is_some_and(|task| task.worker == Some(no)))
            .map(|index| job.key(index))
            .filter(|key| self.farm.is_anybody_left_for(*key))
            .collect();
        let name = self.name_of(no);
        for key in failed {
            self.return_task(
                key,
                &format!("worker {name} was blocked"),
                AttemptEnd::Requeued,
            );
        }
    }

    /// Nobody is left who could run the task: it has failed, and with it the job.
    fn fail_job(&mut self, key: TaskKey, activity: Option<String>, end: AttemptEnd) {
        let kind = self.kind_of(key);
        let task_type = self
            .job(key.job)
            .zip(kind)
            .map_or("", |(job, kind)| job.type_name(kind));
        let reason = format!("no worker is left that could run tasks of type {task_type}");
        self.note(key, format!("{reason}, so the job fails"));
        self.fail_with_job(key, activity, end, &reason);
    }
}
