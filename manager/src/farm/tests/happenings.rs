//! What can happen to a farm, at random. Numbers are taken modulo what there is.

use std::time::Duration;

use farandole_protocol::api::{FindingClass, TaskFinding};
use farandole_protocol::headers::Idle;
use farandole_protocol::ids::{JobId, RunId, TaskId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use proptest::prelude::*;
use uuid::Uuid;

use super::build::{JobPlan, TaskPlan, WorkerPlan, tag};
use super::tag_happenings::{OfTags, of_tags};
use super::world::World;
use crate::farm::commands::jobs::SetJobPriority;
use crate::farm::commands::reports::{AskMayRun, CheckReport, NotePicture, ReportTask};
use crate::farm::commands::sleep::CheckSleepSchedules;
use crate::farm::commands::tasks::TakeBack;
use crate::farm::commands::ticks::{AskFarmStatus, CheckTimeouts, SaveHeartbeats, SetThresholds};
use crate::farm::commands::worker_mgt::{DeleteWorker, RequestWorkerStatus};
use crate::farm::commands::workers::{AskState, EndWait, SignOff, StateChanged};
use crate::farm::identity::Runs;
use crate::farm::state::Thresholds;

/// No farm has more jobs than this.
pub(super) const JOBS: usize = 5;

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// A job is released.
    Job(JobPlan),
    /// A Worker does something, or something happens to it.
    Worker(OfWorker),
    /// A person wants a Worker to be something.
    Request {
        worker: usize,
        status: WorkerStatus,
        lazy: bool,
    },
    /// A person wants a job to be something.
    SetJob { job: usize, status: JobStatus },
    /// A person wants a job to be earlier or later.
    Priority { job: usize, priority: i32 },
    /// A person wants a task to be something.
    SetTask {
        job: usize,
        index: u32,
        status: TaskStatus,
    },
    /// A person does something about tags, blocks or schedules.
    Tag(OfTags),
    /// A Worker is forgotten, and another comes.
    Forget { worker: usize },
    /// A job is to be deleted.
    Doom { job: usize },
    /// A job that is to be deleted goes; another does not.
    Remove { job: usize },
    /// Time passes, or the clock is set back.
    Time { seconds: i64 },
    /// The limits change.
    Limits(Thresholds),
    /// What was decided is stored.
    Commit,
    /// The Manager is killed and starts again.
    Restart,
}

/// Something that a Worker does, or that happens to it.
#[derive(Clone, Debug)]
pub(super) enum OfWorker {
    /// A Worker asks for a task.
    Ask { worker: usize, wait: bool },
    /// A Worker reports of what it was given last, perhaps of another attempt.
    Report {
        worker: usize,
        status: Option<TaskStatus>,
        steps: Option<i64>,
        says: Option<&'static str>,
        attempt: Attempt,
    },
    /// A Worker reports of any task.
    Wander {
        worker: usize,
        job: usize,
        index: u32,
        status: TaskStatus,
    },
    /// A Worker asks whether to go on, and what to be.
    MayRun { worker: usize, idle: Option<Idle> },
    /// A Worker says what it is.
    State { worker: usize, status: WorkerStatus },
    /// A Worker ends.
    SignOff { worker: usize },
    /// A Worker starts, perhaps with other types.
    SignOn {
        worker: usize,
        types: usize,
        runs: Runs,
    },
    /// A wait ends: this Worker's, or that of an older request.
    EndWait { worker: usize, older: u64 },
    /// The latest hand-out did not reach its Worker.
    TakeBack { worker: usize },
}

/// Of which attempt a Worker speaks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Attempt {
    Latest,
    Unsaid,
    Other,
}

/// What types a Worker takes, by number; the third is what a person may type.
pub(super) const TYPES: [&[&str]; 4] = [&["a"], &["b"], &["a", "b"], &[" A "]];

