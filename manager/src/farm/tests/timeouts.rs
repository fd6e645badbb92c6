//! Workers that were silent, and tasks that made no progress, for too long.

use std::time::Duration;

use farandole_protocol::headers::Idle;
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;

use super::build::farm;
use super::world::World;
use crate::farm::commands::reports::{AskMayRun, CheckReport, MayRun, ReportError, ReportTask};
use crate::farm::commands::ticks::{CheckTimeouts, SaveHeartbeats};
use crate::farm::commands::worker_mgt::RequestWorkerStatus;
use crate::farm::commands::workers::{AskState, SignOff};
use crate::farm::decision::Grant;
use crate::farm::write::{AttemptEnd, Write};

fn pass(world: &mut World, time: Duration) {
    world.now += time;
    world.order(CheckTimeouts);
}

fn question(world: &World, grant: &Grant) -> AskMayRun {
    AskMayRun {
        worker: world.workers[0],
        task: grant.task,
        attempt: None,
        idle: None,
    }
}

/// The same, of a Worker that says for how many seconds its program has done nothing.
fn idle_for(world: &World, grant: &Grant, seconds: u32) -> AskMayRun {
    AskMayRun {
        idle: Some(Idle {
            output: seconds + 7,
            frame: seconds + 100,
            processor: seconds,
            exit: None,
        }),
        ..question(world, grant)
    }
}

#[test]
fn a_question_alone_is_no_progress() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    for _ in 0..20 {
        assert_eq!(world.order(question(&world, &grant)), MayRun::Yes);
        pass(&mut world, Duration::from_secs(30));
    }
    assert_eq!(world.task_status(job, 1), T::SoftFailed);
    assert_eq!(world.worker_status(worker), W::Awake, "but a sign of life");
}

#[test]
fn a_task_times_out_when_its_program_has_done_nothing_for_too_long() {
    let mut world = farm()
        .workers(2)
        .limits(|limits| limits.worker_timeout = None)
        .job(|job| job.tasks(20))
        .open();
    let job = world.jobs[0];
    let grant = world.fetch(world.workers[0]);
    for _ in 0..100 {
        world.now += Duration::from_secs(30);
        let busy = idle_for(&world, &grant, 3);
        assert_eq!(world.order(busy), MayRun::Yes);
        pass(&mut world, Duration::ZERO);
        assert_eq!(world.task_status(job, 1), T::Active);
    }
    // From now on it hangs; the last sign of life was three seconds ago.
    pass(&mut world, Duration::from_secs(590));
    let hangs = idle_for(&world, &grant, 593);
    assert_eq!(world.order(hangs), MayRun::Yes);
    pass(&mut world, Duration::from_secs(6));
    assert_eq!(world.task_status(job, 1), T::Active);
    pass(&mut world, Duration::from_secs(1));
    assert_eq!(world.task_status(job, 1), T::SoftFailed);
}

#[test]
fn what_is_older_than_a_report_takes_no_progress_back() {
    let mut world = farm()
        .workers(2)
        .limits(|limits| limits.worker_timeout = None)
        .job(|job| job.tasks(20))
        .open();
    let job = world.jobs[0];
    let grant = world.fetch(world.workers[0]);
    pass(&mut world, Duration::from_secs(500));
    world.report(world.workers[0], &grant, T::Active).unwrap();
    let late = idle_for(&world, &grant, 500);
    assert_eq!(world.order(late), MayRun::Yes);
    pass(&mut world, Duration::from_secs(599));
    assert_eq!(world.task_status(job, 1), T::Active);
    pass(&mut world, Duration::from_secs(1));
    assert_eq!(world.task_status(job, 1), T::SoftFailed);
}

#[test]
fn a_task_timeout_is_a_soft_failure() {
    let mut world = farm()
        .workers(3)
        .limits(|limits| limits.worker_timeout = None)
        .job(|job| job.tasks(20))
        .open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    pass(
        &mut world,
        Duration::from_mins(10) - Duration::from_micros(1),
    );
    assert_eq!(world.task_status(job, 1), T::Active);
    pass(&mut world, Duration::from_micros(1));
    assert_eq!(
        (world.job_status(job), world.task_status(job, 1)),
        (J::Active, T::SoftFailed)
    );
    assert_eq!(
        world.database.attempts[&(grant.key, 1)].1,
        Some(AttemptEnd::TimedOut)
    );
    let activity = &world.database.job(job).unwrap().tasks[0].state.activity;
    assert!(activity.contains("timed out"), "why is told: {activity}");
    assert_eq!(
        world.report(worker, &grant, T::Completed),
        Err(ReportError::NotRunning(T::SoftFailed))
    );
    assert_eq!(
        world.fetch(world.workers[1]).key,
        grant.key,
        "another one tries"
    );
    assert_ne!(world.fetch(worker).key, grant.key);
}

