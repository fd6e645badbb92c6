//! What people may ask for, and what it comes to: all states asked for, in all states that things can rest in.

use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::{JobStatus, TaskStatus};

use super::build::farm;
use super::world::World;
use crate::farm::commands::jobs::{JobOrderError, SetJobPriority, SetJobStatus};
use crate::farm::commands::tasks::{SetTaskStatus, TaskOrderError};

/// Rows: the job's state; columns: the state that is asked for, in the order of [`JobStatus::ALL`]; cells: the state
/// that the job has then, `!` for a refusal.
const JOBS: &[(&str, &str)] = &[
    //                 active canceled completed failed paused pause-requested queued cancel-requested requeueing under-construction
    (
        "active",
        "active canceled ! failed pause-requested pause-requested active canceled queued !",
    ),
    (
        "canceled",
        "queued canceled ! failed paused paused queued canceled queued !",
    ),
    (
        "completed",
        "completed canceled ! failed paused paused completed canceled queued !",
    ),
    (
        "failed",
        "queued canceled ! failed paused paused queued canceled queued !",
    ),
    (
        "paused",
        "queued canceled ! failed paused paused queued canceled queued !",
    ),
    (
        "pause-requested",
        "active canceled ! failed pause-requested pause-requested active canceled queued !",
    ),
    (
        "queued",
        "queued canceled ! failed paused paused queued canceled queued !",
    ),
];

/// A farm with a job in this state, of two tasks.
fn with_job(status: JobStatus) -> (World, JobId) {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    match status {
        J::Active => {
            world.fetch(worker);
        }
        J::PauseRequested => {
            world.fetch(worker);
            world.set_job(job, status).unwrap();
        }
        J::Completed => {
            for _ in 0..2 {
                world.work(worker, T::Completed);
            }
        }
        J::Canceled
        | J::Failed
        | J::Paused
        | J::Queued
        | J::CancelRequested
        | J::Requeueing
        | J::UnderConstruction
        | J::Unset => {
            world.set_job(job, status).unwrap();
        }
    }
    world.commit();
    assert_eq!(world.job_status(job), status);
    (world, job)
}

#[test]
fn every_request_for_a_state_of_a_job_comes_to_what_the_table_says() {
    for (current, row) in JOBS {
        let current: JobStatus = current.parse().unwrap();
        for (asked, cell) in JobStatus::ALL.iter().zip(row.split(' ')) {
            let (mut world, job) = with_job(current);
            let expected = match cell {
                "!" => Err(JobOrderError::NotByHand(*asked)),
                status => Ok(status.parse().unwrap()),
            };
            assert_eq!(
                world.set_job(job, *asked),
                expected,
                "{asked} when {current}"
            );
            if expected.is_err() {
                assert!(world.writes.is_empty() && world.facts.is_empty());
            }
        }
        let (mut world, job) = with_job(current);
        assert_eq!(
            world.set_job(job, J::Unset),
            Err(JobOrderError::NotByHand(J::Unset))
        );
    }
}

#[test]
fn what_is_so_already_is_granted_and_changes_nothing() {
    for (current, asked) in [
        (J::Canceled, J::CancelRequested),
        (J::Failed, J::Failed),
        (J::Paused, J::PauseRequested),
        (J::PauseRequested, J::Paused),
        (J::Queued, J::Active),
        (J::Active, J::Queued),
    ] {
        let (mut world, job) = with_job(current);
        world.set_job(job, asked).unwrap();
        assert!(
            world.writes.is_empty() && world.facts.is_empty(),
            "{asked} when {current}"
        );
    }
}

#[test]
fn a_completed_job_says_how_it_is_rendered_again() {
    for asked in [J::Queued, J::Active] {
        let (mut world, job) = with_job(J::Completed);
        let tasks = world.task_statuses(job);
        world.set_job(job, asked).unwrap();
        assert_eq!(world.job_status(job), J::Completed);
        assert_eq!(world.task_statuses(job), tasks);
        let stored = &world.database.job(job).unwrap().row;
        assert_eq!(
            stored.activity,
            "only `requeueing` renders a completed job again"
        );
    }
}

