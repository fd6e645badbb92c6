//! One decision in the making. Pure.
//!
//! A [`Turn`] has the farm at hand, collects what follows from each change, and at its end puts the changed jobs
//! where they belong and gives newly ready work to Workers that wait. The rules lie in the other files of this
//! folder as further methods: tasks and jobs in `task_turn.rs` and `job_turn.rs`, who gets what in `dispatch.rs`,
//! failures in `failures.rs`, Workers in `worker_turn.rs`.

use std::collections::BTreeSet;

use farandole_protocol::event::Event;
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use super::announce;
use super::decision::{Answer, Decision, Fact, Handout, Note};
use super::job::Job;
use super::keys::{JobNo, TaskKey, WorkerNo};
use super::lanes::Lane;
use super::state::Farm;
use super::worker::Worker;
use super::write::{Heartbeats, Write};

/// A decision in the making.
#[derive(Debug)]
pub struct Turn<'farm> {
    pub(super) farm: &'farm mut Farm,
    pub(super) now: Timestamp,
    writes: Vec<Write>,
    handouts: Vec<Handout>,
    facts: Vec<Fact>,
    changed_jobs: BTreeSet<JobNo>,
    changed_workers: BTreeSet<WorkerNo>,
    /// Jobs that have come further by the end of a task, of which nothing has been told since.
    further: BTreeSet<JobNo>,
}

impl Farm {
    /// Takes one decision: `rule` changes the farm, and what follows from that is added.
    pub(super) fn turn<R>(
        &mut self,
        now: Timestamp,
        rule: impl FnOnce(&mut Turn<'_>) -> R,
    ) -> Decision<R> {
        let mut turn = Turn {
            farm: self,
            now,
            writes: Vec::new(),
            handouts: Vec::new(),
            facts: Vec::new(),
            changed_jobs: BTreeSet::new(),
            changed_workers: BTreeSet::new(),
            further: BTreeSet::new(),
        };
        let reply = rule(&mut turn);
        turn.finish(reply)
    }
}

impl Turn<'_> {
    pub(super) fn job(&self, no: JobNo) -> Option<&Job> {
        self.farm.jobs.get(&no)
    }

    /// The job, to be changed; its row is written and its place in the lanes renewed at the end of the turn. Its
    /// time of change, which its tasks share, grows with each call. What it tells of itself as the time of its last
    /// change is set when the world is told of the job, see [`Turn::announce_job`].
    pub(super) fn job_mut(&mut self, no: JobNo) -> Option<&mut Job> {
        let job = self.farm.jobs.get_mut(&no)?;
        job.changed = later(job.changed, self.now);
        job.version += u64::from(self.changed_jobs.insert(no));
        Some(job)
    }

    pub(super) fn task_status(&self, key: TaskKey) -> Option<TaskStatus> {
        self.job(key.job)?.task_status(key.index)
    }

    pub(super) fn worker(&self, no: WorkerNo) -> Option<&Worker> {
        self.farm.workers.get(&no)
    }

    /// The Worker, to be changed; its row is written at the end of the turn.
    pub(super) fn worker_mut(&mut self, no: WorkerNo) -> Option<&mut Worker> {
        let worker = self.farm.workers.get_mut(&no)?;
        worker.updated = later(worker.updated, self.now);
        self.changed_workers.insert(no);
        Some(worker)
    }

    /// The Worker was heard of. That alone is stored later, together with other signs of life.
    pub(super) fn mark_seen(&mut self, no: WorkerNo) {
        if let Some(worker) = self.farm.workers.get_mut(&no) {
            worker.last_seen = Some(self.now);
            worker.heard = Some(self.farm.uptime);
            self.farm.unsaved.insert(no);
        }
    }

    /// The task that the Worker is working on has made progress.
    pub(super) fn touch(&mut self, no: WorkerNo) {
        let uptime = self.farm.uptime;
        if let Some(running) = self
            .farm
            .workers
            .get_mut(&no)
            .and_then(|worker| worker.running.as_mut())
        {
            running.touched = self.now;
            running.progress = uptime;
            running.idle = None;
            self.farm.unsaved.insert(no);
        }
    }

    /// Sets the steps that a task has done. Says whether that changed anything.
    pub(super) fn set_steps(&mut self, key: TaskKey, steps: i64) -> bool {
        let changes = self
            .job(key.job)
            .and_then(|job| job.task(key.index))
            .is_some_and(|task| task.steps_completed != steps.clamp(0, task.steps_total));
        if changes && let Some(job) = self.job_mut(key.job) {
            job.set_steps(key.index, steps);
        }
        changes
    }

