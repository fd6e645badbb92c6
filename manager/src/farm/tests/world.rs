//! A farm with its database, somebody who listens, and a clock that is moved by hand.
//!
//! Plays the shell's part: takes jobs in before orders about them, answers older requests of a Worker, lets ended jobs
//! leave, restarts. Every decision is stored at once; all invariants are checked after each.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use farandole_protocol::api::TaskFinding;
use farandole_protocol::ids::{JobId, TagId, TaskId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use super::build::{JobPlan, WorkerPlan, tag};
use super::database::Database;
use super::invariants;
use super::listener::Listener;
use crate::farm::commands::deletion::{MarkForDeletion, RemoveJob};
use crate::farm::commands::jobs::{JobOrderError, ReleaseJob, SetJobStatus};
use crate::farm::commands::reports::{Accepted, ReportError, ReportTask};
use crate::farm::commands::tags::{CreateTag, SetWorkerTags, TagError};
use crate::farm::commands::tasks::{SetTaskStatus, TaskOrderError};
use crate::farm::commands::workers::{
    EndWait, RegisterWorker, ScheduleTask, SignOn, SignOnError, StateChanged,
};
use crate::farm::decision::{
    Answer, Decision, Fact, FarmCommand, Grant, Handout, LateTask, Subject,
};
use crate::farm::identity::Runs;
use crate::farm::image::{FarmImage, JobImage, TaskImage};
use crate::farm::job::Job;
use crate::farm::keys::{JobNo, TaskKey, WorkerNo};
use crate::farm::lanes::Ticket;
use crate::farm::sleep::WallClock;
use crate::farm::state::{Farm, Thresholds};
use crate::farm::uptime::Uptime;
use crate::farm::write::{JobRow, TaskRow, Write};

/// There are so many tags from the beginning.
const TAGS: u8 = 4;

/// When each test begins, in seconds since 1970.
const BEGINNING: i64 = 1_000_000;

/// A farm under test.
#[derive(Debug)]
pub(super) struct World {
    pub(super) farm: Farm,
    pub(super) database: Database,
    pub(super) now: Timestamp,
    /// By how much the wall clock was set forward since the beginning, in seconds; below 0 if it was set back.
    stepped: i64,
    pub(super) jobs: Vec<JobId>,
    /// What is noticed about jobs that are added.
    pub(super) findings: Vec<TaskFinding>,
    pub(super) workers: Vec<WorkerId>,
    /// What was handed out, and told, by the last order.
    pub(super) handouts: Vec<Handout>,
    pub(super) facts: Vec<Fact>,
    pub(super) writes: Vec<Write>,
    /// What each Worker was given last.
    pub(super) held: BTreeMap<WorkerId, Grant>,
    /// Whose request for a task is not answered yet.
    pub(super) pending: BTreeMap<WorkerId, Ticket>,
    /// Who may be forgotten.
    ephemeral: BTreeSet<WorkerId>,
    last_ticket: Ticket,
    rested: Vec<(JobNo, u64)>,
    listener: Listener,
}

impl World {
    pub(super) fn new(thresholds: Thresholds) -> Self {
        let now = Timestamp::from_timestamp(BEGINNING, 0).unwrap();
        let farm = Farm::from_image(FarmImage::default(), thresholds, now, Uptime::default());
        let mut world = Self {
            farm,
            database: Database::default(),
            now,
            stepped: 0,
            jobs: Vec::new(),
            findings: Vec::new(),
            workers: Vec::new(),
            handouts: Vec::new(),
            facts: Vec::new(),
            writes: Vec::new(),
            held: BTreeMap::new(),
            pending: BTreeMap::new(),
            ephemeral: BTreeSet::new(),
            last_ticket: 0,
            rested: Vec::new(),
            listener: Listener::default(),
        };
        for number in 0..TAGS {
            world.create_tag(number).unwrap();
        }
        world
    }

    /// What the monotonic clock shows.
    fn uptime(&self) -> Uptime {
        let passed = self.now.timestamp_micros() - BEGINNING * 1_000_000 - self.stepped * 1_000_000;
        Uptime(Duration::from_micros(u64::try_from(passed).unwrap()))
    }

    /// The wall clock is set forward, or back, and no time passes.
    pub(super) fn set_clock(&mut self, seconds: i64) {
        self.now += chrono::TimeDelta::seconds(seconds);
        self.stepped += seconds;
    }

    /// The Manager stands still, and goes on afterwards.
    pub(super) fn stand_still(&mut self, time: Duration) {
        self.now += time;
        self.farm.advance(self.uptime());
        self.farm.renew_time_outs();
    }

    /// What the wall clock shows, where the farm is.
    pub(super) fn clock(&self) -> WallClock {
        self.now.naive_utc()
    }

    /// A new tag, with the name that is made of its number.
    pub(super) fn create_tag(&mut self, number: u8) -> Result<(), TagError> {
        self.order(CreateTag {
            id: tag(number),
            name: format!("tag {number}"),
            description: String::new(),
        })
    }

    pub(super) fn set_tags(&mut self, worker: WorkerId, tags: &[TagId]) {
        let tags = tags.to_vec();
        self.order(SetWorkerTags { worker, tags }).unwrap();
    }

    /// Carries out an order as the Scheduler would, and checks all invariants.
    pub(super) fn order<C: FarmCommand>(&mut self, command: C) -> C::Reply {
        let now = self.now;
        self.farm.advance(self.uptime());
        let decision = match command.subject() {
            Subject::Job(id) => {
                self.take_in(self.database.job(id).map(|job| job.row.no));
                command.decide(&mut self.farm, now)
            }
            Subject::Task(id) => {
                self.take_in(self.job_of(id));
                command.decide(&mut self.farm, now)
            }
            Subject::Report(id) if self.farm.find_task(id).is_none() => {
                let late = self.late(id);
                command.decide_late(&mut self.farm, late, now)
            }
            Subject::Report(_) | Subject::Farm => command.decide(&mut self.farm, now),
        };
        self.take_up(decision)
    }

    pub(super) fn take_up<R>(&mut self, decision: Decision<R>) -> R {
        let Decision {
            reply,
            writes,
            handouts,
            facts,
        } = decision;
        self.database.apply(&writes);
        self.listener.hear(&facts, &self.database);
        for Handout { worker, answer } in &handouts {
            assert!(
                self.pending.remove(worker).is_some(),
                "an answer to somebody who did not ask"
            );
            if let Answer::Task(grant) = answer {
                invariants::is_granted_once(&self.database, grant, *worker);
                self.held.insert(*worker, (**grant).clone());
            }
        }
        self.rested.extend(self.farm.take_rested());
        self.listener
            .knows_the_truth(&self.database, &jobs_in(&writes));
        self.check();
        (self.handouts, self.facts, self.writes) = (handouts, facts, writes);
        reply
    }

    fn check(&self) {
        invariants::check(&self.farm, &self.database);
        let waiting: BTreeSet<WorkerId> = self
            .farm
            .waiting
            .values()
            .map(|no| self.farm.worker(*no).unwrap().id)
            .collect();
        assert!(
            self.pending.keys().eq(&waiting),
            "who is not answered waits, and nobody else"
        );
    }

    /// Lets ended jobs leave memory, as after a commit.
    pub(super) fn commit(&mut self) {
        for (no, version) in std::mem::take(&mut self.rested) {
            self.farm.forget(no, version);
        }
        invariants::only_live_jobs_are_in_memory(&self.farm);
        self.check();
    }

    /// The process ends and starts again.
    pub(super) fn restart(&mut self) {
        let before = std::mem::take(&mut self.farm);
        self.farm = Farm::from_image(
            self.database.image(),
            before.thresholds,
            self.now,
            self.uptime(),
        );
        self.rested = self.farm.take_rested();
        self.pending.clear();
        invariants::same_after_restart(&before, &self.farm);
        self.check();
    }

    fn take_in(&mut self, no: Option<JobNo>) {
        let Some(no) = no.filter(|no| self.farm.job(*no).is_none()) else {
            return;
        };
        if self.database.released.contains(&no) {
            self.farm
                .take_in_image(self.database.jobs[&no].clone(), self.now);
            self.rested.extend(self.farm.take_rested());
        }
    }

    fn job_of(&self, id: TaskId) -> Option<JobNo> {
        let (upper, _) = id.parts()?;
        let mut jobs = self.database.jobs.values();
        jobs.find(|job| job.id.upper_half() == upper)
            .map(|job| job.row.no)
    }

    fn late(&self, id: TaskId) -> Option<LateTask> {
        let job = &self.database.jobs[&self.job_of(id)?];
        let row = job.tasks.get(id.parts()?.1 as usize - 1)?.state.clone();
        Some(LateTask { job: job.id, row })
    }

    /// A new Worker, awake.
    pub(super) fn add_worker(&mut self, plan: &WorkerPlan) -> WorkerId {
        let id = WorkerId::from_uuid(uuid::Uuid::from_u128(
            0xa000 + self.database.workers.len() as u128,
        ));
        let task_types: Vec<String> = plan.types.iter().map(|name| (*name).to_owned()).collect();
        self.workers.push(id);
        if plan.ephemeral {
            self.ephemeral.insert(id);
        }
        self.order(RegisterWorker {
            id,
            secret_hash: String::new(),
            name: format!("w{}", self.workers.len()),
            address: String::new(),
            platform: "linux".to_owned(),
            task_types: task_types.clone(),
        });
        self.sign_on(id, task_types);
        self.set_worker(id, WorkerStatus::Awake);
        if !plan.tags.is_empty() {
            self.set_tags(id, &plan.tags);
        }
        id
    }

    pub(super) fn sign_on(&mut self, worker: WorkerId, task_types: Vec<String>) -> WorkerStatus {
        self.sign_on_as(worker, task_types, Runs::default())
            .unwrap()
    }

    pub(super) fn sign_on_as(
        &mut self,
        worker: WorkerId,
        task_types: Vec<String>,
        runs: Runs,
    ) -> Result<WorkerStatus, SignOnError> {
        let name = self.farm.worker_by_id(worker).unwrap().name.clone();
        let (address, software) = (String::new(), "1".to_owned());
        self.order(SignOn {
            worker,
            name,
            address,
            software,
            task_types,
            can_restart: false,
            ephemeral: self.ephemeral.contains(&worker),
            clock: self.clock(),
            runs,
        })
    }

    pub(super) fn set_worker(&mut self, worker: WorkerId, status: WorkerStatus) {
        self.order(StateChanged { worker, status }).unwrap();
    }

    pub(super) fn no_of(&self, worker: WorkerId) -> WorkerNo {
        self.farm.worker_by_id(worker).unwrap().no
    }

    pub(super) fn worker_status(&self, worker: WorkerId) -> WorkerStatus {
        self.database.workers[&self.no_of(worker)].2.status
    }

    /// A new job.
    pub(super) fn add_job(&mut self, plan: &JobPlan) -> JobId {
        let no = JobNo(1 + i64::try_from(self.jobs.len()).unwrap());
        let upper = 0xbeef_0000 + self.jobs.len() as u64;
        let id = JobId::from_uuid(uuid::Uuid::from_u64_pair(upper, 7));
        let tasks = (1..).zip(&plan.tasks).map(|(index, task)| TaskImage {
            name: format!("task {index}"),
            task_type: task.task_type.to_owned(),
            priority: task.priority,
            dependencies: task.dependencies.clone(),
            steps_total: 2,
            state: TaskRow {
                key: TaskKey { job: no, index },
                status: TaskStatus::Queued,
                worker: None,
                attempt: 0,
                ended: None,
                steps_completed: 0,
                activity: String::new(),
                updated: self.now,
                touched: None,
                lost: 0,
            },
            optional: task.optional,
        });
        let image = JobImage {
            id,
            name: format!("job {}", no.0),
            job_type: "t".to_owned(),
            created: self.now,
            row: JobRow {
                no,
                status: JobStatus::UnderConstruction,
                activity: String::new(),
                priority: plan.priority,
                tag: plan.tag,
                updated: self.now,
                steps_completed: 0,
                delete_requested: None,
                findings: Vec::new(),
                keep_existing: false,
            },
            tasks: tasks.collect(),
            task_ids: Vec::new(),
            failures: Vec::new(),
            blocks: Vec::new(),
            allow: Vec::new(),
            findings: Vec::new(),
        };
        self.jobs.push(id);
        self.database.store(image.clone());
        self.order(ReleaseJob {
            job: Box::new(Job::from_image(image)),
            initial_status: plan.initial_status,
            findings: self.findings.clone(),
        });
        id
    }

    /// The job's deletion is asked for.
    pub(super) fn doom(&mut self, job: JobId) -> Result<(), JobOrderError> {
        self.order(MarkForDeletion { job })
    }

    /// What belongs to the job is gone, and now it goes itself.
    pub(super) fn remove(&mut self, job: JobId) -> Result<(), JobOrderError> {
        self.order(RemoveJob { job })
    }

    /// A Worker asks for a task. Gives its answer, or `None` if it waits.
    pub(super) fn ask(&mut self, worker: WorkerId, wait: bool) -> Option<Answer> {
        self.last_ticket += 1;
        // An older request is answered by the shell.
        self.pending.insert(worker, self.last_ticket);
        self.order(ScheduleTask {
            worker,
            ticket: wait.then_some(self.last_ticket),
        });
        let mut answers = self
            .handouts
            .iter()
            .filter(|handout| handout.worker == worker);
        let answer = answers.next().map(|handout| handout.answer.clone());
        assert!(wait || answer.is_some(), "who does not wait is answered");
        answer
    }

    /// A Worker has waited long enough.
    pub(super) fn end_wait(&mut self, worker: WorkerId) {
        if let Some(ticket) = self.pending.get(&worker).copied() {
            self.order(EndWait { worker, ticket });
            assert!(!self.pending.contains_key(&worker));
        }
    }

    /// A Worker asks for a task and gets one.
    #[track_caller]
    pub(super) fn fetch(&mut self, worker: WorkerId) -> Grant {
        match self.ask(worker, false) {
            Some(Answer::Task(grant)) => *grant,
            other => panic!("a task was expected, not {other:?}"),
        }
    }

    /// A Worker asks for a task and gets none.
    #[track_caller]
    pub(super) fn fetch_nothing(&mut self, worker: WorkerId) {
        assert_eq!(self.ask(worker, false), Some(Answer::Nothing));
    }

    pub(super) fn report(
        &mut self,
        worker: WorkerId,
        grant: &Grant,
        status: TaskStatus,
    ) -> Result<Accepted, ReportError> {
        self.order(ReportTask {
            worker,
            task: grant.task,
            attempt: Some(grant.attempt),
            status: Some(status),
            activity: None,
            steps_completed: None,
            findings: Vec::new(),
            outputs: Vec::new(),
        })
    }

    /// A Worker gets a task and ends it so.
    #[track_caller]
    pub(super) fn work(&mut self, worker: WorkerId, end: TaskStatus) -> Grant {
        let grant = self.fetch(worker);
        self.report(worker, &grant, end).unwrap();
        grant
    }

    /// A person wants a job to take a state. Gives the one that it has then.
    pub(super) fn set_job(
        &mut self,
        job: JobId,
        status: JobStatus,
    ) -> Result<JobStatus, JobOrderError> {
        let reason = "so it be".to_owned();
        self.order(SetJobStatus {
            job,
            status,
            reason,
            overwrite: false,
        })?;
        Ok(self.job_status(job))
    }

    /// A person wants a task to take a state.
    pub(super) fn set_task(
        &mut self,
        job: JobId,
        index: u32,
        status: TaskStatus,
    ) -> Result<(), TaskOrderError> {
        let task = TaskId::of_job(job, index);
        let reason = "so it be".to_owned();
        self.order(SetTaskStatus {
            task,
            status,
            reason,
            overwrite: false,
        })
    }

    pub(super) fn job_status(&self, job: JobId) -> JobStatus {
        self.database.job(job).unwrap().row.status
    }

    pub(super) fn task_status(&self, job: JobId, index: u32) -> TaskStatus {
        self.task_statuses(job)[index as usize - 1]
    }

    pub(super) fn task_statuses(&self, job: JobId) -> Vec<TaskStatus> {
        let tasks = &self.database.job(job).unwrap().tasks;
        tasks.iter().map(|task| task.state.status).collect()
    }
}

/// The jobs that these changes concern: whatever changes in a job, its row is written.
fn jobs_in(writes: &[Write]) -> BTreeSet<JobNo> {
    let mut jobs = BTreeSet::new();
    for write in writes {
        if let Write::Job(row) = write {
            jobs.insert(row.no);
        }
    }
    jobs
}
