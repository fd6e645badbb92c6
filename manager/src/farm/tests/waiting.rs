//! Workers that wait for a task.

use std::time::Duration;

use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;

use super::build::{JobPlan, farm};
use super::world::World;
use crate::farm::commands::ticks::CheckTimeouts;
use crate::farm::commands::worker_mgt::RequestWorkerStatus;
use crate::farm::commands::workers::{EndWait, SignOff};
use crate::farm::decision::{Answer, Handout};

/// All Workers ask, one after the other, and wait.
fn all_wait(world: &mut World) {
    for worker in world.workers.clone() {
        assert_eq!(world.ask(worker, true), None);
    }
}

/// Who got a task by the last order, by number.
fn served(world: &World) -> Vec<usize> {
    let is_task = |handout: &&Handout| matches!(handout.answer, Answer::Task(_));
    let number = |handout: &Handout| world.workers.iter().position(|id| *id == handout.worker);
    world
        .handouts
        .iter()
        .filter(is_task)
        .filter_map(number)
        .collect()
}

#[test]
fn who_waits_longest_is_served_first_in_the_decision_that_makes_work() {
    let mut world = farm().workers(3).open();
    all_wait(&mut world);
    let job = world.add_job(&JobPlan::default().tasks(2));
    assert_eq!(served(&world), [0, 1]);
    assert_eq!(world.job_status(job), J::Active);
}

#[test]
fn who_asks_anew_goes_to_the_end_of_the_line() {
    let mut world = farm().workers(3).open();
    all_wait(&mut world);
    world.ask(world.workers[0], true);
    world.add_job(&JobPlan::default().tasks(2));
    assert_eq!(served(&world), [1, 2]);
}

#[test]
fn the_oldest_who_can_take_the_work_gets_it() {
    let mut world = farm()
        .worker(&["a"], &[])
        .worker(&["b"], &[])
        .worker(&["b"], &[1])
        .open();
    all_wait(&mut world);
    world.add_job(
        &JobPlan::default()
            .tag(1)
            .task("b", 50, &[])
            .task("a", 50, &[]),
    );
    assert_eq!(served(&world), [2]);
}

#[test]
fn each_who_waits_gets_the_best_that_is_left() {
    let mut world = farm().workers(2).open();
    all_wait(&mut world);
    world.add_job(&JobPlan::default().task("a", 10, &[]).task("b", 90, &[]));
    let indices: Vec<u32> = world
        .workers
        .iter()
        .map(|worker| world.held[worker].key.index)
        .collect();
    assert_eq!(indices, [2, 1]);
}

#[test]
fn whatever_makes_a_task_ready_serves_who_waits() {
    let mut world = farm()
        .workers(2)
        .job(|job| job.tasks(1).task("a", 50, &[1]))
        .open();
    let (one, two, job) = (world.workers[0], world.workers[1], world.jobs[0]);
    let grant = world.fetch(one);
    world.ask(two, true);
    // A dependency that completes.
    world.report(one, &grant, T::Completed).unwrap();
    assert_eq!(served(&world), [1]);
    // A Worker that leaves.
    world.ask(one, true);
    world.order(SignOff { worker: two }).unwrap();
    assert_eq!(served(&world), [0]);
    // A pause that ends; the one who waits lost its task to it.
    world.set_task(job, 2, T::Paused).unwrap();
    world.ask(one, true);
    world.set_task(job, 2, T::Queued).unwrap();
    assert_eq!(served(&world), [0]);
    // A job that starts anew.
    world.set_job(job, J::Canceled).unwrap();
    world.ask(one, true);
    world.set_job(job, J::Requeueing).unwrap();
    assert_eq!(served(&world), [0]);
}

#[test]
fn a_failure_that_is_forgotten_serves_who_waits() {
    let mut world = farm().workers(3).job(|job| job.tasks(20)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    world.work(worker, T::Failed);
    for index in 2..=20 {
        world.set_task(job, index, T::Paused).unwrap();
    }
    assert_eq!(world.ask(worker, true), None, "it failed the only one");
    world.set_task(job, 1, T::Queued).unwrap();
    assert_eq!(served(&world), [0]);
}

#[test]
fn a_blocked_worker_waits_while_others_are_served() {
    let mut world = farm()
        .workers(2)
        .limits(|limits| limits.blocklist = 1)
        .job(|job| job.tasks(20))
        .open();
    let (blocked, other) = (world.workers[0], world.workers[1]);
    world.work(blocked, T::Failed);
    assert_eq!(world.ask(blocked, true), None);
    let grant = world.fetch(other);
    world.report(other, &grant, T::Completed).unwrap();
    assert!(served(&world).is_empty());
    // Another job is not its concern.
    world.add_job(&JobPlan::default().tasks(1));
    assert_eq!(served(&world), [0]);
}

#[test]
fn an_order_for_a_waiting_worker_ends_its_wait() {
    for lazy in [true, false] {
        let mut world = farm().workers(1).open();
        let (worker, status) = (world.workers[0], W::Asleep);
        all_wait(&mut world);
        let request = RequestWorkerStatus {
            worker,
            status,
            lazy,
        };
        world.order(request).unwrap();
        assert_eq!(world.handouts.len(), 1);
        assert_eq!(world.handouts[0].answer, Answer::StatusRequested(status));
    }
}

#[test]
fn a_waiting_worker_that_says_something_else_waits_no_more() {
    let mut world = farm().workers(3).open();
    all_wait(&mut world);
    let nothing = |world: &World| world.handouts[0].answer == Answer::Nothing;
    world.set_worker(world.workers[0], W::Asleep);
    assert!(nothing(&world));
    world
        .order(SignOff {
            worker: world.workers[1],
        })
        .unwrap();
    assert!(nothing(&world));
    world.sign_on(world.workers[2], vec!["a".to_owned()]);
    assert!(nothing(&world));
    world.add_job(&JobPlan::default().tasks(3));
    assert!(served(&world).is_empty());
}

#[test]
fn the_end_of_an_older_request_does_not_end_a_newer_wait() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    world.ask(worker, true);
    let older = world.pending[&worker];
    world.ask(worker, true);
    let newer = world.pending[&worker];
    let end = |ticket| EndWait { worker, ticket };
    world.order(end(older));
    assert!(world.farm.worker_by_id(worker).unwrap().waiting.is_some());
    world.order(end(newer));
    assert_eq!(world.handouts[0].answer, Answer::Nothing);
    world.order(end(newer));
    assert!(world.handouts.is_empty(), "one answer to one request");
}

#[test]
fn a_worker_that_waits_is_not_silent() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    all_wait(&mut world);
    world.now += Duration::from_mins(2);
    world.order(CheckTimeouts);
    assert_eq!(world.worker_status(worker), W::Awake);
    // Its wait ends just now: only from here on does its silence count.
    world.end_wait(worker);
    world.now += Duration::from_secs(59);
    world.order(CheckTimeouts);
    assert_eq!(world.worker_status(worker), W::Awake);
    world.now += Duration::from_secs(1);
    world.order(CheckTimeouts);
    assert_eq!(world.worker_status(worker), W::Error);
}

#[test]
fn a_restart_forgets_who_waited() {
    let mut world = farm().workers(1).open();
    all_wait(&mut world);
    world.restart();
    world.add_job(&JobPlan::default().tasks(1));
    assert!(world.handouts.is_empty());
    world.fetch(world.workers[0]);
}
