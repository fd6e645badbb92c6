//! What people are told when they ask why something is not being worked on.

use std::collections::BTreeMap;
use std::time::Duration;

use farandole_protocol::api::ReasonCode as C;
use farandole_protocol::api::{TaskWhy, WorkerReason};
use farandole_protocol::headers::Idle;
use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;
use proptest::prelude::*;

use super::build::farm;
use super::happenings::{happening, limits};
use super::random::worker;
use super::world::World;
use crate::farm::commands::reports::AskMayRun;
use crate::farm::commands::ticks::CheckTimeouts;
use crate::farm::commands::why::{AskWhyJob, AskWhyTask};
use crate::farm::commands::worker_mgt::RequestWorkerStatus;
use crate::farm::commands::workers::{AskState, ScheduleTask, SignOff};
use crate::farm::decision::{Answer, FarmCommand as _};
use crate::farm::keys::TaskKey;
use crate::farm::worker::Worker;

impl World {
    /// What is said of a task of the first job, in memory or not.
    fn why(&mut self, index: u32) -> TaskWhy {
        let task = TaskId::of_job(self.jobs[0], index);
        self.order(AskWhyTask { task }).unwrap()
    }
}

/// Code and text of each Worker's reason.
fn said(workers: &[WorkerReason]) -> Vec<(C, &str)> {
    workers
        .iter()
        .map(|worker| (worker.code, worker.text.as_str()))
        .collect()
}

#[test]
fn each_worker_has_a_reason_of_its_own() {
    let mut world = farm()
        .limits(|limits| limits.blocklist = 2)
        .worker(&["a"], &[1])
        .worker(&["a"], &[1])
        .worker(&["b"], &[1])
        .worker(&["a"], &[])
        .worker(&["a"], &[1])
        .job(|job| job.tag(1).tasks(6))
        .open();
    let [next, failing, .., asleep] = world.workers[..] else {
        panic!()
    };
    world.set_worker(asleep, W::Asleep);
    world.work(failing, T::Failed);
    let why = world.why(1);
    assert_eq!(
        said(&why.workers),
        [
            (
                C::MayRun,
                "nothing, it may run: the worker gets it when it next asks for a task"
            ),
            (
                C::FailedBefore,
                "the worker has failed it before, and another one is to try"
            ),
            (
                C::TaskTypeUnsupported,
                "the worker does not take tasks of type a"
            ),
            (
                C::TagMissing,
                "the worker does not have the job's tag \"tag 1\""
            ),
            (C::WorkerNotAwake, "the worker is asleep"),
        ]
    );
    assert_eq!(
        (why.summary.as_str(), &why.reason),
        (
            "nothing keeps the task: w1 gets it when it next asks",
            &None
        )
    );
    world.work(failing, T::Failed);
    world.fetch(next);
    let why = world.why(3);
    assert_eq!(
        said(&why.workers)[..2],
        [
            (
                C::WorkerBusy,
                "the worker is busy with task \"task 1\" of job \"job 1\""
            ),
            (
                C::Blocklisted,
                "the worker is blocked from such tasks of this job, having failed \"task 1\" (active), \
                 \"task 2\" (soft-failed)"
            ),
        ]
    );
    assert_eq!(why.summary, "the task waits for a worker: 1 of 5 are busy");
    let why = world.why(1);
    assert_eq!(
        said(&why.workers)[0],
        (C::Running, "the worker is working on it")
    );
    assert_eq!(why.summary, "the task is being worked on by w1");
}

#[test]
fn what_lasts_is_said_before_what_will_pass() {
    // Everybody is busy, but nobody has the tag either: waiting would not help.
    let mut world = farm()
        .workers(1)
        .job(|job| job.tag(1).tasks(1))
        .job(|job| job.tasks(1))
        .open();
    world.fetch(world.workers[0]);
    let why = world.why(1);
    assert_eq!(why.workers[0].code, C::TagMissing);
    let job = world.jobs[0];
    let why = world.order(AskWhyJob { job }).unwrap();
    assert_eq!(why.workers[0].code, C::TagMissing);
    assert_eq!(
        why.summary,
        "no worker can take the job now, see the reason for each"
    );
}