#[test]
fn whatever_a_worker_says_of_its_task_keeps_it() {
    let mut world = farm()
        .workers(1)
        .limits(|limits| limits.worker_timeout = None)
        .job(|job| job.tasks(20))
        .open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    let report = ReportTask {
        worker,
        task: grant.task,
        attempt: None,
        status: None,
        activity: None,
        steps_completed: None,
        findings: Vec::new(),
        outputs: Vec::new(),
    };
    for turn in 0..6 {
        world.now += Duration::from_mins(9);
        match turn % 3 {
            0 => assert_eq!(world.order(idle_for(&world, &grant, 1)), MayRun::Yes),
            1 => drop(world.order(report.clone()).unwrap()),
            _ => drop(world.order(CheckReport(report.clone())).unwrap()),
        }
        pass(&mut world, Duration::ZERO);
        assert_eq!(world.task_status(job, 1), T::Active);
    }
    // To ask for its state keeps the Worker, not the task.
    world.now += Duration::from_mins(9);
    world.order(AskState { worker }).unwrap();
    pass(&mut world, Duration::from_mins(1));
    assert_ne!(world.task_status(job, 1), T::Active);
}

#[test]
fn a_silent_worker_is_lost_and_its_task_goes_back_without_a_failure() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    world.set_worker(world.workers[1], W::Asleep);
    // Long enough for the task's own limit as well: a lost Worker has not failed its task.
    pass(&mut world, Duration::from_mins(11));
    assert_eq!(world.worker_status(worker), W::Error);
    assert_eq!(world.worker_status(world.workers[1]), W::Error);
    assert_eq!(
        (world.job_status(job), world.task_status(job, 1)),
        (J::Active, T::Queued)
    );
    assert_eq!(
        world.database.attempts[&(grant.key, 1)].1,
        Some(AttemptEnd::Requeued)
    );
    assert!(world.database.job(job).unwrap().failures.is_empty());
}

#[test]
fn a_timed_out_worker_that_shows_up_again_recovers_by_itself() {
    for before in [W::Awake, W::Asleep, W::Starting] {
        let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
        let worker = world.workers[0];
        world.set_worker(worker, before);
        pass(&mut world, Duration::from_mins(1));
        assert_eq!(world.worker_status(worker), W::Error);
        world.restart();
        world.order(AskState { worker }).unwrap();
        assert_eq!(world.worker_status(worker), before);
        if before == W::Awake {
            world.fetch(worker);
        }
    }
}

#[test]
fn a_lost_worker_that_speaks_of_its_lost_task_recovers_and_is_refused() {
    let mut world = farm().workers(2).job(|job| job.tasks(1)).open();
    let (worker, other) = (world.workers[0], world.workers[1]);
    let grant = world.fetch(worker);
    pass(&mut world, Duration::from_mins(1));
    assert_eq!(
        world.report(worker, &grant, T::Completed),
        Err(ReportError::NotRunning(T::Queued))
    );
    assert_eq!(world.worker_status(worker), W::Awake);
    world.order(AskState { worker: other }).unwrap();
    world.fetch(other);
    assert_eq!(world.order(question(&world, &grant)), MayRun::NotYours);
}

#[test]
fn a_worker_that_said_itself_that_it_is_in_error_does_not_recover_by_itself() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    world.set_worker(worker, W::Error);
    world.order(AskState { worker }).unwrap();
    assert_eq!(world.worker_status(worker), W::Error);
}

#[test]
fn a_lost_worker_that_signs_off_comes_back_as_it_went() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    world.set_worker(worker, W::Asleep);
    pass(&mut world, Duration::from_mins(1));
    world.order(SignOff { worker }).unwrap();
    assert_eq!(world.sign_on(worker, vec!["a".to_owned()]), W::Asleep);
}

