//! Events as the contract has them, made from what is in memory. Pure.

use farandole_protocol::api::{WorkerStatusChangeRequest, WorkerTag};
use farandole_protocol::event::{
    AssignedWorker, Event, EventJobUpdate, EventTaskUpdate, EventWorkerTagUpdate, EventWorkerUpdate,
};
use farandole_protocol::ids::{JobId, TagId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use super::job::Job;
use super::worker::Worker;
use super::write::TagRow;

/// A job, as it is now.
pub(super) fn job(job: &Job, previous: Option<JobStatus>, refresh_tasks: bool) -> Event {
    Event::Job(EventJobUpdate {
        id: job.id,
        name: Some(job.name.clone()),
        updated: job.updated,
        status: job.status,
        previous_status: previous,
        job_type: job.job_type.clone(),
        priority: job.priority,
        refresh_tasks,
        steps_completed: job.steps_completed,
        steps_total: job.steps_total,
        delete_requested_at: job.delete_requested,
        was_deleted: None,
    })
}

/// When nothing has happened yet, as the contract writes it: 0001-01-01T00:00:00Z, in seconds since 1970.
const NEVER: i64 = -62_135_596_800;

/// A job that is gone. Only its id counts; the rest says nothing, and is there because it must be.
pub(super) fn deleted_job(id: JobId) -> Event {
    Event::Job(EventJobUpdate {
        id,
        name: None,
        updated: Timestamp::from_timestamp(NEVER, 0).unwrap_or_default(),
        status: JobStatus::Unset,
        previous_status: None,
        job_type: String::new(),
        priority: 0,
        refresh_tasks: false,
        steps_completed: 0,
        steps_total: 0,
        delete_requested_at: None,
        was_deleted: Some(true),
    })
}

/// A task, as it is now, with the Worker that was given it last.
pub(super) fn task(
    job: &Job,
    index: u32,
    worker: Option<&Worker>,
    previous: Option<TaskStatus>,
) -> Option<Event> {
    let task = job.task(index)?;
    Some(Event::Task(EventTaskUpdate {
        id: job.task_id(index),
        job_id: job.id,
        worker: worker.map(|worker| AssignedWorker {
            name: worker.name.clone(),
            uuid: worker.id,
        }),
        name: task.name.to_string(),
        updated: job.changed,
        status: job.task_status(index)?,
        previous_status: previous,
        activity: job.activity_of(index).to_owned(),
        steps_completed: task.steps_completed,
        steps_total: task.steps_total,
    }))
}

/// A Worker, as it is now.
pub(super) fn worker(worker: &Worker, previous: Option<WorkerStatus>) -> Event {
    Event::Worker(about(worker, previous))
}

/// A Worker that is gone.
pub(super) fn deleted_worker(worker: &Worker) -> Event {
    Event::Worker(EventWorkerUpdate {
        deleted_at: Some(worker.updated),
        ..about(worker, None)
    })
}

/// A tag that is new or changed.
pub(super) fn tag(tag: &TagRow) -> Event {
    Event::WorkerTag(EventWorkerTagUpdate {
        tag: WorkerTag {
            id: Some(tag.id.to_string()),
            name: tag.name.clone(),
            description: Some(tag.description.clone()),
        },
        was_deleted: None,
    })
}

/// A tag that is gone: only its id counts.
pub(super) fn deleted_tag(id: TagId) -> Event {
    Event::WorkerTag(EventWorkerTagUpdate {
        tag: WorkerTag {
            id: Some(id.to_string()),
            name: String::new(),
            description: None,
        },
        was_deleted: Some(true),
    })
}

fn about(worker: &Worker, previous: Option<WorkerStatus>) -> EventWorkerUpdate {
    EventWorkerUpdate {
        id: worker.id,
        name: worker.name.clone(),
        updated: worker.updated,
        last_seen: worker.last_seen,
        status: worker.status,
        previous_status: previous,
        status_change: worker.requested.map(|request| WorkerStatusChangeRequest {
            status: request.status,
            is_lazy: request.lazy,
        }),
        version: worker.software.clone(),
        deleted_at: None,
        can_restart: worker.can_restart,
    }
}
