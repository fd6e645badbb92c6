//! Every hand-out is an attempt with a number of its own.

use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;

use super::build::farm;
use super::world::World;
use crate::farm::commands::reports::{AskMayRun, MayRun, ReportError, ReportTask};
use crate::farm::commands::tasks::TakeBack;
use crate::farm::decision::Grant;
use crate::farm::write::AttemptEnd;

/// How the attempts at the first task ended.
fn ends(world: &World) -> Vec<Option<AttemptEnd>> {
    world
        .database
        .attempts
        .iter()
        .filter(|((key, _), _)| key.index == 1)
        .map(|(_, (_, end))| *end)
        .collect()
}

fn take_back(world: &mut World, grant: &Grant) {
    world.order(TakeBack {
        key: grant.key,
        attempt: grant.attempt,
    });
}

#[test]
fn a_worker_that_asks_while_it_holds_a_task_gets_it_again_as_a_new_attempt() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let worker = world.workers[0];
    let first = world.fetch(worker);
    let second = world.fetch(worker);
    assert_eq!((second.key, second.attempt), (first.key, 2));
    assert_eq!(ends(&world), [Some(AttemptEnd::Lost), None]);
    world.report(worker, &second, T::Completed).unwrap();
    assert_eq!(
        ends(&world),
        [Some(AttemptEnd::Lost), Some(AttemptEnd::Completed)]
    );
}

#[test]
fn neither_failures_nor_types_nor_blocks_keep_a_worker_from_the_task_that_it_holds() {
    let mut world = farm().workers(1).job(|job| job.tasks(20)).open();
    let worker = world.workers[0];
    let held = world.fetch(worker);
    world.sign_on(worker, vec!["b".to_owned()]);
    world.set_worker(worker, farandole_protocol::status::WorkerStatus::Awake);
    assert_eq!(world.fetch(worker).key, held.key);
}

#[test]
fn a_report_of_another_attempt_is_refused_and_one_without_a_number_counts_for_the_latest() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let worker = world.workers[0];
    let first = world.fetch(worker);
    world.fetch(worker);
    assert_eq!(
        world.report(worker, &first, T::Completed),
        Err(ReportError::OtherAttempt(2))
    );
    let may = |attempt| AskMayRun {
        worker,
        task: first.task,
        attempt,
        idle: None,
    };
    assert_eq!(world.order(may(Some(1))), MayRun::NotYours);
    assert_eq!(world.order(may(Some(2))), MayRun::Yes);
    assert_eq!(world.order(may(None)), MayRun::Yes);
    let stock = ReportTask {
        worker,
        task: first.task,
        attempt: None,
        status: Some(T::Completed),
        activity: None,
        steps_completed: None,
        findings: Vec::new(),
        outputs: Vec::new(),
    };
    world.order(stock).unwrap();
    assert_eq!(world.job_status(world.jobs[0]), J::Completed);
}

#[test]
fn a_hand_out_that_nobody_took_goes_back() {
    let mut world = farm().workers(2).job(|job| job.tasks(1)).open();
    let (one, two, job) = (world.workers[0], world.workers[1], world.jobs[0]);
    let grant = world.fetch(one);
    take_back(&mut world, &grant);
    assert_eq!(world.task_statuses(job), [T::Queued]);
    assert_eq!(ends(&world), [Some(AttemptEnd::Undelivered)]);
    let again = world.fetch(two);
    take_back(&mut world, &grant);
    assert_eq!(
        world.task_statuses(job),
        [T::Active],
        "an old hand-out takes nothing back"
    );
    world.report(two, &again, T::Completed).unwrap();
    take_back(&mut world, &again);
    assert_eq!(world.task_statuses(job), [T::Completed]);
}

#[test]
fn a_hand_out_that_goes_back_serves_who_waits() {
    let mut world = farm().workers(2).job(|job| job.tasks(1)).open();
    let (one, two) = (world.workers[0], world.workers[1]);
    let grant = world.fetch(one);
    world.ask(two, true);
    take_back(&mut world, &grant);
    assert_eq!(world.held[&two].attempt, 2);
}

#[test]
fn a_hand_out_that_goes_back_into_a_pausing_job_is_paused() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    let grant = world.fetch(world.workers[0]);
    world.set_job(job, J::PauseRequested).unwrap();
    take_back(&mut world, &grant);
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)),
        (J::Paused, vec![T::Paused; 2])
    );
}

#[test]
fn a_worker_that_asks_while_it_holds_a_task_of_a_job_that_is_to_pause_has_lost_it() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    world.fetch(worker);
    world.set_job(job, J::PauseRequested).unwrap();
    world.fetch_nothing(worker);
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)),
        (J::Paused, vec![T::Paused; 2])
    );
    assert_eq!(ends(&world), [Some(AttemptEnd::Lost)]);
}

#[test]
fn what_was_completed_before_its_worker_asked_for_more_counts_although_the_job_was_to_pause() {
    for tasks in [1, 2] {
        let mut world = farm().workers(1).job(|job| job.tasks(tasks)).open();
        let (worker, job) = (world.workers[0], world.jobs[0]);
        let grant = world.fetch(worker);
        world.set_job(job, J::PauseRequested).unwrap();
        world.fetch_nothing(worker);
        for refused in [T::Active, T::Failed] {
            assert_eq!(
                world.report(worker, &grant, refused),
                Err(ReportError::NotRunning(T::Paused))
            );
        }
        world.report(worker, &grant, T::Completed).unwrap();
        assert_eq!(world.task_status(job, 1), T::Completed);
        let expected = if tasks == 1 { J::Completed } else { J::Paused };
        assert_eq!(world.job_status(job), expected);
        assert_eq!(ends(&world), [Some(AttemptEnd::Completed)]);
        // Its answer may be lost, and the report be sent again.
        world.report(worker, &grant, T::Completed).unwrap();
    }
}

#[test]
fn what_was_completed_too_late_does_not_count_once_the_job_goes_on() {
    let mut world = farm().workers(2).job(|job| job.tasks(1)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    world.set_job(job, J::PauseRequested).unwrap();
    world.fetch_nothing(worker);
    world.set_job(job, J::Queued).unwrap();
    assert_eq!(
        world.report(worker, &grant, T::Completed),
        Err(ReportError::NotRunning(T::Queued))
    );
    let again = world.fetch(world.workers[1]);
    assert_eq!(
        world.report(worker, &grant, T::Completed),
        Err(ReportError::NotYours)
    );
    world
        .report(world.workers[1], &again, T::Completed)
        .unwrap();
}

#[test]
fn an_attempt_ends_as_it_was_ended() {
    for (asked, end) in [
        (T::Queued, AttemptEnd::Requeued),
        (T::Canceled, AttemptEnd::Canceled),
        (T::Paused, AttemptEnd::Paused),
        (T::Completed, AttemptEnd::Overruled),
        (T::Failed, AttemptEnd::Overruled),
    ] {
        let mut world = farm().workers(1).job(|job| job.tasks(20)).open();
        let (worker, job) = (world.workers[0], world.jobs[0]);
        let grant = world.fetch(worker);
        world.set_task(job, 1, asked).unwrap();
        assert_eq!(ends(&world), [Some(end)], "{asked}");
        assert_eq!(
            world.report(worker, &grant, T::Completed),
            Err(ReportError::NotRunning(asked)),
            "what a person said stands"
        );
        // The Worker is free for other work.
        let next = world.fetch(worker);
        assert_eq!(next.key.index, if asked == T::Queued { 1 } else { 2 });
    }
}