#[test]
fn a_lost_worker_has_nothing_asked_of_it_any_more() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    let request = RequestWorkerStatus {
        worker,
        status: W::Asleep,
        lazy: false,
    };
    world.order(request).unwrap();
    pass(&mut world, Duration::from_mins(1));
    assert_eq!(world.order(AskState { worker }), Ok(None));
}

#[test]
fn who_is_offline_or_never_signed_on_cannot_fall_silent() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    world.order(SignOff { worker }).unwrap();
    pass(&mut world, Duration::from_hours(9));
    assert_eq!(world.worker_status(worker), W::Offline);
}

#[test]
fn a_task_timeout_of_nothing_disables_only_task_timeouts() {
    let mut world = farm()
        .workers(1)
        .limits(|limits| limits.task_timeout = None)
        .job(|job| job.tasks(20))
        .open();
    let worker = world.workers[0];
    let grant = world.fetch(worker);
    for _ in 0..30 {
        world.now += Duration::from_secs(50);
        world.order(AskState { worker }).unwrap();
        pass(&mut world, Duration::ZERO);
    }
    assert_eq!(world.order(question(&world, &grant)), MayRun::Yes);
    pass(&mut world, Duration::from_mins(1));
    assert_eq!(world.worker_status(worker), W::Error);
    assert_eq!(
        world.task_status(world.jobs[0], 1),
        T::Queued,
        "given back, not failed"
    );
}

#[test]
fn a_worker_timeout_of_nothing_disables_only_worker_timeouts() {
    let mut world = farm()
        .workers(2)
        .limits(|limits| limits.worker_timeout = None)
        .job(|job| job.tasks(20))
        .open();
    world.fetch(world.workers[0]);
    pass(&mut world, Duration::from_mins(10));
    assert_eq!(world.worker_status(world.workers[0]), W::Awake);
    assert_eq!(world.task_status(world.jobs[0], 1), T::SoftFailed);
}

#[test]
fn no_limit_is_too_long_and_no_clock_too_wrong() {
    // Found in review: such a limit overflowed the date, and the Manager with it.
    let mut world = farm()
        .workers(1)
        .limits(|limits| {
            limits.task_timeout = Some(Duration::MAX);
            limits.worker_timeout = Some(Duration::MAX);
        })
        .job(|job| job.tasks(20))
        .open();
    world.fetch(world.workers[0]);
    pass(&mut world, Duration::from_hours(99_999));
    world.set_clock(-3_600 * 199_999);
    world.order(CheckTimeouts);
    assert_eq!(world.task_status(world.jobs[0], 1), T::Active);
}

#[test]
fn a_spell_of_trouble_does_not_time_the_farm_out() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    world.fetch(world.workers[0]);
    world.now += Duration::from_hours(5);
    world.restart();
    pass(&mut world, Duration::from_secs(59));
    assert_eq!(world.worker_status(world.workers[0]), W::Awake);
    assert_eq!(world.task_status(world.jobs[0], 1), T::Active);
    pass(&mut world, Duration::from_secs(1));
    assert_eq!(world.worker_status(world.workers[0]), W::Error);
}

#[test]
fn signs_of_life_are_stored_together_and_once() {
    let mut world = farm().workers(3).job(|job| job.tasks(20)).open();
    let grant = world.fetch(world.workers[0]);
    world.order(SaveHeartbeats);
    world.now += Duration::from_secs(5);
    world.order(idle_for(&world, &grant, 0));
    assert!(world.writes.is_empty(), "not one by one");
    world
        .order(AskState {
            worker: world.workers[1],
        })
        .unwrap();
    world.order(SaveHeartbeats);
    let [Write::Heartbeats(heartbeats)] = &world.writes[..] else {
        panic!("one change was expected, not {:?}", world.writes);
    };
    assert_eq!(heartbeats.seen.len(), 2);
    assert_eq!(heartbeats.touched, [(grant.key, world.now)]);
    world.order(SaveHeartbeats);
    assert!(world.writes.is_empty());
}

