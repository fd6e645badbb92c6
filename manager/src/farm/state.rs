//! The farm in memory: every live job, every Worker, the lanes between them. Pure.
//!
//! A job is in memory from its release until it has ended and its last change is stored; people may still call it
//! back (requeue, change of priority), then it is taken in again. This file keeps the indexes true; the rules are
//! in [`turn`](super::turn) and the commands.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use farandole_protocol::ids::{JobId, TagId, TaskId, WorkerId};
use farandole_protocol::status::TaskStatus;
use farandole_protocol::time::Timestamp;

use super::image::{FarmImage, JobImage, WorkerImage};
use super::job::Job;
use super::job_status::{has_ended, is_schedulable};
use super::keys::{JobNo, TaskKey, WorkerNo};
use super::lanes::{Lane, Lanes, Slot, Ticket, Types};
use super::uptime::Uptime;
use super::worker::{Running, Worker};
use super::write::TagRow;

/// The limits that people set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Thresholds {
    /// This many Workers must fail a task before it has failed for good.
    pub fail_after: usize,
    /// A Worker that failed this many tasks of a type in a job gets no more of them. 0: never.
    pub blocklist: usize,
    /// A task that made no progress for so long has failed. `None`: never.
    pub task_timeout: Option<Duration>,
    /// A Worker not heard of for so long counts as lost. `None`: never.
    pub worker_timeout: Option<Duration>,
    /// An ephemeral Worker that is gone for so long is forgotten. `None`: never.
    pub ephemeral_worker_timeout: Option<Duration>,
    /// A task whose Workers were lost so often while they ran it has failed. 0: never.
    pub lost_attempts: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            fail_after: 3,
            blocklist: 3,
            task_timeout: Some(Duration::from_mins(10)),
            worker_timeout: Some(Duration::from_mins(1)),
            ephemeral_worker_timeout: Some(Duration::from_mins(10)),
            lost_attempts: 5,
        }
    }
}

/// The farm.
#[derive(Clone, Debug, Default)]
pub struct Farm {
    /// The limits in force.
    pub thresholds: Thresholds,
    pub(super) jobs: BTreeMap<JobNo, Job>,
    pub(super) workers: BTreeMap<WorkerNo, Worker>,
    pub(super) tags: BTreeMap<TagId, TagRow>,
    pub(super) lanes: Lanes,
    pub(super) types: Types,
    /// Who waits, oldest first.
    pub(super) waiting: BTreeMap<Ticket, WorkerNo>,
    /// Workers heard of, and tasks spoken of, since the last batch of heartbeats.
    pub(super) unsaved: BTreeSet<WorkerNo>,
    pub(super) next_worker: i64,
    /// The last reading of the monotonic clock: time-outs go by it.
    pub(super) uptime: Uptime,
    /// When it was read from the database. Signs of life that bear this time are none: see [`Farm::from_image`].
    opened: Timestamp,
    /// Jobs that have come to rest, with the version that they had, since the shell last looked.
    pub(super) rested: Vec<(JobNo, u64)>,
    /// Jobs that were removed. What was read of one before must not bring it back.
    removed: BTreeSet<JobNo>,
    job_numbers: HashMap<JobId, JobNo>,
    upper_halves: HashMap<u64, JobNo>,
    /// The tasks of imported jobs, whose ids say nothing of their job.
    imported_tasks: HashMap<TaskId, TaskKey>,
    worker_numbers: HashMap<WorkerId, WorkerNo>,
}

impl Farm {
    /// The farm that the image shows, as of now: a spell of trouble must not time everybody out, so every Worker
    /// counts as heard of, and every running task as spoken of, at this moment.
    pub fn from_image(
        image: FarmImage,
        thresholds: Thresholds,
        now: Timestamp,
        uptime: Uptime,
    ) -> Self {
        let mut farm = Self {
            thresholds,
            next_worker: image.next_worker,
            opened: now,
            uptime,
            tags: image.tags.into_iter().map(|tag| (tag.id, tag)).collect(),
            ..Self::default()
        };
        for worker in image.workers {
            farm.add_worker(worker);
        }
        for worker in farm.workers.values_mut() {
            worker.last_seen = worker.last_seen.map(|_| now);
            worker.heard = worker.last_seen.map(|_| uptime);
        }
        for job in image.jobs {
            farm.take_in(Job::from_image(job), now);
        }
        farm
    }