pub(super) fn limits() -> impl Strategy<Value = Thresholds> {
    let limit = |seconds: u64| prop::option::weighted(0.9, Just(Duration::from_secs(seconds)));
    (
        (0..4_usize, 0..4_usize, 0..4_u32),
        limit(120),
        limit(60),
        limit(150),
    )
        .prop_map(
            |(
                (fail_after, blocklist, lost_attempts),
                task_timeout,
                worker_timeout,
                ephemeral_worker_timeout,
            )| {
                Thresholds {
                    fail_after,
                    blocklist,
                    task_timeout,
                    worker_timeout,
                    ephemeral_worker_timeout,
                    lost_attempts,
                }
            },
        )
}

fn job() -> impl Strategy<Value = JobPlan> {
    let task = (any::<bool>(), 49..52_i32, any::<u64>());
    let tags = prop::option::weighted(0.25, 0..2_u8);
    let tasks = prop::collection::vec(task, 0..13);
    let paused = prop::bool::weighted(0.1);
    (49..52_i32, tags, tasks, paused).prop_map(|(priority, number, tasks, paused)| JobPlan {
        priority,
        tag: number.map(tag),
        tasks: (1..)
            .zip(tasks)
            .map(|(index, (kind, priority, bits))| TaskPlan {
                task_type: if kind { "a" } else { "b" },
                priority,
                dependencies: dependencies(index, bits),
                optional: bits % 4 == 0,
            })
            .collect(),
        initial_status: if paused {
            JobStatus::Paused
        } else {
            JobStatus::Queued
        },
    })
}

/// What a Worker that reports these steps has noticed: mostly nothing, sometimes a warning or what fails the job.
fn findings(steps: Option<i64>) -> Vec<TaskFinding> {
    let class = match steps {
        Some(1) => FindingClass::PythonError,
        Some(2) => FindingClass::Scene,
        _ => return Vec::new(),
    };
    vec![TaskFinding {
        class,
        frame: None,
        line: "a line".to_owned(),
    }]
}

/// Few, and only on earlier tasks, so that there is no circle.
fn dependencies(index: u32, bits: u64) -> Vec<u32> {
    (1..index)
        .filter(|earlier| bits >> (earlier * 3) & 7 == 1)
        .collect()
}

pub(super) fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        50 => of_workers().prop_map(Happening::Worker),
        14 => of_people(),
        6 => of_tags().prop_map(Happening::Tag),
        4 => job().prop_map(Happening::Job),
        10 => of_the_house(),
    ]
}

fn of_workers() -> impl Strategy<Value = OfWorker> {
    use prop::sample::select;
    let worker = || 0..5_usize;
    let end = select(&[
        TaskStatus::Completed,
        TaskStatus::Completed,
        TaskStatus::Failed,
        TaskStatus::Failed,
        TaskStatus::Active,
        TaskStatus::Paused,
    ]);
    let attempt = select(&[
        Attempt::Latest,
        Attempt::Latest,
        Attempt::Unsaid,
        Attempt::Other,
    ]);
    let state = select(&[
        WorkerStatus::Awake,
        WorkerStatus::Awake,
        WorkerStatus::Asleep,
        WorkerStatus::Error,
    ]);
    let report = (
        worker(),
        prop::option::weighted(0.9, end),
        prop::option::of(-1..4_i64),
        prop::option::of(Just("at it")),
        attempt,
    );
    prop_oneof![
        18 => (worker(), any::<bool>()).prop_map(|(worker, wait)| OfWorker::Ask { worker, wait }),
        18 => report.prop_map(|(worker, status, steps, says, attempt)| OfWorker::Report { worker, status, steps, says, attempt }),
        1 => (worker(), 0..JOBS, 0..14_u32, select(TaskStatus::ALL))
            .prop_map(|(worker, job, index, status)| OfWorker::Wander { worker, job, index, status }),
        2 => (worker(), prop::option::of(idle())).prop_map(|(worker, idle)| OfWorker::MayRun { worker, idle }),
        3 => (worker(), state).prop_map(|(worker, status)| OfWorker::State { worker, status }),
        1 => worker().prop_map(|worker| OfWorker::SignOff { worker }),
        3 => (worker(), 0..TYPES.len(), runs())
            .prop_map(|(worker, types, runs)| OfWorker::SignOn { worker, types, runs }),
        2 => (worker(), 0..3_u64).prop_map(|(worker, older)| OfWorker::EndWait { worker, older }),
        1 => worker().prop_map(|worker| OfWorker::TakeBack { worker }),
    ]
}

