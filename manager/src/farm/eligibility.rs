//! Whether a Worker may work on a task, and if not, why not. Pure.
//!
//! One function decides; the lanes are only an index to its answers, and `explain` reports the very same answers,
//! so that what people are told can never drift from what is done.

use std::cmp::Reverse;

use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};

use super::job::{Job, Kind};
use super::job_status;
use super::keys::{JobNo, TaskKey};
use super::lanes::{Slot, TypeNo};
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
    /// Whether the Worker may be given the task now; if not, the first reason: what is so for all Workers before what
    /// is so for this one, and what lasts before what will pass.
    pub fn explain(&self, worker: &Worker, key: TaskKey) -> Result<(), WhyNot> {
        let job = self.job(key.job).ok_or(WhyNot::UnknownTask)?;
        let task = job.task(key.index).ok_or(WhyNot::UnknownTask)?;
        if worker.running.is_some_and(|running| running.key == key) {
            return Err(WhyNot::WorkerBusy(key));
        }
        job_is_open(job)?;
        task_is_ready(job, key.index)?;
        worker_suits_kind(worker, job, task.kind)?;
        if job.record.has_failed(worker.no, key.index) {
            return Err(WhyNot::FailedBefore);
        }
        worker_is_free(worker)
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
    fn best_of(&self, no: JobNo, worker: &Worker, type_no: TypeNo) -> Option<(Slot, u32)> {
        let job = self.job(no)?;
        let kind = job.kind_of(type_no)?;
        worker_suits_kind(worker, job, kind).ok()?;
        let index = job
            .ready_tasks(kind)
            .find(|index| !job.record.has_failed(worker.no, *index))?;
        let slot = Slot {
            job_priority: Reverse(job.priority),
            task_priority: Reverse(job.task(index)?.priority),
            job: no,
        };
        Some((slot, index))
    }

    /// Whether some Worker could run this task, leaving aside whether it is awake or busy now.
    pub(super) fn is_anybody_left_for(&self, key: TaskKey) -> bool {
        let Some(job) = self.job(key.job) else {
            return false;
        };
        let Some(kind) = job.task(key.index).map(|task| task.kind) else {
            return false;
        };
        self.workers().any(|worker| {
            worker_suits_kind(worker, job, kind).is_ok()
                && !job.record.has_failed(worker.no, key.index)
        })
    }

    /// Whether anything in the job runs, is held for a person to let go, or could be run by some Worker, now or when
    /// a first one of its kind shows up.
    pub(super) fn can_go_on(&self, job: &Job) -> bool {
        job.count(TaskStatus::Active) > 0
            || job.count(TaskStatus::Paused) > 0
            || job.has_ready()
                && (job.record.is_clean()
                    || job.kinds().any(|(kind, _)| self.has_takers(job, kind)))
    }

    /// Whether a ready task of this kind can hope for a Worker. It cannot if all that there are have failed it or are
    /// blocked; but if none takes such tasks at all, one may come.
    fn has_takers(&self, job: &Job, kind: Kind) -> bool {
        if job.best_ready(kind).is_none() {
            return false;
        }
        let mut suited = self
            .workers()
            .filter(|worker| worker_takes_kind(worker, job, kind).is_ok())
            .peekable();
        if suited.peek().is_none() {
            return true;
        }
        let takers: Vec<&Worker> = suited
            .filter(|worker| !job.record.is_blocked(worker.no, kind))
            .collect();
        job.ready_tasks(kind).any(|index| {
            takers
                .iter()
                .any(|worker| !job.record.has_failed(worker.no, index))
        })
    }
}

/// Whether the Worker takes tasks at all right now.
pub(super) fn worker_is_free(worker: &Worker) -> Result<(), WhyNot> {
    // One that is away comes back in the state that it is asked for, so that says nothing.
    let is_away = matches!(
        worker.status,
        WorkerStatus::Offline | WorkerStatus::Unset | WorkerStatus::Error
    );
    if let Some(request) = worker.requested.filter(|_| !is_away) {
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

/// Whether the task waits for a Worker, and for nothing else.
pub(super) fn task_is_ready(job: &Job, index: u32) -> Result<(), WhyNot> {
    let status = job.task_status(index).ok_or(WhyNot::UnknownTask)?;
    if !task_status::is_schedulable(status) {
        return Err(WhyNot::TaskNotWaiting(status));
    }
    match job.task(index).map_or(0, |task| task.unfinished) {
        0 => Ok(()),
        unfinished => Err(WhyNot::DependenciesUnfinished(unfinished)),
    }
}

/// Whether the job gives out tasks.
pub(super) fn job_is_open(job: &Job) -> Result<(), WhyNot> {
    if job.delete_requested.is_some() {
        return Err(WhyNot::JobBeingDeleted);
    }
    if !job_status::is_schedulable(job.status) {
        return Err(WhyNot::JobNotRunning(job.status));
    }
    Ok(())
}

/// Whether the Worker may take tasks of this kind from this job.
pub(super) fn worker_suits_kind(worker: &Worker, job: &Job, kind: Kind) -> Result<(), WhyNot> {
    worker_takes_kind(worker, job, kind)?;
    if job.record.is_blocked(worker.no, kind) {
        return Err(WhyNot::Blocklisted);
    }
    Ok(())
}

/// Whether the Worker is made for tasks of this kind from this job.
fn worker_takes_kind(worker: &Worker, job: &Job, kind: Kind) -> Result<(), WhyNot> {
    if !worker.has_tag_for(job.tag) {
        return Err(WhyNot::TagMissing);
    }
    let takes = |type_no: &TypeNo| worker.types.contains(type_no);
    if job.types.get(kind.place()).is_some_and(takes) {
        Ok(())
    } else {
        Err(WhyNot::TaskTypeUnsupported)
    }
}