#[test]
fn what_keeps_a_task_from_all_is_said_first() {
    let mut world = farm()
        .workers(1)
        .job(|job| job.tasks(7).task("a", 50, &[1, 2, 3, 4, 5, 6, 7]))
        .open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let why = world.why(8);
    let reason = why.reason.unwrap();
    assert_eq!(reason.code, C::DependenciesUnfinished);
    assert!(
        reason.text.ends_with("\"task 5\" (queued) and 2 more"),
        "{}",
        reason.text
    );
    assert_eq!(said(&why.workers), [(reason.code, reason.text.as_str())]);
    assert_eq!(world.why(2).workers[0].code, C::OthersFirst);
    world.work(worker, T::Completed);
    assert_eq!(world.why(1).reason.unwrap().text, "the task is completed");

    let (status, lazy) = (W::Asleep, true);
    world
        .order(RequestWorkerStatus {
            worker,
            status,
            lazy,
        })
        .unwrap();
    assert_eq!(
        said(&world.why(2).workers),
        [(C::StatusRequested, "the worker is asked to be asleep first")]
    );
    world.set_job(job, J::Paused).unwrap();
    let paused = world.order(AskWhyJob { job }).unwrap();
    assert_eq!(
        paused.summary,
        "the job is not being worked on: the job is paused"
    );
    world.set_job(job, J::Canceled).unwrap();
    world.commit();
    assert_eq!(
        world.why(2).reason.unwrap().code,
        C::JobNotRunning,
        "also once it has left memory"
    );
}

#[test]
fn what_does_not_exist_has_no_reason_and_a_farm_without_workers_says_so() {
    let mut world = farm().job(|job| job.tasks(1)).open();
    let job = JobId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(world.order(AskWhyJob { job }), None);
    let task = TaskId::of_job(world.jobs[0], 2);
    assert_eq!(world.order(AskWhyTask { task }), None);
    assert_eq!(world.why(1).reason.unwrap().code, C::NoWorkers);
    let why = world.order(AskWhyJob { job: world.jobs[0] }).unwrap();
    assert_eq!(why.reason.unwrap().code, C::NoWorkers);
}

#[test]
fn of_a_job_the_best_that_a_worker_could_have_counts() {
    let mut world = farm()
        .workers(2)
        .worker(&["b"], &[])
        .job(|job| job.tasks(1).task("a", 50, &[1]))
        .open();
    let job = world.jobs[0];
    let mut codes = || -> Vec<C> {
        let why = world.order(AskWhyJob { job }).unwrap();
        why.workers.iter().map(|worker| worker.code).collect()
    };
    assert_eq!(codes(), [C::MayRun, C::MayRun, C::TaskTypeUnsupported]);
    world.fetch(world.workers[0]);
    let why = world.order(AskWhyJob { job }).unwrap();
    assert_eq!(
        said(&why.workers)[..2],
        [
            (C::Running, "the worker is working on it"),
            (
                C::NothingReady,
                "one of its tasks is being worked on, and no other waits for a worker now"
            )
        ]
    );
    assert_eq!(why.summary, "the job is being worked on by w1");
}

/// What each Worker would be given if it asked now. Not those that hold a task, who get it again, nor those that are
/// lost, who are found again as soon as they ask.
fn given(world: &World) -> BTreeMap<WorkerId, TaskKey> {
    let mut given = BTreeMap::new();
    let asks = |worker: &&Worker| worker.running.is_none() && worker.status != W::Error;
    for worker in world.farm.workers().filter(asks) {
        let order = ScheduleTask {
            worker: worker.id,
            ticket: None,
        };
        let decision = order.decide(&mut world.farm.clone(), world.now);
        for handout in decision.handouts {
            if let (true, Answer::Task(grant)) = (handout.worker == worker.id, handout.answer) {
                given.insert(worker.id, grant.key);
            }
        }
    }
    given
}

/// What is said of a running task whose Worker says this of its program, and whether that was told to who listens.
fn said_of_idle(idle: Idle) -> (String, bool) {
    let mut world = farm()
        .worker(&["blender"], &[])
        .job(|job| job.task("blender", 50, &[]))
        .open();
    let worker = world.workers[0];
    let grant = world.fetch(worker);
    world.now += Duration::from_secs(30);
    world.order(AskMayRun {
        worker,
        task: grant.task,
        attempt: Some(1),
        idle: Some(idle),
    });
    let was_told = !world.facts.is_empty();
    let why = world.why(1);
    assert!(
        why.summary.contains("is being worked on by w1"),
        "{}",
        why.summary
    );
    let [reason] = &why.workers[..] else { panic!() };
    assert_eq!(reason.code, C::Running);
    let remark = reason
        .text
        .strip_prefix("the worker is working on it")
        .unwrap();
    assert!(why.summary.ends_with(remark), "{}", why.summary);
    (reason.text.clone(), was_told)
}

