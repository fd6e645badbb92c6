//! What follows when a Worker fails a task. Pure.
//!
//! A failure is soft while another Worker may try. It is hard once enough Workers have failed the task, or when
//! nobody is left to try, in which case the whole job has failed. A Worker that fails many tasks of a type in a job
//! gets no more of them.

use farandole_protocol::status::{JobStatus, TaskStatus};

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
        let left = self.farm.capable_workers(key);
        let enough = failed_by >= self.farm.thresholds.fail_after;

        if blocked && left > 0 {
            self.requeue_failed_of(key, no);
        }
        if left == 0 && (blocked || !enough) {
            self.fail_job(key, activity, end);
        } else if enough {
            self.note(
                key,
                format!("failed by {failed_by} worker(s), which makes it a hard failure"),
            );
            self.change_task(key, TaskStatus::Failed, activity, end);
        } else {
            let needed = self.farm.thresholds.fail_after;
            self.note(
                key,
                format!("failed by {failed_by} of {needed} worker(s), another one may try"),
            );
            self.change_task(key, TaskStatus::SoftFailed, activity, end);
        }
    }

    /// Notes the failure. Gives the number of Workers that have failed the task.
    fn count_failure(&mut self, key: TaskKey, no: WorkerNo) -> usize {
        let Some(job) = self.job_mut(key.job) else {
            return 0;
        };
        let failed_by = job.failures.entry(key.index).or_default();
        let new = failed_by.insert(no);
        let count = failed_by.len();
        if new {
            self.write(Write::Failure(key, no));
        }
        count
    }

    /// Blocks the Worker if it has failed too many tasks of this type. Says whether it was blocked just now.
    fn block_if_due(&mut self, key: TaskKey, no: WorkerNo) -> bool {
        let threshold = self.farm.thresholds.blocklist;
        let Some((job, kind)) = self
            .job(key.job)
            .and_then(|job| Some((job, job.task(key.index)?.kind)))
        else {
            return false;
        };
        if threshold == 0 || job.failures_of(no, kind) < threshold {
            return false;
        }
        let task_type = job.type_name(kind).to_owned();
        let new = self
            .job_mut(key.job)
            .is_some_and(|job| job.blocks.insert((no, kind)));
        if new {
            self.write(Write::Block(key.job, no, task_type));
        }
        new
    }

    /// What a now blocked Worker has failed for good, others may try, if there are any.
    fn requeue_failed_of(&mut self, key: TaskKey, no: WorkerNo) {
        let Some(job) = self.job(key.job) else { return };
        let by_it = |index: &u32| job.task(*index).is_some_and(|task| task.worker == Some(no));
        let failed: Vec<u32> = job.tasks_in(TaskStatus::Failed).filter(by_it).collect();
        let name = self
            .worker(no)
            .map_or_else(String::new, |worker| worker.name.clone());
        for index in failed {
            let key = TaskKey {
                job: key.job,
                index,
            };
            if self.farm.capable_workers(key) == 0 {
                continue;
            }
            self.return_task(
                key,
                &format!("worker {name} was blocked"),
                AttemptEnd::Requeued,
            );
        }
    }

    /// Nobody is left who could run the task: it has failed, and with it the job.
    fn fail_job(&mut self, key: TaskKey, activity: Option<String>, end: AttemptEnd) {
        let task_type = self
            .job(key.job)
            .and_then(|job| Some(job.type_name(job.task(key.index)?.kind).to_owned()))
            .unwrap_or_default();
        let reason = format!("no worker is left that could run tasks of type {task_type}");
        self.note(key, format!("{reason}, so the job fails"));
        self.change_task(key, TaskStatus::Failed, activity, end);
        self.change_job(key.job, JobStatus::Failed, &reason);
    }
}