fn idle() -> impl Strategy<Value = Idle> {
    let exit = prop::option::of(0..90_u32);
    (0..200_u32, 0..200_u32, 0..200_u32, exit).prop_map(|(output, frame, processor, exit)| Idle {
        output,
        frame,
        processor,
        exit,
    })
}

fn runs() -> impl Strategy<Value = Runs> {
    let run = || {
        prop::option::of((0..3_u128).prop_map(|number| RunId::from_uuid(Uuid::from_u128(number))))
    };
    (run(), run()).prop_map(|(current, previous)| Runs { current, previous })
}

fn of_people() -> impl Strategy<Value = Happening> {
    use prop::sample::select;
    let state = select(&[
        WorkerStatus::Awake,
        WorkerStatus::Asleep,
        WorkerStatus::Offline,
    ]);
    prop_oneof![
        5 => (0..JOBS, select(JobStatus::ALL)).prop_map(|(job, status)| Happening::SetJob { job, status }),
        5 => (0..JOBS, 1..14_u32, select(TaskStatus::ALL)).prop_map(|(job, index, status)| Happening::SetTask { job, index, status }),
        2 => (0..JOBS, 49..52_i32).prop_map(|(job, priority)| Happening::Priority { job, priority }),
        2 => (0..5_usize, state, any::<bool>()).prop_map(|(worker, status, lazy)| Happening::Request { worker, status, lazy }),
        1 => (0..JOBS).prop_map(|job| Happening::Doom { job }),
        1 => (0..5_usize).prop_map(|worker| Happening::Forget { worker }),
    ]
}

fn of_the_house() -> impl Strategy<Value = Happening> {
    prop_oneof![
        5 => (-5..90_i64).prop_map(|seconds| Happening::Time { seconds }),
        8 => Just(Happening::Commit),
        2 => Just(Happening::Restart),
        1 => limits().prop_map(Happening::Limits),
        2 => (0..JOBS).prop_map(|job| Happening::Remove { job }),
    ]
}

/// Refused or not, the farm must stay true to itself.
pub(super) fn whatever<T>(_: T) {}

impl World {
    /// Lets something happen.
    pub(super) fn live(&mut self, happening: Happening) {
        match happening {
            Happening::Job(plan) => {
                if self.jobs.len() < JOBS {
                    self.add_job(&plan);
                }
            }
            Happening::SetJob { job, status } => {
                if let Some(job) = self.any_job(job) {
                    whatever(self.set_job(job, status));
                }
            }
            Happening::Priority { job, priority } => {
                if let Some(job) = self.any_job(job) {
                    whatever(self.order(SetJobPriority { job, priority }));
                }
            }
            Happening::SetTask { job, index, status } => {
                if let Some(job) = self.any_job(job) {
                    whatever(self.set_task(job, index, status));
                }
            }
            Happening::Doom { job } => {
                if let Some(job) = self.any_job(job) {
                    whatever(self.doom(job));
                }
            }
            Happening::Remove { job } => {
                if let Some(job) = self.any_job(job) {
                    whatever(self.remove(job));
                }
            }
            Happening::Forget { worker } => {
                let worker = self.any_worker(worker);
                self.order(DeleteWorker { worker }).unwrap();
                self.replace_the_forgotten();
            }
            Happening::Time { seconds } => {
                match u64::try_from(seconds) {
                    Ok(seconds) => self.now += Duration::from_secs(seconds),
                    Err(_) => self.set_clock(seconds),
                }
                self.order(CheckTimeouts);
                let clock = self.clock();
                self.order(CheckSleepSchedules { clock });
                self.order(SaveHeartbeats);
                self.order(AskFarmStatus);
                self.replace_the_forgotten();
            }
            Happening::Limits(limits) => self.order(SetThresholds(limits)),
            Happening::Commit => self.commit(),
            Happening::Restart => self.restart(),
            Happening::Request {
                worker,
                status,
                lazy,
            } => {
                let worker = self.any_worker(worker);
                let request = RequestWorkerStatus {
                    worker,
                    status,
                    lazy,
                };
                self.order(request).unwrap();
            }
            Happening::Worker(happening) => self.live_worker(happening),
            Happening::Tag(happening) => self.live_tags(happening),
        }
    }

