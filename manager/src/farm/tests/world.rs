//! A farm with its database, and a clock that is moved by hand.

use std::collections::BTreeMap;

use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use super::database::Database;
use super::invariants;
use crate::farm::commands::jobs::{ReleaseJob, SetJobStatus};
use crate::farm::commands::reports::{Accepted, ReportError, ReportTask};
use crate::farm::commands::tasks::SetTaskStatus;
use crate::farm::commands::workers::{RegisterWorker, ScheduleTask, SignOn, StateChanged};
use crate::farm::decision::{
    Answer, Decision, Fact, FarmCommand, Grant, Handout, LateTask, Subject,
};
use crate::farm::image::{JobImage, TaskImage};
use crate::farm::job::Job;
use crate::farm::keys::{JobNo, TaskKey};
use crate::farm::state::{Farm, Thresholds};
use crate::farm::write::{JobRow, TaskRow};

/// A task of a job to be made: its type, priority and dependencies.
pub(super) type Plan = (&'static str, i32, Vec<u32>);

/// A farm under test.
pub(super) struct World {
    pub(super) farm: Farm,
    pub(super) database: Database,
    pub(super) now: Timestamp,
    pub(super) jobs: Vec<JobId>,
    pub(super) workers: Vec<WorkerId>,
    /// What was handed out since it was last looked at.
    pub(super) handouts: Vec<Handout>,
    pub(super) facts: Vec<Fact>,
    /// Who holds which attempt of a task, by what was handed out.
    pub(super) held: BTreeMap<WorkerId, Grant>,
    ticket: u64,
    rested: Vec<(JobNo, u64)>,
}

impl World {
    pub(super) fn new(thresholds: Thresholds) -> Self {
        let mut farm = Farm::default();
        farm.thresholds = thresholds;
        Self {
            farm,
            database: Database::default(),
            now: Timestamp::from_timestamp(1_000_000, 0).unwrap(),
            jobs: Vec::new(),
            workers: Vec::new(),
            handouts: Vec::new(),
            facts: Vec::new(),
            held: BTreeMap::new(),
            ticket: 0,
            rested: Vec::new(),
        }
    }

    /// A farm with so many Workers, awake, that take every type of task.
    pub(super) fn with_workers(count: usize) -> Self {
        let mut world = Self::new(Thresholds::default());
        for _ in 0..count {
            world.add_worker(&["a", "b"]);
        }
        world
    }

    /// Carries out an order as the Scheduler would, and checks all invariants.
    pub(super) fn order<C: FarmCommand>(&mut self, command: C) -> C::Reply {
        let decision = match command.subject() {
            Subject::Job(id) => {
                self.take_in(self.database.job(id).map(|job| job.row.no));
                command.decide(&mut self.farm, self.now)
            }
            Subject::Task(id) => {
                self.take_in(self.job_of(id));
                command.decide(&mut self.farm, self.now)
            }
            Subject::Report(id) if self.farm.find_task(id).is_none() => {
                let late = self.late(id);
                command.decide_late(&mut self.farm, late, self.now)
            }
            Subject::Report(_) | Subject::Farm => command.decide(&mut self.farm, self.now),
        };
        self.take_up(decision)
    }

    fn take_up<R>(&mut self, decision: Decision<R>) -> R {
        let Decision {
            reply,
            writes,
            handouts,
            facts,
        } = decision;
        self.database.apply(&writes);
        for handout in &handouts {
            if let Answer::Task(grant) = &handout.answer {
                self.held.insert(handout.worker, (**grant).clone());
            }
        }
        self.handouts.extend(handouts);
        self.facts.extend(facts);
        self.rested.extend(self.farm.take_rested());
        invariants::check(&self.farm, &self.database);
        reply
    }

    /// Lets ended jobs leave memory, as after a commit.
    pub(super) fn commit(&mut self) {
        for (no, version) in std::mem::take(&mut self.rested) {
            self.farm.forget(no, version);
        }
        invariants::check(&self.farm, &self.database);
    }

    /// The process ends and starts again.
    pub(super) fn restart(&mut self) {
        let before = std::mem::take(&mut self.farm);
        self.farm = Farm::from_image(self.database.image(), before.thresholds, self.now);
        self.rested = self.farm.take_rested();
        invariants::same_after_restart(&before, &self.farm);
        invariants::check(&self.farm, &self.database);
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
        self.database
            .jobs
            .values()
            .find(|job| job.id.upper_half() == upper)
            .map(|job| job.row.no)
    }

    fn late(&self, id: TaskId) -> Option<LateTask> {
        let job = &self.database.jobs[&self.job_of(id)?];
        let row = job.tasks.get(id.parts()?.1 as usize - 1)?.state.clone();
        Some(LateTask { job: job.id, row })
    }

    /// A new Worker, awake.
    pub(super) fn add_worker(&mut self, types: &[&str]) -> WorkerId {
        let id = WorkerId::from_uuid(uuid::Uuid::from_u128(0xa000 + self.workers.len() as u128));
        let task_types: Vec<String> = types.iter().map(|name| (*name).to_owned()).collect();
        self.workers.push(id);
        self.order(RegisterWorker {
            id,
            secret_hash: String::new(),
            name: format!("w{}", self.workers.len()),
            address: String::new(),
            platform: "linux".to_owned(),
            task_types: task_types.clone(),
        });
        self.sign_on(id, task_types);
        self.order(StateChanged {
            worker: id,
            status: WorkerStatus::Awake,
        })
        .unwrap();
        id
    }

    pub(super) fn sign_on(&mut self, worker: WorkerId, task_types: Vec<String>) -> WorkerStatus {
        let (name, address, software) = ("w".to_owned(), String::new(), "1".to_owned());
        self.order(SignOn {
            worker,
            name,
            address,
            software,
            task_types,
            can_restart: false,
        })
        .unwrap()
    }

    /// A new job.
    pub(super) fn add_job(
        &mut self,
        priority: i32,
        tasks: &[Plan],
        initial_status: JobStatus,
    ) -> JobId {
        let no = JobNo(1 + i64::try_from(self.jobs.len()).unwrap());
        let id = JobId::from_uuid(uuid::Uuid::from_u64_pair(
            0xbeef_0000 + self.jobs.len() as u64,
            7,
        ));
        let tasks = (1..)
            .zip(tasks)
            .map(|(index, (task_type, priority, dependencies))| TaskImage {
                name: format!("task {index}"),
                task_type: (*task_type).to_owned(),
                priority: *priority,
                dependencies: dependencies.clone(),
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
                },
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
                priority,
                tag: None,
                updated: self.now,
                steps_completed: 0,
                delete_requested: None,
            },
            tasks: tasks.collect(),
            failures: Vec::new(),
            blocks: Vec::new(),
        };
        self.jobs.push(id);
        self.database.store(image.clone());
        self.order(ReleaseJob {
            job: Box::new(Job::from_image(image)),
            initial_status,
        });
        id
    }

    /// A new job of so many tasks of type `a` without dependencies.
    pub(super) fn add_simple_job(&mut self, tasks: usize) -> JobId {
        self.add_job(50, &vec![("a", 50, vec![]); tasks], JobStatus::Queued)
    }

    /// A Worker asks for a task. Gives its answer, or `None` if it waits.
    pub(super) fn ask(&mut self, worker: WorkerId, wait: bool) -> Option<Answer> {
        self.ticket += 1;
        let before = self.handouts.len();
        self.order(ScheduleTask {
            worker,
            ticket: wait.then_some(self.ticket),
        });
        let answers: Vec<Answer> = self.handouts[before..]
            .iter()
            .filter(|handout| handout.worker == worker)
            .map(|handout| handout.answer.clone())
            .collect();
        assert!(answers.len() <= 1, "one answer to one question");
        answers.into_iter().next()
    }

    /// A Worker asks for a task and gets one.
    #[track_caller]
    pub(super) fn fetch(&mut self, worker: WorkerId) -> Grant {
        match self.ask(worker, false) {
            Some(Answer::Task(grant)) => *grant,
            other => panic!("a task was expected, not {other:?}"),
        }
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
        })
    }

    pub(super) fn set_job(&mut self, job: JobId, status: JobStatus) {
        self.order(SetJobStatus {
            job,
            status,
            reason: String::new(),
        })
        .unwrap();
    }

    pub(super) fn set_task(&mut self, job: JobId, index: u32, status: TaskStatus) {
        let task = TaskId::of_job(job, index);
        self.order(SetTaskStatus {
            task,
            status,
            reason: String::new(),
        })
        .unwrap();
    }

    pub(super) fn job_status(&self, job: JobId) -> JobStatus {
        self.database.job(job).unwrap().row.status
    }

    pub(super) fn task_statuses(&self, job: JobId) -> Vec<TaskStatus> {
        self.database
            .job(job)
            .unwrap()
            .tasks
            .iter()
            .map(|task| task.state.status)
            .collect()
    }
}
