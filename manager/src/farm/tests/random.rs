//! Random commands, with all invariants checked after each.

use std::time::Duration;

use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use proptest::prelude::*;

use super::world::{Plan, World};
use crate::farm::commands::jobs::{SetJobPriority, SetJobStatus};
use crate::farm::commands::reports::{AskMayRun, CheckReport, NotePicture, ReportTask};
use crate::farm::commands::tasks::{SetTaskStatus, TakeBack};
use crate::farm::commands::ticks::{AskFarmStatus, CheckTimeouts, SaveHeartbeats};
use crate::farm::commands::workers::{
    AskState, EndWait, RequestWorkerStatus, SignOff, StateChanged,
};
use crate::farm::state::Thresholds;

/// So many farms are lived through.
const CASES: u32 = 10_000;

/// Something that happens; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Happening {
    NewJob {
        priority: i32,
        tasks: Vec<(bool, i32, u32)>,
        paused: bool,
    },
    Ask {
        worker: usize,
        wait: bool,
    },
    Report {
        worker: usize,
        status: Option<TaskStatus>,
        steps: Option<i64>,
        stale: bool,
    },
    Wander {
        worker: usize,
        job: usize,
        index: u32,
        status: TaskStatus,
    },
    MayRun {
        worker: usize,
    },
    Worker {
        worker: usize,
        status: WorkerStatus,
    },
    Request {
        worker: usize,
        status: WorkerStatus,
        lazy: bool,
    },
    SignOff {
        worker: usize,
    },
    SignOn {
        worker: usize,
        both: bool,
    },
    EndWait {
        worker: usize,
        ticket: u64,
    },
    TakeBack {
        worker: usize,
    },
    Job {
        job: usize,
        status: JobStatus,
    },
    Priority {
        job: usize,
        priority: i32,
    },
    Task {
        job: usize,
        index: u32,
        status: TaskStatus,
    },
    Time {
        seconds: u64,
    },
    Commit,
    Restart,
}

fn task_status() -> impl Strategy<Value = TaskStatus> {
    prop::sample::select(TaskStatus::ALL)
}

fn happening() -> impl Strategy<Value = Happening> {
    let end = prop::sample::select(&[
        TaskStatus::Completed,
        TaskStatus::Completed,
        TaskStatus::Failed,
        TaskStatus::Active,
    ]);
    let tasks = prop::collection::vec((any::<bool>(), 49..52_i32, any::<u32>()), 0..9);
    let worker = 0..5_usize;
    let job = 0..6_usize;
    let state = prop::sample::select(&[
        WorkerStatus::Awake,
        WorkerStatus::Asleep,
        WorkerStatus::Offline,
        WorkerStatus::Error,
    ]);
    prop_oneof![
        3 => (49..52_i32, tasks, any::<bool>()).prop_map(|(priority, tasks, paused)| Happening::NewJob { priority, tasks, paused }),
        12 => (worker.clone(), any::<bool>()).prop_map(|(worker, wait)| Happening::Ask { worker, wait }),
        12 => (worker.clone(), prop::option::weighted(0.9, end), prop::option::of(0..4_i64), prop::bool::weighted(0.1))
            .prop_map(|(worker, status, steps, stale)| Happening::Report { worker, status, steps, stale }),
        1 => (worker.clone(), job.clone(), 0..9_u32, task_status())
            .prop_map(|(worker, job, index, status)| Happening::Wander { worker, job, index, status }),
        1 => worker.clone().prop_map(|worker| Happening::MayRun { worker }),
        2 => (worker.clone(), state.clone()).prop_map(|(worker, status)| Happening::Worker { worker, status }),
        1 => (worker.clone(), state, any::<bool>()).prop_map(|(worker, status, lazy)| Happening::Request { worker, status, lazy }),
        1 => worker.clone().prop_map(|worker| Happening::SignOff { worker }),
        2 => (worker.clone(), any::<bool>()).prop_map(|(worker, both)| Happening::SignOn { worker, both }),
        1 => (worker.clone(), 0..30_u64).prop_map(|(worker, ticket)| Happening::EndWait { worker, ticket }),
        1 => worker.prop_map(|worker| Happening::TakeBack { worker }),
        3 => (job.clone(), prop::sample::select(JobStatus::ALL)).prop_map(|(job, status)| Happening::Job { job, status }),
        1 => (job.clone(), 49..52_i32).prop_map(|(job, priority)| Happening::Priority { job, priority }),
        3 => (job, 0..9_u32, task_status()).prop_map(|(job, index, status)| Happening::Task { job, index, status }),
        2 => (0..90_u64).prop_map(|seconds| Happening::Time { seconds }),
        4 => Just(Happening::Commit),
        1 => Just(Happening::Restart),
    ]
}

fn plans(tasks: &[(bool, i32, u32)]) -> Vec<Plan> {
    (1_u32..)
        .zip(tasks)
        .map(|(index, (kind, priority, bits))| {
            // Dependencies only on earlier tasks, so that there is no circle; few of them.
            let dependencies = (1..index)
                .filter(|earlier| bits >> (earlier * 3) & 7 == 1)
                .collect();
            (if *kind { "a" } else { "b" }, *priority, dependencies)
        })
        .collect()
}