    fn live_worker(&mut self, happening: OfWorker) {
        match happening {
            OfWorker::Ask { worker, wait } => {
                let worker = self.any_worker(worker);
                self.ask(worker, wait);
            }
            OfWorker::Report {
                worker,
                status,
                steps,
                says,
                attempt,
            } => {
                let worker = self.any_worker(worker);
                let Some(grant) = self.held.get(&worker) else {
                    return;
                };
                let report = ReportTask {
                    worker,
                    task: grant.task,
                    attempt: match attempt {
                        Attempt::Latest => Some(grant.attempt),
                        Attempt::Unsaid => None,
                        Attempt::Other => Some(grant.attempt + 1),
                    },
                    status,
                    activity: says.map(str::to_owned),
                    steps_completed: steps,
                    findings: findings(steps),
                    outputs: Vec::new(),
                };
                if says.is_some() {
                    whatever(self.order(CheckReport(report.clone())));
                }
                whatever(self.order(report));
            }
            OfWorker::Wander {
                worker,
                job,
                index,
                status,
            } => {
                if let Some(job) = self.any_job(job) {
                    self.wander(self.any_worker(worker), TaskId::of_job(job, index), status);
                }
            }
            OfWorker::MayRun { worker, idle } => {
                let worker = self.any_worker(worker);
                if let Some(grant) = self.held.get(&worker) {
                    let (task, attempt) = (grant.task, Some(grant.attempt));
                    self.order(AskMayRun {
                        worker,
                        task,
                        attempt,
                        idle,
                    });
                }
                whatever(self.order(AskState { worker }));
            }
            OfWorker::State { worker, status } => {
                let worker = self.any_worker(worker);
                self.order(StateChanged { worker, status }).unwrap();
            }
            OfWorker::SignOff { worker } => {
                let worker = self.any_worker(worker);
                self.order(SignOff { worker }).unwrap();
            }
            OfWorker::SignOn {
                worker,
                types,
                runs,
            } => {
                let types = TYPES[types].iter().map(|name| (*name).to_owned()).collect();
                whatever(self.sign_on_as(self.any_worker(worker), types, runs));
            }
            OfWorker::EndWait { worker, older } => {
                let worker = self.any_worker(worker);
                if let Some(ticket) = self.pending.get(&worker) {
                    let ticket = ticket.saturating_sub(older);
                    self.order(EndWait { worker, ticket });
                }
            }
            OfWorker::TakeBack { worker } => {
                let worker = self.any_worker(worker);
                if let Some(grant) = self.held.get(&worker) {
                    let (key, attempt) = (grant.key, grant.attempt);
                    self.order(TakeBack { key, attempt });
                }
            }
        }
    }

    fn wander(&mut self, worker: WorkerId, task: TaskId, status: TaskStatus) {
        let attempt = None;
        whatever(self.order(ReportTask {
            worker,
            task,
            attempt,
            status: Some(status),
            activity: Some("late".to_owned()),
            steps_completed: None,
            findings: Vec::new(),
            outputs: Vec::new(),
        }));
        self.order(AskMayRun {
            worker,
            task,
            attempt,
            idle: None,
        });
        self.order(NotePicture {
            worker,
            task,
            attempt,
        })
        .ok();
    }

    /// For each Worker that the farm no longer knows, another comes.
    fn replace_the_forgotten(&mut self) {
        let all = self.workers.len();
        self.workers
            .retain(|id| self.farm.worker_by_id(*id).is_some());
        for _ in self.workers.len()..all {
            self.add_worker(&WorkerPlan {
                types: TYPES[2].to_vec(),
                tags: Vec::new(),
                ephemeral: true,
            });
        }
    }

    pub(super) fn any_worker(&self, number: usize) -> WorkerId {
        self.workers[number % self.workers.len()]
    }

    pub(super) fn any_job(&self, number: usize) -> Option<JobId> {
        self.jobs.get(number % self.jobs.len().max(1)).copied()
    }
}