#[test]
fn a_program_that_does_nothing_is_mentioned() {
    let idle = |seconds, exit| Idle {
        output: seconds,
        frame: seconds + 60,
        processor: seconds + 1,
        exit,
    };
    assert_eq!(
        said_of_idle(idle(5, None)),
        ("the worker is working on it".to_owned(), false)
    );
    let silent = "the worker is working on it: no output, no finished frame and no processor time for 4 m; it times out \
                  after 10 m";
    assert_eq!(said_of_idle(idle(240, None)), (silent.to_owned(), true));
    let saved = "the worker is working on it: all frames are done; Blender has not ended for 40 s";
    assert_eq!(said_of_idle(idle(39, Some(40))), (saved.to_owned(), true));
    assert!(!said_of_idle(idle(1, Some(2))).1, "it is about to end");
}

#[test]
fn a_program_that_is_at_work_again_is_not_mentioned_any_more() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    let says = |world: &mut World, seconds| {
        world.now += Duration::from_secs(10);
        world.order(AskMayRun {
            worker,
            task: grant.task,
            attempt: Some(1),
            idle: Some(Idle {
                output: seconds,
                frame: seconds,
                processor: seconds,
                exit: None,
            }),
        });
        let activity = world.database.job(job).unwrap().tasks[0]
            .state
            .activity
            .clone();
        (activity, !world.facts.is_empty())
    };
    let (activity, _) = says(&mut world, 90);
    assert!(
        activity.starts_with("no output, no finished frame"),
        "{activity}"
    );
    assert_eq!(says(&mut world, 2), ("Progress".to_owned(), true));
    assert_eq!(says(&mut world, 3), ("Progress".to_owned(), false));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_task_may_run_exactly_when_it_would_be_handed_out(
        limits in limits(),
        workers in prop::collection::vec(worker(), 1..6),
        happenings in prop::collection::vec(happening(), 1..40),
    ) {
        let mut world = World::new(limits);
        for plan in &workers {
            world.add_worker(plan);
        }
        for happening in happenings {
            world.live(happening);
        }
        let given = given(&world);
        for job in world.farm.jobs() {
            for index in (1..).take(job.task_count()) {
                let why = world.farm.why_task(job.key(index)).unwrap();
                for said in why.workers {
                    let is_given = given.get(&said.worker_id) == Some(&job.key(index));
                    prop_assert_eq!(said.code == C::MayRun, is_given, "{:?}", said);
                }
            }
            for said in world.farm.why_job(job.no).unwrap().workers {
                let is_given = given.get(&said.worker_id).is_some_and(|key| key.job == job.no);
                prop_assert_eq!(said.code == C::MayRun, is_given, "{:?}", said);
            }
        }
    }
}

#[test]
fn a_job_that_only_a_worker_that_is_away_could_go_on_with_says_so() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let [anna, bert] = world.workers[..] else {
        panic!()
    };
    world.order(SignOff { worker: bert }).unwrap();
    world.work(anna, T::Failed);
    let since = world.now.format("%Y-%m-%d %H:%M UTC");
    let why = world.why(1);
    let said = format!("the worker has been offline since {since}");
    assert_eq!(why.workers[1].text, said);
    assert_eq!(why.summary, format!("the task waits for w2: {said}"));
}

#[test]
fn a_task_that_loses_its_workers_again_and_again_is_pointed_out() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let worker = world.workers[0];
    for count in 1..4 {
        world.fetch(worker);
        world.now += Duration::from_mins(1);
        world.order(CheckTimeouts);
        world.order(AskState { worker }).unwrap();
        let summary = world.why(1).summary;
        let said = format!(
            "task \"task 1\" has lost its workers {count} times; it fails when that has happened 5 times"
        );
        assert_eq!(summary.contains(&said), count > 1, "{summary}");
    }
    let summary = world
        .order(AskWhyJob { job: world.jobs[0] })
        .unwrap()
        .summary;
    assert!(
        summary.contains("has lost its workers 3 times"),
        "{summary}"
    );
}