/// Refused or not, the farm must stay true to itself.
fn whatever<T>(_: T) {}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each thing that can happen"
)]
fn live(world: &mut World, happening: Happening) {
    let worker = |world: &World, number: usize| world.workers[number % world.workers.len()];
    let job = |world: &World, number: usize| -> Option<JobId> {
        (!world.jobs.is_empty()).then(|| world.jobs[number % world.jobs.len()])
    };
    match happening {
        Happening::NewJob {
            priority,
            tasks,
            paused,
        } => {
            if world.jobs.len() < 6 {
                let status = if paused {
                    JobStatus::Paused
                } else {
                    JobStatus::Queued
                };
                world.add_job(priority, &plans(&tasks), status);
            }
        }
        Happening::Ask {
            worker: number,
            wait,
        } => whatever(world.ask(worker(world, number), wait)),
        Happening::Report {
            worker: number,
            status,
            steps,
            stale,
        } => {
            let worker = worker(world, number);
            let Some(grant) = world.held.get(&worker).cloned() else {
                return;
            };
            let report = ReportTask {
                worker,
                task: grant.task,
                attempt: stale.then_some(grant.attempt + 1).or(Some(grant.attempt)),
                status,
                activity: None,
                steps_completed: steps,
            };
            if steps == Some(3) {
                whatever(world.order(CheckReport(report.clone())));
            }
            whatever(world.order(report));
        }
        Happening::Wander {
            worker: number,
            job: job_number,
            index,
            status,
        } => {
            let worker = worker(world, number);
            let Some(job) = job(world, job_number) else {
                return;
            };
            let (task, attempt, activity) =
                (TaskId::of_job(job, index), None, Some("late".to_owned()));
            whatever(world.order(ReportTask {
                worker,
                task,
                attempt,
                status: Some(status),
                activity,
                steps_completed: None,
            }));
            whatever(world.order(NotePicture {
                worker,
                task,
                attempt,
            }));
        }
        Happening::MayRun { worker: number } => {
            let worker = worker(world, number);
            let Some(grant) = world.held.get(&worker).cloned() else {
                return;
            };
            world.order(AskMayRun {
                worker,
                task: grant.task,
                attempt: Some(grant.attempt),
            });
            whatever(world.order(AskState { worker }));
        }
        Happening::Worker {
            worker: number,
            status,
        } => {
            whatever(world.order(StateChanged {
                worker: worker(world, number),
                status,
            }));
        }
        Happening::Request {
            worker: number,
            status,
            lazy,
        } => {
            whatever(world.order(RequestWorkerStatus {
                worker: worker(world, number),
                status,
                lazy,
            }));
        }
        Happening::SignOff { worker: number } => whatever(world.order(SignOff {
            worker: worker(world, number),
        })),
        Happening::SignOn {
            worker: number,
            both,
        } => {
            let types = if both {
                vec!["a".to_owned(), "b".to_owned()]
            } else {
                vec![" A ".to_owned()]
            };
            world.sign_on(worker(world, number), types);
        }
        Happening::EndWait {
            worker: number,
            ticket,
        } => {
            world.order(EndWait {
                worker: worker(world, number),
                ticket,
            });
        }
        Happening::TakeBack { worker: number } => {
            let Some(grant) = world.held.get(&worker(world, number)).cloned() else {
                return;
            };
            world.order(TakeBack {
                key: grant.key,
                attempt: grant.attempt,
            });
        }
        Happening::Job {
            job: number,
            status,
        } => {
            let Some(job) = job(world, number) else {
                return;
            };
            whatever(world.order(SetJobStatus {
                job,
                status,
                reason: "why not".to_owned(),
            }));
        }
        Happening::Priority {
            job: number,
            priority,
        } => {
            let Some(job) = job(world, number) else {
                return;
            };
            whatever(world.order(SetJobPriority { job, priority }));
        }
        Happening::Task {
            job: number,
            index,
            status,
        } => {
            let Some(job) = job(world, number) else {
                return;
            };
            let task = TaskId::of_job(job, index);
            whatever(world.order(SetTaskStatus {
                task,
                status,
                reason: "why not".to_owned(),
            }));
        }
        Happening::Time { seconds } => {
            world.now += Duration::from_secs(seconds);
            world.order(CheckTimeouts);
            world.order(SaveHeartbeats);
            world.order(AskFarmStatus);
        }
        Happening::Commit => world.commit(),
        Happening::Restart => world.restart(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_farm_stays_true_to_itself(
        workers in prop::collection::vec(0..3_usize, 1..5),
        fail_after in 1..4_usize,
        blocklist in 0..4_usize,
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let limit = |seconds| Some(Duration::from_secs(seconds));
        let thresholds =
            Thresholds { fail_after, blocklist, task_timeout: limit(120), worker_timeout: limit(60) };
        let mut world = World::new(thresholds);
        for kind in workers {
            world.add_worker([&["a"][..], &["b"], &["a", "b"]][kind]);
        }
        for happening in happenings {
            live(&mut world, happening);
        }
    }
}