#[test]
fn an_ephemeral_worker_that_is_gone_for_long_is_forgotten_and_no_other() {
    let mut world = farm()
        .workers(2)
        .ephemeral_worker()
        .ephemeral_worker()
        .open();
    let all = world.workers.clone();
    world.order(SignOff { worker: all[0] }).unwrap();
    world.order(SignOff { worker: all[2] }).unwrap();
    world.ask(all[3], true);
    pass(&mut world, Duration::from_secs(599));
    assert_eq!(world.farm.workers().count(), 4);
    pass(&mut world, Duration::from_secs(1));
    let left: Vec<_> = world.farm.workers().map(|worker| worker.id).collect();
    assert_eq!(left, [all[0], all[1], all[3]], "whoever waits is there");

    world.end_wait(all[3]);
    world.order(AskState { worker: all[3] }).unwrap();
    pass(&mut world, Duration::from_mins(10));
    assert!(
        world.farm.worker_by_id(all[3]).is_none(),
        "silence counts as well"
    );
}

#[test]
fn without_a_limit_nobody_is_forgotten() {
    let mut world = farm()
        .ephemeral_worker()
        .limits(|limits| limits.ephemeral_worker_timeout = None)
        .open();
    pass(&mut world, Duration::from_hours(10_000));
    assert_eq!(world.farm.workers().count(), 1);
}

#[test]
fn a_wall_clock_that_is_set_forward_takes_no_task() {
    let mut world = farm().workers(1).job(|job| job.tasks(20)).open();
    let worker = world.workers[0];
    let grant = world.fetch(worker);
    for step in [120, 86_400] {
        world.set_clock(step);
        pass(&mut world, Duration::from_secs(1));
        assert_eq!(world.worker_status(worker), W::Awake);
        assert_eq!(world.task_status(world.jobs[0], 1), T::Active);
    }
    assert_eq!(world.order(question(&world, &grant)), MayRun::Yes);
}

#[test]
fn a_wall_clock_that_is_set_back_hides_no_dead_worker_and_no_hanging_task() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let (dead, hangs) = (world.workers[0], world.workers[1]);
    world.fetch(dead);
    let grant = world.fetch(hangs);
    world.set_clock(-86_400);
    pass(&mut world, Duration::from_secs(59));
    assert_eq!(world.worker_status(dead), W::Awake);
    pass(&mut world, Duration::from_secs(1));
    assert_eq!(world.worker_status(dead), W::Error);
    world.order(AskState { worker: hangs }).unwrap();
    assert_eq!(world.worker_status(hangs), W::Awake, "it is back");

    let again = world.fetch(hangs);
    assert_ne!(again.attempt, 0);
    world.set_clock(-86_400);
    for _ in 0..20 {
        let question = AskMayRun {
            worker: hangs,
            ..question(&world, &again)
        };
        world.order(question);
        pass(&mut world, Duration::from_secs(30));
    }
    let index = again.key.index;
    assert_eq!(world.task_status(world.jobs[0], index), T::SoftFailed);
    drop(grant);
}

#[test]
fn after_a_standstill_each_worker_and_task_has_a_whole_time_out_again() {
    let mut world = farm()
        .workers(1)
        .ephemeral_worker()
        .job(|job| job.tasks(20))
        .open();
    let (worker, ephemeral) = (world.workers[0], world.workers[1]);
    world.fetch(worker);
    pass(&mut world, Duration::from_secs(59));
    world.stand_still(Duration::from_hours(2));
    pass(&mut world, Duration::from_secs(59));
    assert_eq!(world.worker_status(worker), W::Awake);
    assert_eq!(world.task_status(world.jobs[0], 1), T::Active);
    assert_eq!(world.worker_status(ephemeral), W::Awake);
    pass(&mut world, Duration::from_secs(1));
    assert_eq!(world.worker_status(worker), W::Error, "it is dead indeed");
    assert_eq!(world.task_status(world.jobs[0], 1), T::Queued);
}

#[test]
fn an_ephemeral_worker_that_runs_a_task_is_not_forgotten() {
    let mut world = farm()
        .ephemeral_worker()
        .limits(|limits| {
            limits.worker_timeout = None;
            limits.task_timeout = None;
            limits.ephemeral_worker_timeout = Some(Duration::from_secs(5));
        })
        .job(|job| job.tasks(1))
        .open();
    let worker = world.workers[0];
    let grant = world.fetch(worker);
    pass(&mut world, Duration::from_mins(10));
    assert_eq!(world.task_status(world.jobs[0], 1), T::Active);
    world.report(worker, &grant, T::Completed).unwrap();
    pass(&mut world, Duration::from_secs(5));
    assert!(world.farm.worker_by_id(worker).is_none());
}
