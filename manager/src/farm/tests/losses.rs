//! Tasks whose Workers are lost.

use std::time::Duration;

use farandole_protocol::ids::{JobId, RunId, WorkerId};
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;

use super::build::farm;
use super::world::World;
use crate::farm::commands::ticks::CheckTimeouts;
use crate::farm::commands::workers::{AskState, SignOff};
use crate::farm::identity::Runs;
use crate::farm::write::AttemptEnd;

impl World {
    /// The Worker gets the first task, and is not heard of for a minute; then it is back.
    fn lose_by_silence(&mut self, worker: WorkerId) {
        assert_eq!(self.fetch(worker).key.index, 1);
        self.now += Duration::from_mins(1);
        self.order(CheckTimeouts);
        self.order(AskState { worker }).unwrap();
    }

    /// What is said of the first task.
    fn activity(&self, job: JobId) -> String {
        self.database.job(job).unwrap().tasks[0]
            .state
            .activity
            .clone()
    }

    /// How often the Workers of the first task were lost, as is stored.
    fn losses(&self, job: JobId) -> u32 {
        self.database.job(job).unwrap().tasks[0].state.lost
    }
}

#[test]
fn a_task_that_was_lost_five_times_fails_and_the_job_says_why() {
    let mut world = farm().workers(1).job(|job| job.tasks(3)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    for count in 1..5 {
        world.lose_by_silence(worker);
        assert_eq!(
            (world.task_status(job, 1), world.losses(job)),
            (T::Queued, count)
        );
        world.restart();
    }
    world.lose_by_silence(worker);
    assert_eq!(
        (world.task_status(job, 1), world.job_status(job)),
        (T::Failed, J::Failed)
    );
    let said = "lost by its workers 5 times, the last time because worker w1 timed out";
    assert_eq!(world.activity(job), said);
    let of_job = &world.database.job(job).unwrap().row.activity;
    let expected = format!("task \"task 1\" was {said}");
    assert!(of_job.contains(&expected), "{of_job}");
}

#[test]
fn a_worker_that_keeps_losing_its_task_gets_another_in_the_end() {
    let mut world = farm().workers(1).job(|job| job.tasks(20)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let run = Runs {
        current: Some(RunId::random()),
        previous: None,
    };
    world.sign_on_as(worker, vec!["a".to_owned()], run).unwrap();
    world.set_worker(worker, W::Awake);
    // The first is the hand-out, the next five say that it was lost.
    for attempt in 1..=5 {
        let grant = world.fetch(worker);
        assert_eq!((grant.key.index, grant.attempt), (1, attempt));
    }
    let other = world.fetch(worker);
    assert_eq!((other.key.index, other.attempt), (2, 1));
    assert_eq!(world.task_status(job, 1), T::Failed);
    assert_eq!(
        world.database.attempts[&(world.farm.find_task(grant_of(job)).unwrap(), 5)].1,
        Some(AttemptEnd::Lost)
    );
    assert_eq!(world.job_status(job), J::Active, "one of twenty");
}

#[test]
fn a_flamenco_worker_that_asks_while_its_reports_wait_has_lost_nothing() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    for attempt in 1..=10 {
        let grant = world.fetch(worker);
        assert_eq!((grant.key.index, grant.attempt), (1, attempt));
    }
    assert_eq!(
        (world.task_status(job, 1), world.losses(job)),
        (T::Active, 0)
    );
}

fn grant_of(job: JobId) -> farandole_protocol::ids::TaskId {
    farandole_protocol::ids::TaskId::of_job(job, 1)
}

#[test]
fn a_worker_that_takes_its_leave_has_lost_nothing() {
    let mut world = farm().workers(1).job(|job| job.tasks(3)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    for _ in 0..6 {
        world.fetch(worker);
        world.order(SignOff { worker }).unwrap();
        world.sign_on(worker, vec!["a".to_owned()]);
        world.set_worker(worker, W::Awake);
        world.fetch(worker);
        world.set_worker(worker, W::Asleep);
        world.set_worker(worker, W::Awake);
        world.fetch(worker);
        world.set_task(job, 1, T::Queued).unwrap();
    }
    assert_eq!(
        (world.task_status(job, 1), world.losses(job)),
        (T::Queued, 0)
    );
}

#[test]
fn a_person_who_queues_it_again_forgives_it() {
    let mut world = farm().workers(1).job(|job| job.tasks(20)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    for _ in 0..5 {
        world.lose_by_silence(worker);
    }
    assert_eq!(
        (world.task_status(job, 1), world.losses(job)),
        (T::Failed, 5)
    );
    world.set_task(job, 1, T::Queued).unwrap();
    assert_eq!(world.losses(job), 0);

    world.lose_by_silence(worker);
    assert_eq!(
        (world.task_status(job, 1), world.losses(job)),
        (T::Queued, 1)
    );
    world.set_job(job, J::Requeueing).unwrap();
    assert_eq!(world.losses(job), 0);
}

#[test]
fn a_task_that_is_completed_is_forgiven() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    world.lose_by_silence(worker);
    assert_eq!(world.losses(job), 1);
    world.work(worker, T::Completed);
    assert_eq!(world.losses(job), 0);
}

#[test]
fn without_a_limit_a_task_may_be_lost_for_ever() {
    let mut world = farm()
        .workers(1)
        .limits(|limits| limits.lost_attempts = 0)
        .job(|job| job.tasks(2))
        .open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    for _ in 0..20 {
        world.lose_by_silence(worker);
    }
    assert_eq!(
        (world.task_status(job, 1), world.losses(job)),
        (T::Queued, 20)
    );
}