    /// Takes a job into memory that was not there.
    pub fn take_in_image(&mut self, image: JobImage, now: Timestamp) {
        self.take_in(Job::from_image(image), now);
    }

    pub(super) fn take_in(&mut self, mut job: Job, now: Timestamp) {
        let no = job.no;
        if self.jobs.contains_key(&no) || self.removed.contains(&no) {
            return;
        }
        // A tag may be deleted while a job that asks for it is on its way; it then is for everybody, as all others.
        job.tag = job.tag.filter(|tag| self.tags.contains_key(tag));
        job.types = job
            .type_names
            .iter()
            .map(|name| self.types.number(name))
            .collect();
        for index in job.tasks_in(TaskStatus::Active) {
            let worker = job.task(index).and_then(|task| task.worker);
            if let Some(worker) = worker.and_then(|no| self.workers.get_mut(&no)) {
                worker.running = Some(Running {
                    key: TaskKey { job: no, index },
                    touched: now,
                    progress: self.uptime,
                    idle: None,
                });
            }
        }
        self.job_numbers.insert(job.id, no);
        self.upper_halves.insert(job.id.upper_half(), no);
        for (index, id) in (1..).zip(&job.task_ids) {
            self.imported_tasks.insert(*id, TaskKey { job: no, index });
        }
        self.jobs.insert(no, job);
        self.place_in_lanes(no);
        self.note_rest(no);
    }

    /// If a job has ended, the shell may let it leave memory once its changes are stored.
    pub(super) fn note_rest(&mut self, no: JobNo) {
        if let Some(job) = self.jobs.get(&no).filter(|job| has_ended(job.status)) {
            self.rested.push((no, job.version));
        }
    }

    /// The jobs that have come to rest since this was last asked, with the version that each had: see
    /// [`Farm::forget`].
    pub fn take_rested(&mut self) -> Vec<(JobNo, u64)> {
        std::mem::take(&mut self.rested)
    }

    /// Forgets an ended job whose changes are all stored, if it is still as it was at that version.
    pub fn forget(&mut self, no: JobNo, version: u64) -> bool {
        let Some(job) = self.jobs.get(&no) else {
            return false;
        };
        let resting = has_ended(job.status) && job.count(TaskStatus::Active) == 0;
        if job.version != version || !resting {
            return false;
        }
        self.let_go(no);
        true
    }

    /// Removes a job for good, of which nothing runs.
    pub(super) fn remove_job(&mut self, no: JobNo) {
        if let Some(job) = self.let_go(no) {
            let lanes = job.types.iter().map(|type_no| (job.tag, *type_no));
            for (lane, slot) in lanes.zip(&job.slots) {
                self.lanes.place(lane, *slot, None);
            }
        }
        self.removed.insert(no);
    }

    fn let_go(&mut self, no: JobNo) -> Option<Job> {
        let job = self.jobs.remove(&no)?;
        self.job_numbers.remove(&job.id);
        self.upper_halves.remove(&job.id.upper_half());
        for id in &job.task_ids {
            self.imported_tasks.remove(id);
        }
        Some(job)
    }

    pub(super) fn add_worker(&mut self, image: WorkerImage) {
        let types = image
            .row
            .task_types
            .iter()
            .map(|name| self.types.number(name))
            .collect();
        let worker = Worker::from_image(image, types);
        self.next_worker = self.next_worker.max(worker.no.0 + 1);
        self.worker_numbers.insert(worker.id, worker.no);
        self.workers.insert(worker.no, worker);
    }

    pub(super) fn remove_worker(&mut self, no: WorkerNo) -> Option<Worker> {
        let worker = self.workers.remove(&no)?;
        self.worker_numbers.remove(&worker.id);
        self.unsaved.remove(&no);
        Some(worker)
    }

    /// The job with this number.
    pub fn job(&self, no: JobNo) -> Option<&Job> {
        self.jobs.get(&no)
    }

    /// The job with this id, if it is in memory.
    pub fn job_by_id(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(self.job_numbers.get(&id)?)
    }

    /// All jobs in memory, oldest first.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    /// The task with this id, if its job is in memory.
    pub fn find_task(&self, id: TaskId) -> Option<TaskKey> {
        self.find_own_task(id)
            .or_else(|| self.imported_tasks.get(&id).copied())
    }

