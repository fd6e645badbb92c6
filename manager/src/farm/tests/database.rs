//! A database as simple as can be: applies row changes one by one, and gives them back as an image. What it holds
//! after each decision is what a restart would find.

use std::collections::{BTreeMap, BTreeSet};

use farandole_protocol::ids::{JobId, TagId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus};

use crate::farm::image::{BlockImage, FarmImage, JobImage, WorkerImage};
use crate::farm::keys::{JobNo, TaskKey, WorkerNo};
use crate::farm::sleep::Sleep;
use crate::farm::write::{
    AttemptEnd, AttemptRow, JobRow, TagRow, TaskRow, TasksChange, WorkerRow, Write,
};

/// What is stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Database {
    pub(super) jobs: BTreeMap<JobNo, JobImage>,
    pub(super) released: BTreeSet<JobNo>,
    pub(super) workers: BTreeMap<WorkerNo, (WorkerId, Vec<TagId>, WorkerRow)>,
    pub(super) tags: BTreeMap<TagId, TagRow>,
    pub(super) sleeps: BTreeMap<WorkerNo, Sleep>,
    pub(super) conditions: BTreeMap<WorkerNo, farandole_protocol::api::WorkerCondition>,
    pub(super) attempts: BTreeMap<(TaskKey, u32), (WorkerNo, Option<AttemptEnd>)>,
}

impl Database {
    /// Applies the changes of a decision, in order.
    pub(super) fn apply(&mut self, writes: &[Write]) {
        for write in writes {
            self.apply_one(write);
        }
    }

    fn apply_one(&mut self, write: &Write) {
        match write {
            Write::Job(row) => self.jobs.get_mut(&row.no).unwrap().row = row.clone(),
            Write::JobReleased(no) => assert!(self.released.insert(*no)),
            Write::JobRemoved(no) => {
                assert!(self.released.remove(no), "a job goes once");
                self.jobs.remove(no);
            }
            Write::Task(row) => {
                let state = self.state(row.key);
                let touched = row.touched.or(state.touched);
                *state = TaskRow {
                    touched,
                    ..row.clone()
                };
            }
            Write::Tasks(change) => self.change_all(change),
            Write::Attempt(row) => self.attempt(row),
            Write::Failure(key, worker) => {
                let failures = &mut self.jobs.get_mut(&key.job).unwrap().failures;
                assert!(
                    !failures.contains(&(key.index, *worker)),
                    "a failure is stored once"
                );
                failures.push((key.index, *worker));
            }
            // Not part of what is in memory.
            Write::Outputs(_) | Write::OutputsForgotten(_) => {}
            Write::Finding(row) => {
                let findings = &mut self.jobs.get_mut(&row.key.job).unwrap().findings;
                findings.retain(|found| (found.key, found.class) != (row.key, row.class));
                findings.push(row.clone());
            }
            Write::FindingsCleared(key) => {
                let findings = &mut self.jobs.get_mut(&key.job).unwrap().findings;
                let before = findings.len();
                findings.retain(|found| found.key != *key);
                assert!(findings.len() < before, "only what is there is cleared");
            }
            Write::TaskFailuresCleared(key) => {
                self.jobs
                    .get_mut(&key.job)
                    .unwrap()
                    .failures
                    .retain(|(index, _)| *index != key.index);
                self.state(*key).lost = 0;
            }
            Write::JobFailuresCleared(no) => {
                let job = self.jobs.get_mut(no).unwrap();
                job.failures.clear();
                job.blocks.clear();
                for task in &mut job.tasks {
                    task.state.lost = 0;
                }
            }
            Write::Block(job, worker, task_type) => {
                let block = self.block(*worker, task_type);
                let blocks = &mut self.jobs.get_mut(job).unwrap().blocks;
                assert!(!blocks.contains(&block), "a block is stored once");
                blocks.push(block);
            }
            Write::Unblock(job, worker, task_type) => {
                let unblocked = self.block(*worker, task_type);
                let blocks = &mut self.jobs.get_mut(job).unwrap().blocks;
                let before = blocks.len();
                blocks.retain(|block| *block != unblocked);
                assert_eq!(blocks.len() + 1, before, "what is unblocked was blocked");
            }
            Write::TagAdded(row, _) => {
                assert!(self.tags.insert(row.id, row.clone()).is_none());
                self.names_are_unique();
            }
            Write::Tag(row) => {
                assert!(self.tags.insert(row.id, row.clone()).is_some());
                self.names_are_unique();
            }
            Write::TagDeleted(id) => self.delete_tag(*id),
            Write::WorkerTags(worker, tags) => {
                assert!(tags.iter().all(|tag| self.tags.contains_key(tag)));
                self.workers.get_mut(worker).unwrap().1.clone_from(tags);
            }
            Write::Sleep(worker, sleep) => {
                assert!(self.workers.contains_key(worker));
                self.sleeps.insert(*worker, *sleep);
            }
            Write::Condition(worker, condition) => {
                self.conditions.insert(*worker, (**condition).clone());
            }
            Write::WorkerAdded(new) => {
                let row = (new.id, Vec::new(), new.row.clone());
                assert!(self.workers.insert(new.row.no, row).is_none());
            }
            Write::Worker(row) => self.workers.get_mut(&row.no).unwrap().2 = (**row).clone(),
            Write::Heartbeats(heartbeats) => {
                for (worker, seen) in &heartbeats.seen {
                    self.workers.get_mut(worker).unwrap().2.last_seen = Some(*seen);
                }
                for (key, touched) in &heartbeats.touched {
                    self.state(*key).touched = Some(*touched);
                }
            }
        }
    }

