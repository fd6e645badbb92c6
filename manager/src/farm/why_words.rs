//! The reasons that keep tasks from Workers, in words. Pure.

use farandole_protocol::api::{Reason, ReasonCode};
use farandole_protocol::status::{TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use super::eligibility::WhyNot;
use super::job::{Job, Kind};
use super::keys::TaskKey;
use super::progress::remark;
use super::state::Farm;
use super::worker::Worker;

/// More than so many tasks are not listed by name.
const NAMED: usize = 5;

/// What begins the reason of a Worker that runs the task in question.
pub(super) const AT_WORK: &str = "the worker is working on it";

impl Farm {
    /// An answer of [`Farm::explain`] in words; without a Worker, of what keeps it from all.
    pub(super) fn reason(
        &self,
        why: &WhyNot,
        worker: Option<&Worker>,
        job: &Job,
        index: Option<u32>,
    ) -> Reason {
        let (code, text) = match why {
            WhyNot::WorkerNotAwake(status) => {
                (ReasonCode::WorkerNotAwake, not_awake(*status, worker))
            }
            WhyNot::WorkerStatusRequested(status) => (
                ReasonCode::StatusRequested,
                format!("the worker is asked to be {status} first"),
            ),
            WhyNot::WorkerBusy(key) if is_this(*key, job, index) => {
                (ReasonCode::Running, self.at_work(worker, job))
            }
            WhyNot::WorkerBusy(key) => (
                ReasonCode::WorkerBusy,
                format!("the worker is busy with {}", self.named(*key)),
            ),
            WhyNot::JobNotRunning(status) => {
                (ReasonCode::JobNotRunning, format!("the job is {status}"))
            }
            WhyNot::JobBeingDeleted => (
                ReasonCode::JobBeingDeleted,
                "the job is about to be deleted".to_owned(),
            ),
            WhyNot::TagMissing => (
                ReasonCode::TagMissing,
                format!(
                    "the worker does not have the job's tag {:?}",
                    self.tag_name(job)
                ),
            ),
            WhyNot::TaskTypeUnsupported => (
                ReasonCode::TaskTypeUnsupported,
                format!("the worker does not take {}", kinds_of(job, index)),
            ),
            WhyNot::Blocklisted => (ReasonCode::Blocklisted, blocked(worker, job)),
            WhyNot::TaskNotWaiting(status) => {
                (ReasonCode::TaskNotWaiting, not_waiting(*status, job, index))
            }
            WhyNot::DependenciesUnfinished(_) => (
                ReasonCode::DependenciesUnfinished,
                format!("the task waits for {}", dependencies(job, index)),
            ),
            WhyNot::FailedBefore => (
                ReasonCode::FailedBefore,
                "the worker has failed it before, and another one is to try".to_owned(),
            ),
            WhyNot::UnknownTask => (
                ReasonCode::TaskNotWaiting,
                "there is no such task".to_owned(),
            ),
        };
        Reason { code, text }
    }

    /// That the Worker is working on the job, and what is to be said about it.
    fn at_work(&self, worker: Option<&Worker>, job: &Job) -> String {
        let limit = self.thresholds.task_timeout;
        let remark = worker.and_then(|worker| remark(job, worker, limit));
        match remark {
            Some(remark) => format!("{AT_WORK}: {remark}"),
            None => AT_WORK.to_owned(),
        }
    }

    /// A task, as a person may know it.
    pub(super) fn named(&self, key: TaskKey) -> String {
        self.job(key.job)
            .and_then(|job| {
                let task = job.task(key.index)?;
                Some(format!("task {:?} of job {:?}", task.name, job.name))
            })
            .unwrap_or_else(|| "another task".to_owned())
    }

    fn tag_name(&self, job: &Job) -> &str {
        job.tag
            .and_then(|tag| self.tag(tag))
            .map_or("", |tag| tag.name.as_str())
    }
}

pub(super) fn no_workers() -> Reason {
    Reason {
        code: ReasonCode::NoWorkers,
        text: "there are no workers; start one, and it is given work".to_owned(),
    }
}

pub(super) fn nothing_ready(job: &Job) -> Reason {
    let running = job.count(TaskStatus::Active);
    let text = match running {
        0 => "none of its tasks waits for a worker".to_owned(),
        1 => "one of its tasks is being worked on, and no other waits for a worker now".to_owned(),
        _ => format!(
            "{running} of its tasks are being worked on, and no other waits for a worker now"
        ),
    };
    Reason {
        code: ReasonCode::NothingReady,
        text,
    }
}

fn is_this(busy_with: TaskKey, job: &Job, index: Option<u32>) -> bool {
    busy_with.job == job.no && index.is_none_or(|index| index == busy_with.index)
}

fn not_awake(status: WorkerStatus, worker: Option<&Worker>) -> String {
    let seen = worker.and_then(|worker| worker.last_seen);
    let said = match (status, seen) {
        (WorkerStatus::Offline | WorkerStatus::Unset, Some(seen)) => {
            return format!("the worker has been offline since {}", minute(seen));
        }
        (WorkerStatus::Error, Some(seen)) => {
            return format!(
                "the worker is in error, or its host is gone: it was last heard of at {}",
                minute(seen)
            );
        }
        (WorkerStatus::Offline | WorkerStatus::Unset, None) => "the worker is offline",
        (WorkerStatus::Error, None) => "the worker is in error",
        (WorkerStatus::Asleep, _) => "the worker is asleep",
        (WorkerStatus::Starting, _) => "the worker is starting",
        (WorkerStatus::Restart, _) => "the worker is restarting",
        (WorkerStatus::Testing, _) => "the worker is testing",
        (WorkerStatus::Awake, _) => "the worker is awake",
    };
    said.to_owned()
}

/// A time for people, who may be in any time zone.
fn minute(time: Timestamp) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// What is to be said of a task whose Workers were lost again and again.
pub(super) fn losses(job: &Job, index: u32, limit: u32) -> Option<String> {
    let count = job.record.losses_of_task(index);
    if count < 2 {
        return None;
    }
    let name = &job.task(index)?.name;
    let end = if limit > 0 {
        format!("; it fails when that has happened {limit} times")
    } else {
        String::new()
    };
    Some(format!(
        "task {name:?} has lost its workers {count} times{end}"
    ))
}

fn kinds_of(job: &Job, index: Option<u32>) -> String {
    let of_task = index.and_then(|index| job.task(index));
    let kinds: Vec<Kind> = match of_task {
        Some(task) => vec![task.kind],
        None => job
            .kinds()
            .map(|(kind, _)| kind)
            .filter(|kind| job.best_ready(*kind).is_some())
            .collect(),
    };
    let names: Vec<&str> = kinds.iter().map(|kind| job.type_name(*kind)).collect();
    format!("tasks of type {}", names.join(" or "))
}

/// After which failures the Worker was blocked.
fn blocked(worker: Option<&Worker>, job: &Job) -> String {
    let failed = worker.map_or_else(Vec::new, |worker| {
        let by_it = job.record.failures().filter(|(_, no)| *no == worker.no);
        by_it.map(|(index, _)| index).collect()
    });
    if failed.is_empty() {
        return "the worker is blocked from such tasks of this job".to_owned();
    }
    format!(
        "the worker is blocked from such tasks of this job, having failed {}",
        names(job, &failed)
    )
}

fn not_waiting(status: TaskStatus, job: &Job, index: Option<u32>) -> String {
    let activity = index.map_or("", |index| job.activity_of(index));
    match activity {
        "" => format!("the task is {status}"),
        _ => format!("the task is {status} ({activity})"),
    }
}

fn dependencies(job: &Job, index: Option<u32>) -> String {
    let waits_for = index.map_or_else(Vec::new, |index| job.waits_for(index));
    names(job, &waits_for)
}

/// Some tasks of a job by name, and how many more there are.
fn names(job: &Job, indices: &[u32]) -> String {
    let named = indices.iter().take(NAMED).filter_map(|index| {
        let status = job.task_status(*index)?;
        Some(format!("{:?} ({status})", job.task(*index)?.name))
    });
    let text = named.collect::<Vec<_>>().join(", ");
    match indices.len().saturating_sub(NAMED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