#[test]
fn a_pending_pause_can_be_taken_back() {
    let (mut world, job) = with_job(J::PauseRequested);
    assert_eq!(world.task_statuses(job), [T::Active, T::Paused]);
    world.set_job(job, J::Active).unwrap();
    assert_eq!(world.task_statuses(job), [T::Active, T::Queued]);
}

/// A farm with a job of which the first task of many is in this state.
fn with_task(status: TaskStatus) -> (World, JobId) {
    let mut world = farm().workers(3).job(|job| job.tasks(30)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    match status {
        T::Active => {
            world.fetch(worker);
        }
        T::SoftFailed => {
            world.work(worker, T::Failed);
        }
        T::Canceled | T::Completed | T::Failed | T::Queued | T::Paused => {
            world.set_task(job, 1, status).unwrap();
        }
    }
    assert_eq!(world.task_status(job, 1), status);
    (world, job)
}

#[test]
fn every_task_can_be_queued_canceled_paused_completed_or_failed_by_hand_and_nothing_else() {
    for current in TaskStatus::ALL {
        for asked in TaskStatus::ALL {
            let (mut world, job) = with_task(*current);
            let given = world.set_task(job, 1, *asked);
            if matches!(asked, T::Active | T::SoftFailed) {
                assert_eq!(given, Err(TaskOrderError::NotByHand(*asked)));
                assert_eq!(world.task_status(job, 1), *current);
                assert!(world.writes.is_empty());
            } else {
                assert_eq!(given, Ok(()));
                assert_eq!(world.task_status(job, 1), *asked, "from {current}");
                let task = &world.database.job(job).unwrap().tasks[0].state;
                assert_eq!(task.activity, "so it be", "from {current} to {asked}");
            }
        }
    }
}

#[test]
fn orders_about_what_does_not_exist_say_so() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let nowhere = JobId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(
        world.order(SetJobPriority {
            job: nowhere,
            priority: 1
        }),
        Err(JobOrderError::NotFound)
    );
    let status = J::Canceled;
    let reason = String::new;
    assert_eq!(
        world.order(SetJobStatus {
            job: nowhere,
            status,
            reason: reason(),
            overwrite: false,
        }),
        Err(JobOrderError::NotFound)
    );
    for task in [TaskId::of_job(world.jobs[0], 2), TaskId::of_job(nowhere, 1)] {
        let order = SetTaskStatus {
            task,
            status: T::Queued,
            reason: reason(),
            overwrite: false,
        };
        assert_eq!(world.order(order), Err(TaskOrderError::NotFound));
    }
}

#[test]
fn a_job_that_left_memory_can_be_given_another_priority() {
    let (mut world, job) = with_job(J::Canceled);
    assert!(world.farm.job_by_id(job).is_none());
    world.order(SetJobPriority { job, priority: 7 }).unwrap();
    assert_eq!(world.database.job(job).unwrap().row.priority, 7);
    world.commit();
    assert!(world.farm.job_by_id(job).is_none());
}

#[test]
fn completing_a_running_task_by_hand_frees_its_worker_and_what_depends_on_it() {
    let mut world = farm()
        .workers(1)
        .job(|job| job.tasks(1).task("a", 50, &[1]))
        .open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    world.set_task(job, 1, T::Completed).unwrap();
    assert!(world.report(worker, &grant, T::Failed).is_err());
    assert_eq!(world.work(worker, T::Completed).key.index, 2);
    assert_eq!(world.job_status(job), J::Completed);
}

#[test]
fn a_failed_job_is_complete_when_a_person_says_so_of_all_that_failed() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    world.set_task(job, 1, T::Failed).unwrap();
    assert_eq!(world.task_statuses(job), [T::Failed, T::Canceled]);
    for index in [1, 2] {
        world.commit();
        world.set_task(job, index, T::Completed).unwrap();
    }
    assert_eq!(world.job_status(job), J::Completed);
}
