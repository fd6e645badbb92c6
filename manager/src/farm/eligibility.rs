//! Whether a Worker may work on a task, and if not, why not. Pure.
//!
//! One function decides; the lanes are only an index to its answers, and `explain` reports the very same answers,
//! so that what people are told can never drift from what is done.

use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};

use super::job::{Job, Kind};
use super::job_status;
use super::keys::{JobNo, TaskKey};
use super::lanes::Slot;
use super::state::Farm;
use super::task_status;
use super::worker::Worker;

/// The first reason that keeps a Worker from a task.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WhyNot {
    /// The Worker is not awake.
    WorkerNotAwake(WorkerStatus),
    /// The Worker is asked to take another state first.
    WorkerStatusRequested(WorkerStatus),
    /// The Worker is busy with a task.
    WorkerBusy(TaskKey),
    /// The job does not give out tasks in its state.
    JobNotRunning(JobStatus),
    /// The job is about to be deleted.
    JobBeingDeleted,
    /// The job is for Workers with a tag that this one does not have.
    TagMissing,
    /// The Worker does not take tasks of this type.
    TaskTypeUnsupported,
    /// The Worker failed so many tasks of this type in this job that it gets no more.
    Blocklisted,
    /// The task does not wait for a Worker.
    TaskNotWaiting(TaskStatus),
    /// The task waits for this many other tasks.
    DependenciesUnfinished(u32),
    /// The Worker failed this very task before.
    FailedBefore,
    /// There is no such task.
    UnknownTask,
}

impl Farm {
    /// Whether the Worker may be given the task now; if not, the first reason.
    pub fn explain(&self, worker: &Worker, key: TaskKey) -> Result<(), WhyNot> {
        worker_is_free(worker)?;
        let job = self.job(key.job).ok_or(WhyNot::UnknownTask)?;
        let task = job.task(key.index).ok_or(WhyNot::UnknownTask)?;
        job_is_open(job)?;
        worker_suits_kind(worker, job, task.kind)?;
        let status = job.task_status(key.index).ok_or(WhyNot::UnknownTask)?;
        if !task_status::is_schedulable(status) {
            return Err(WhyNot::TaskNotWaiting(status));
        }
        if task.unfinished > 0 {
            return Err(WhyNot::DependenciesUnfinished(task.unfinished));
        }
        if job.failed_by(key.index, worker.no) {
            return Err(WhyNot::FailedBefore);
        }
        Ok(())
    }

    /// The task that this Worker should be given next: by job priority, task priority, age of the job, index.
    pub(super) fn pick(&self, worker: &Worker) -> Option<TaskKey> {
        worker_is_free(worker).ok()?;
        let mut best: Option<(Slot, u32)> = None;
        for lane in worker.lanes() {
            for head in self.lanes.jobs(lane) {
                // A slot shows the best that its job has; what cannot beat the best found so far ends the lane.
                if best.is_some_and(|(slot, _)| slot < head) {
                    break;
                }
                let candidate = self.best_of(head.job, worker, lane.1);
                if let Some(candidate) = candidate
                    && best.is_none_or(|best| candidate < best)
                {
                    best = Some(candidate);
                }
            }
        }
        best.map(|(slot, index)| TaskKey {
            job: slot.job,
            index,
        })
    }

    /// The best ready task of one type in one job that the Worker has not failed.
    fn best_of(
        &self,
        no: JobNo,
        worker: &Worker,
        type_no: super::lanes::TypeNo,
    ) -> Option<(Slot, u32)> {
        let job = self.job(no)?;
        let kind = job.kind_of(type_no)?;
        worker_suits_kind(worker, job, kind).ok()?;
        let (priority, index) = job
            .ready_tasks(kind)
            .find(|(_, index)| !job.failed_by(*index, worker.no))?;
        let slot = Slot {
            job_priority: std::cmp::Reverse(job.priority),
            task_priority: std::cmp::Reverse(priority),
            job: no,
        };
        Some((slot, index))
    }

    /// How many Workers could ever run this task, leaving aside whether they are awake or busy now.
    pub(super) fn capable_workers(&self, key: TaskKey) -> usize {
        let Some((job, task)) = self
            .job(key.job)
            .and_then(|job| Some((job, job.task(key.index)?)))
        else {
            return 0;
        };
        self.workers()
            .filter(|worker| worker_suits_kind(worker, job, task.kind).is_ok())
            .filter(|worker| !job.failed_by(key.index, worker.no))
            .count()
    }
}

/// Whether the Worker takes tasks at all right now.
pub(super) fn worker_is_free(worker: &Worker) -> Result<(), WhyNot> {
    if let Some(request) = worker.requested {
        return Err(WhyNot::WorkerStatusRequested(request.status));
    }
    if worker.status != WorkerStatus::Awake {
        return Err(WhyNot::WorkerNotAwake(worker.status));
    }
    match worker.running {
        Some(running) => Err(WhyNot::WorkerBusy(running.key)),
        None => Ok(()),
    }
}

fn job_is_open(job: &Job) -> Result<(), WhyNot> {
    if job.delete_requested.is_some() {
        return Err(WhyNot::JobBeingDeleted);
    }
    if !job_status::is_schedulable(job.status) {
        return Err(WhyNot::JobNotRunning(job.status));
    }
    Ok(())
}

/// Whether the Worker can take tasks of this kind from this job.
fn worker_suits_kind(worker: &Worker, job: &Job, kind: Kind) -> Result<(), WhyNot> {
    if !worker.has_tag_for(job.tag) {
        return Err(WhyNot::TagMissing);
    }
    if !worker
        .task_types
        .iter()
        .any(|name| name == job.type_name(kind))
    {
        return Err(WhyNot::TaskTypeUnsupported);
    }
    if job.blocks.contains(&(worker.no, kind)) {
        return Err(WhyNot::Blocklisted);
    }
    Ok(())
}