    fn block(&self, worker: WorkerNo, task_type: &str) -> BlockImage {
        BlockImage {
            worker,
            id: self.workers[&worker].0,
            task_type: task_type.to_owned(),
        }
    }

    fn names_are_unique(&self) {
        let names: BTreeSet<&str> = self.tags.values().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names.len(), self.tags.len(), "two tags have one name");
    }

    fn delete_tag(&mut self, id: TagId) {
        assert!(self.tags.remove(&id).is_some());
        for (_, tags, _) in self.workers.values_mut() {
            tags.retain(|tag| *tag != id);
        }
        for job in self.jobs.values_mut() {
            job.row.tag = job.row.tag.filter(|tag| *tag != id);
        }
    }

    fn state(&mut self, key: TaskKey) -> &mut TaskRow {
        let job = self.jobs.get_mut(&key.job).unwrap();
        &mut job.tasks[key.index as usize - 1].state
    }

    fn change_all(&mut self, change: &TasksChange) {
        for task in &mut self.jobs.get_mut(&change.job).unwrap().tasks {
            if change.from.contains(&task.state.status) {
                task.state.status = change.to;
                task.state.activity.clone_from(&change.activity);
                task.state.updated = change.updated;
                if change.to == TaskStatus::Queued {
                    task.state.steps_completed = 0;
                }
            }
        }
    }

    fn attempt(&mut self, row: &AttemptRow) {
        let key = (row.key, row.attempt);
        if row.started.is_some() {
            assert!(
                self.attempts.insert(key, (row.worker, None)).is_none(),
                "an attempt begins once"
            );
        }
        if let Some((_, end)) = row.ended {
            let attempt = self
                .attempts
                .get_mut(&key)
                .expect("an attempt that ends has begun");
            let before = attempt.1.replace(end);
            assert!(
                before.is_none()
                    || (before, end) == (Some(AttemptEnd::Lost), AttemptEnd::Completed),
                "an attempt ends once, unless what seemed lost is completed: {before:?}, {end:?}"
            );
        }
    }

    /// Stores a job that is not released yet.
    pub(super) fn store(&mut self, image: JobImage) {
        self.jobs.insert(image.row.no, image);
    }

    /// The job with this id.
    pub(super) fn job(&self, id: JobId) -> Option<&JobImage> {
        self.jobs.values().find(|job| job.id == id)
    }

    /// What a restart would find.
    pub(super) fn image(&self) -> FarmImage {
        let live = |row: &JobRow| {
            !matches!(
                row.status,
                JobStatus::Completed | JobStatus::Canceled | JobStatus::Failed
            )
        };
        FarmImage {
            tags: self.tags.values().cloned().collect(),
            workers: self
                .workers
                .values()
                .filter(|(_, _, row)| row.deleted.is_none())
                .map(|(id, tags, row)| WorkerImage {
                    sleep: self.sleeps.get(&row.no).copied(),
                    condition: self.conditions.get(&row.no).cloned(),
                    id: *id,
                    tags: tags.clone(),
                    row: row.clone(),
                })
                .collect(),
            next_worker: self.workers.keys().map(|no| no.0 + 1).max().unwrap_or(1),
            jobs: self
                .jobs
                .values()
                .filter(|job| self.released.contains(&job.row.no) && live(&job.row))
                .cloned()
                .collect(),
        }
    }
}