    pub(super) fn write(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Writes the state of a task.
    pub(super) fn write_task(&mut self, key: TaskKey, touched: Option<Timestamp>) {
        let row = self
            .job(key.job)
            .and_then(|job| job.task_row(key.index, job.changed, touched));
        if let Some(row) = row {
            self.writes.push(Write::Task(row));
        }
    }

    /// Signs of life since they were last stored.
    pub(super) fn write_heartbeats(&mut self) {
        let unsaved = std::mem::take(&mut self.farm.unsaved);
        let workers = || unsaved.iter().filter_map(|no| self.farm.workers.get(no));
        let heartbeats = Heartbeats {
            seen: workers()
                .filter_map(|worker| Some((worker.no, worker.last_seen?)))
                .collect(),
            touched: workers()
                .filter_map(|w| w.running)
                .map(|running| (running.key, running.touched))
                .collect(),
        };
        if !unsaved.is_empty() {
            self.writes.push(Write::Heartbeats(heartbeats));
        }
    }

    pub(super) fn hand_out(&mut self, no: WorkerNo, answer: Answer) {
        if let Some(worker) = self.farm.workers.get(&no) {
            self.handouts.push(Handout {
                worker: worker.id,
                answer,
            });
        }
    }

    /// Answers a request for a task of somebody who may not even exist.
    pub(super) fn hand_out_to(&mut self, handout: Handout) {
        self.handouts.push(handout);
    }

    pub(super) fn announce(&mut self, event: Event) {
        self.facts.push(Fact::Event(event));
    }

    /// Tells the world of a job that has changed. Only with this does the time of its last change move, as in
    /// Flamenco: for its status, priority, tag, steps and deletion, but not for what a task says of itself.
    pub(super) fn announce_job(
        &mut self,
        no: JobNo,
        previous: Option<JobStatus>,
        refresh_tasks: bool,
    ) {
        self.further.remove(&no);
        if let Some(job) = self.farm.jobs.get_mut(&no) {
            job.updated = job.changed;
            let event = announce::job(job, previous, refresh_tasks);
            self.changed_jobs.insert(no);
            self.announce(event);
        }
    }

    /// The job has come further. What else is told of it in this turn will say so; if nothing is, that is told at the
    /// end.
    pub(super) fn comes_further(&mut self, no: JobNo) {
        self.further.insert(no);
    }

    /// Tells the world of a task.
    pub(super) fn announce_task(&mut self, key: TaskKey, previous: Option<TaskStatus>) {
        let event = self.job(key.job).and_then(|job| {
            let worker = job.task(key.index)?.worker.and_then(|no| self.worker(no));
            announce::task(job, key.index, worker, previous)
        });
        if let Some(event) = event {
            self.announce(event);
        }
    }

    /// Tells the world how far a task has come, and with it its job.
    pub(super) fn announce_steps(&mut self, key: TaskKey) {
        self.announce_task(key, None);
        self.announce_job(key.job, None, false);
    }

    /// Tells the world of a Worker.
    pub(super) fn announce_worker(&mut self, no: WorkerNo, previous: Option<WorkerStatus>) {
        if let Some(worker) = self.worker(no) {
            let event = announce::worker(worker, previous);
            self.announce(event);
        }
    }

    /// Puts a line of the Manager's own into a task's log.
    pub(super) fn note(&mut self, key: TaskKey, text: String) {
        if let Some(job) = self.job(key.job) {
            let note = Note {
                job: job.id,
                task: job.task_id(key.index),
                text,
            };
            self.facts.push(Fact::Note(note));
        }
    }

    fn finish<R>(mut self, reply: R) -> Decision<R> {
        for no in self.changed_jobs.clone() {
            self.settle_job(no);
        }
        let mut placed = BTreeSet::new();
        loop {
            let lanes = self.place_changed_jobs(&mut placed);
            if lanes.is_empty() || self.farm.waiting.is_empty() {
                break;
            }
            self.serve_waiting(&lanes);
        }
        for no in std::mem::take(&mut self.further) {
            self.announce_job(no, None, false);
        }
        for no in std::mem::take(&mut self.changed_jobs) {
            if let Some(job) = self.farm.jobs.get(&no) {
                self.writes.push(Write::Job(job.row()));
                self.farm.note_rest(no);
            }
        }
        for no in std::mem::take(&mut self.changed_workers) {
            if let Some(worker) = self.farm.workers.get(&no) {
                self.writes.push(Write::Worker(Box::new(worker.row())));
            }
        }
        Decision {
            reply,
            writes: self.writes,
            handouts: self.handouts,
            facts: self.facts,
        }
    }

    /// Renews the places of the jobs that this turn changed. Gives the lanes in which they have work, but only the
    /// first time round: serving those who wait takes work away and adds none.
    fn place_changed_jobs(&mut self, placed: &mut BTreeSet<JobNo>) -> Vec<Lane> {
        let mut lanes = Vec::new();
        for no in &self.changed_jobs {
            let stands_in = self.farm.place_in_lanes(*no);
            if placed.insert(*no) {
                lanes.extend(stands_in);
            }
        }
        lanes.sort_unstable();
        lanes.dedup();
        lanes
    }
}

/// The time of a change: now, but always after the one before, even if the clock was set back. So of two events of
/// one thing the newer is told by its time.
fn later(before: Timestamp, now: Timestamp) -> Timestamp {
    const STEP: std::time::Duration = std::time::Duration::from_micros(1);
    if now > before { now } else { before + STEP }
}