    fn find_own_task(&self, id: TaskId) -> Option<TaskKey> {
        let (upper, index) = id.parts()?;
        let job = self.jobs.get(self.upper_halves.get(&upper)?)?;
        (job.task_id(index) == id && job.task(index).is_some()).then(|| job.key(index))
    }

    /// The Worker with this number.
    pub fn worker(&self, no: WorkerNo) -> Option<&Worker> {
        self.workers.get(&no)
    }

    /// The Worker with this id.
    pub fn worker_by_id(&self, id: WorkerId) -> Option<&Worker> {
        self.workers.get(self.worker_numbers.get(&id)?)
    }

    /// When the Worker was last heard of since the farm was read. Newer than what is stored, if there is one.
    pub(super) fn seen(&self, worker: &Worker) -> Option<Timestamp> {
        worker.last_seen.filter(|seen| *seen != self.opened)
    }

    /// When the task that the Worker is working on last made progress, likewise.
    pub(super) fn touched(&self, worker: &Worker) -> Option<Timestamp> {
        let touched = worker.running.map(|running| running.touched);
        touched.filter(|touched| *touched != self.opened)
    }

    /// All Workers that are not deleted, oldest first.
    pub fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.workers.values()
    }

    /// Puts a job where it now belongs in the lanes. Gives the lanes that it stands in.
    pub(super) fn place_in_lanes(&mut self, no: JobNo) -> Vec<Lane> {
        let Some(job) = self.jobs.get_mut(&no) else {
            return Vec::new();
        };
        let open = is_schedulable(job.status) && job.delete_requested.is_none();
        let mut stands_in = Vec::new();
        let mut slots = std::mem::take(&mut job.slots);
        slots.resize(job.types.len(), None);
        for ((kind, type_no), slot) in job.kinds().zip(&mut slots) {
            let lane = (job.tag, type_no);
            let best = job.best_ready(kind).filter(|_| open);
            let after = best.map(|task_priority| Slot {
                job_priority: Reverse(job.priority),
                task_priority: Reverse(task_priority),
                job: no,
            });
            let before = std::mem::replace(slot, after);
            self.lanes.place(lane, before, after);
            if after.is_some() {
                stands_in.push(lane);
            }
        }
        job.slots = slots;
        stands_in
    }

    /// The tag with this id.
    pub fn tag(&self, id: TagId) -> Option<&TagRow> {
        self.tags.get(&id)
    }

    /// Gives a job another tag, and takes it out of the lanes in which it stands until it is placed anew.
    pub(super) fn set_job_tag(&mut self, no: JobNo, tag: Option<TagId>) {
        let Some(job) = self.jobs.get_mut(&no) else {
            return;
        };
        for (type_no, slot) in job.types.iter().zip(&mut job.slots) {
            self.lanes.place((job.tag, *type_no), slot.take(), None);
        }
        job.tag = tag;
    }

    /// Gives a Worker other tags; if it waits, it then waits beside other lanes.
    pub(super) fn set_worker_tags(&mut self, no: WorkerNo, tags: BTreeSet<TagId>) {
        let Some(worker) = self.workers.get_mut(&no) else {
            return;
        };
        if let Some(ticket) = worker.waiting {
            self.lanes.leave(ticket, worker.lanes().into_iter());
        }
        worker.tags = tags;
        if let Some(ticket) = worker.waiting {
            self.lanes.wait(ticket, worker.lanes().into_iter());
        }
    }

    /// Makes a Worker wait, behind all who wait already.
    pub(super) fn start_waiting(&mut self, no: WorkerNo, ticket: Ticket) {
        let Some(worker) = self.workers.get_mut(&no) else {
            return;
        };
        worker.waiting = Some(ticket);
        self.lanes.wait(ticket, worker.lanes().into_iter());
        self.waiting.insert(ticket, no);
    }

    /// Ends a Worker's wait. Says whether it waited.
    pub(super) fn stop_waiting(&mut self, no: WorkerNo) -> bool {
        let Some(worker) = self.workers.get_mut(&no) else {
            return false;
        };
        let Some(ticket) = worker.waiting.take() else {
            return false;
        };
        self.lanes.leave(ticket, worker.lanes().into_iter());
        self.waiting.remove(&ticket);
        true
    }
}
