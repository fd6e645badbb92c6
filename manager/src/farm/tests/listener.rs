//! Somebody who only listens: what it believes by the events that it heard must be what the database says.

use std::collections::{BTreeMap, BTreeSet};

use farandole_protocol::event::{
    Event, EventJobUpdate, EventTaskUpdate, EventWorkerTagUpdate, EventWorkerUpdate,
};
use farandole_protocol::ids::{JobId, TagId, TaskId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use super::database::Database;
use crate::farm::decision::Fact;
use crate::farm::image::JobImage;
use crate::farm::keys::{JobNo, WorkerNo};

#[derive(Clone, Debug, Default)]
pub(super) struct Listener {
    jobs: BTreeMap<JobId, SeenJob>,
    tasks: BTreeMap<TaskId, SeenTask>,
    workers: BTreeMap<WorkerId, SeenWorker>,
    /// Their names.
    tags: BTreeMap<TagId, String>,
    deleted: BTreeSet<JobId>,
}

#[derive(Clone, Debug)]
struct SeenJob {
    status: JobStatus,
    priority: i32,
    steps: i64,
    updated: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
struct SeenTask {
    status: TaskStatus,
    steps: i64,
    worker: Option<WorkerId>,
    updated: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct SeenWorker {
    status: WorkerStatus,
    requested: Option<WorkerStatus>,
    updated: Timestamp,
    deleted: bool,
}

impl Listener {
    /// Hears what a decision tells the world, then reads the tasks of those jobs again of which it was told to.
    pub(super) fn hear(&mut self, facts: &[Fact], database: &Database) {
        let mut stale = BTreeSet::new();
        for fact in facts {
            match fact {
                Fact::Event(Event::Job(event)) => self.hear_of_job(event, &mut stale),
                Fact::Event(Event::Task(event)) => self.hear_of_task(event, &stale),
                Fact::Event(Event::Worker(event)) => self.hear_of_worker(event),
                Fact::Event(Event::WorkerTag(event)) => self.hear_of_tag(event),
                Fact::Event(other) => panic!("the farm does not speak of {other:?}"),
                Fact::Note(_) => {}
            }
        }
        for job in stale {
            self.read_again(database.job(job).unwrap(), database);
        }
    }

    fn hear_of_job(&mut self, event: &EventJobUpdate, stale: &mut BTreeSet<JobId>) {
        assert!(
            !self.deleted.contains(&event.id),
            "a job was deleted, and is spoken of"
        );
        if event.was_deleted == Some(true) {
            assert!(self.jobs.remove(&event.id).is_some());
            self.deleted.insert(event.id);
            stale.remove(&event.id);
            return;
        }
        if let Some(seen) = self.jobs.get(&event.id) {
            assert_eq!(
                seen.status,
                event.previous_status.unwrap_or(event.status),
                "a change of a job was not told"
            );
            assert!(event.updated > seen.updated, "a newer event looks older");
        } else {
            stale.insert(event.id);
        }
        if event.refresh_tasks {
            stale.insert(event.id);
        }
        self.jobs.insert(
            event.id,
            SeenJob {
                status: event.status,
                priority: event.priority,
                steps: event.steps_completed,
                updated: event.updated,
            },
        );
    }

    fn hear_of_task(&mut self, event: &EventTaskUpdate, stale: &BTreeSet<JobId>) {
        let seen = self.tasks.get(&event.id);
        if let Some(seen) = seen.filter(|_| !stale.contains(&event.job_id)) {
            assert_eq!(
                seen.status,
                event.previous_status.unwrap_or(event.status),
                "a change of a task was not told"
            );
        }
        if let Some(seen) = seen {
            assert!(
                seen.updated.is_none_or(|updated| updated < event.updated),
                "a newer event looks older"
            );
        }
        self.tasks.insert(
            event.id,
            SeenTask {
                status: event.status,
                steps: event.steps_completed,
                worker: event.worker.as_ref().map(|worker| worker.uuid),
                updated: Some(event.updated),
            },
        );
    }

    fn hear_of_worker(&mut self, event: &EventWorkerUpdate) {
        if let Some(seen) = self.workers.get(&event.id) {
            assert_eq!(
                seen.status,
                event.previous_status.unwrap_or(event.status),
                "a change of a Worker was not told"
            );
            assert!(event.updated > seen.updated, "a newer event looks older");
            assert!(!seen.deleted, "a Worker was deleted, and is spoken of");
        }
        self.workers.insert(
            event.id,
            SeenWorker {
                status: event.status,
                requested: event.status_change.map(|request| request.status),
                updated: event.updated,
                deleted: event.deleted_at.is_some(),
            },
        );
    }

    fn hear_of_tag(&mut self, event: &EventWorkerTagUpdate) {
        let id: TagId = event.tag.id.as_deref().unwrap().parse().unwrap();
        if event.was_deleted == Some(true) {
            assert!(self.tags.remove(&id).is_some(), "a tag is deleted once");
        } else {
            self.tags.insert(id, event.tag.name.clone());
        }
    }

    fn read_again(&mut self, job: &JobImage, database: &Database) {
        for (id, task) in tasks_of(job, database) {
            let updated = self.tasks.get(&id).and_then(|seen| seen.updated);
            self.tasks.insert(id, SeenTask { updated, ..task });
        }
    }

    /// What it believes of these jobs and of all Workers is true.
    pub(super) fn knows_the_truth(&self, database: &Database, jobs: &BTreeSet<JobNo>) {
        for job in jobs.iter().map(|no| &database.jobs[no]) {
            let seen = &self.jobs[&job.id];
            assert_eq!(
                (seen.status, seen.priority, seen.steps),
                (job.row.status, job.row.priority, job.row.steps_completed),
                "job {}",
                job.row.no.0
            );
            for (id, task) in tasks_of(job, database) {
                let seen = self.tasks[&id].clone();
                let living = |id: &WorkerId| !self.workers.get(id).is_some_and(|seen| seen.deleted);
                let seen = SeenTask {
                    updated: None,
                    worker: seen.worker.filter(living),
                    ..seen
                };
                assert_eq!(seen, task, "{id:?}");
            }
        }
        let tags = database.tags.values();
        let tags: BTreeMap<TagId, String> = tags.map(|tag| (tag.id, tag.name.clone())).collect();
        assert_eq!(self.tags, tags);
        for (id, _, row) in database.workers.values() {
            if let Some(seen) = self.workers.get(id) {
                let requested = row.requested.map(|request| request.status);
                assert_eq!(
                    (seen.status, seen.requested, seen.deleted),
                    (row.status, requested, row.deleted.is_some())
                );
            }
        }
    }
}

/// Events do not name Workers that are deleted.
fn of_a_living(database: &Database, no: WorkerNo) -> Option<WorkerId> {
    let (id, _, row) = &database.workers[&no];
    row.deleted.is_none().then_some(*id)
}

fn tasks_of<'a>(
    job: &'a JobImage,
    database: &'a Database,
) -> impl Iterator<Item = (TaskId, SeenTask)> + 'a {
    job.tasks.iter().map(|task| {
        let state = &task.state;
        let seen = SeenTask {
            status: state.status,
            steps: state.steps_completed,
            worker: state.worker.and_then(|no| of_a_living(database, no)),
            updated: None,
        };
        (TaskId::of_job(job.id, state.key.index), seen)
    })
}
