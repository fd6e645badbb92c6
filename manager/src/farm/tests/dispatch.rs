//! Who gets which task: conditions, order, and the reasons that people are told.

use farandole_protocol::ids::TaskId;
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;

use super::build::farm;
use super::world::World;
use crate::farm::commands::jobs::SetJobPriority;
use crate::farm::commands::worker_mgt::RequestWorkerStatus;
use crate::farm::decision::Answer;
use crate::farm::eligibility::WhyNot;
use crate::farm::keys::{JobNo, TaskKey};

/// What keeps the first Worker from a task of the first job.
#[track_caller]
fn check_reason(world: &World, index: u32, expected: Result<(), WhyNot>) {
    let worker = world.farm.worker_by_id(world.workers[0]).unwrap();
    let key = TaskKey {
        job: JobNo(1),
        index,
    };
    assert_eq!(world.farm.explain(worker, key), expected);
    if expected.is_err() {
        assert_ne!(world.farm.pick(worker), Some(key));
    }
}

#[test]
fn tasks_are_given_out_by_job_priority_task_priority_age_and_index() {
    let mut world = farm()
        .workers(1)
        .job(|job| job.task("a", 50, &[]).task("a", 60, &[]).task("b", 60, &[]))
        .job(|job| job.task("b", 70, &[]).task("a", 60, &[]))
        .job(|job| job.priority(51).task("a", 1, &[]))
        .open();
    let worker = world.workers[0];
    let order: Vec<(i64, u32)> = (0..6)
        .map(|_| world.work(worker, T::Completed).key)
        .map(|key| (key.job.0, key.index))
        .collect();
    assert_eq!(order, [(3, 1), (2, 1), (1, 2), (1, 3), (2, 2), (1, 1)]);
    world.fetch_nothing(worker);
}

#[test]
fn a_job_that_becomes_more_urgent_is_next() {
    let mut world = farm()
        .workers(1)
        .job(|job| job.tasks(2))
        .job(|job| job.tasks(2))
        .open();
    let worker = world.workers[0];
    assert_eq!(world.work(worker, T::Completed).job, world.jobs[0]);
    let job = world.jobs[1];
    world.order(SetJobPriority { job, priority: 51 }).unwrap();
    assert_eq!(world.work(worker, T::Completed).job, job);
}

#[test]
fn the_first_task_makes_its_job_active() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    assert_eq!(world.job_status(world.jobs[0]), J::Queued);
    let grant = world.fetch(world.workers[0]);
    assert_eq!(
        (grant.attempt, grant.task),
        (1, TaskId::of_job(world.jobs[0], 1))
    );
    assert_eq!(world.job_status(world.jobs[0]), J::Active);
    assert_eq!(world.task_statuses(world.jobs[0]), [T::Active]);
}

#[test]
fn a_task_waits_for_all_that_it_depends_on() {
    let mut world = farm()
        .workers(2)
        .job(|job| job.tasks(2).task("a", 99, &[1, 2]))
        .open();
    let (one, two) = (world.workers[0], world.workers[1]);
    check_reason(&world, 3, Err(WhyNot::DependenciesUnfinished(2)));
    let (first, second) = (world.fetch(one), world.fetch(two));
    world.report(one, &first, T::Completed).unwrap();
    world.fetch_nothing(one);
    world.report(two, &second, T::Completed).unwrap();
    assert_eq!(world.fetch(one).key.index, 3);
}

#[test]
fn a_dependency_that_was_canceled_blocks_for_ever() {
    let mut world = farm()
        .workers(1)
        .job(|job| job.tasks(2).task("a", 50, &[1]))
        .open();
    let job = world.jobs[0];
    world.set_task(job, 1, T::Canceled).unwrap();
    assert_eq!(world.work(world.workers[0], T::Completed).key.index, 2);
    assert_eq!(
        (world.job_status(job), world.task_status(job, 3)),
        (J::Canceled, T::Canceled)
    );
}

#[test]
fn a_job_with_a_tag_is_for_workers_with_that_tag() {
    let mut world = farm()
        .worker(&["a"], &[])
        .worker(&["a"], &[1, 2])
        .job(|job| job.tag(2).tasks(1))
        .job(|job| job.tag(3).priority(99).tasks(1))
        .job(|job| job.priority(1).tasks(1))
        .open();
    check_reason(&world, 1, Err(WhyNot::TagMissing));
    assert_eq!(world.fetch(world.workers[0]).key.job, JobNo(3));
    assert_eq!(world.fetch(world.workers[1]).key.job, JobNo(1));
}

#[test]
fn a_worker_gets_only_types_that_it_takes_as_it_said_when_it_signed_on() {
    let mut world = farm().workers(1).job(|job| job.task("b", 50, &[])).open();
    let worker = world.workers[0];
    world.sign_on(worker, vec![" A ".to_owned()]);
    world.set_worker(worker, W::Awake);
    check_reason(&world, 1, Err(WhyNot::TaskTypeUnsupported));
    world.sign_on(worker, vec!["\tB".to_owned()]);
    world.set_worker(worker, W::Awake);
    check_reason(&world, 1, Ok(()));
    world.fetch(worker);
}

#[test]
fn a_worker_without_types_gets_nothing() {
    let mut world = farm().worker(&[], &[]).job(|job| job.tasks(1)).open();
    world.fetch_nothing(world.workers[0]);
}

#[test]
fn a_paused_job_gives_out_nothing_until_it_is_let_go() {
    let mut world = farm().workers(1).job(|job| job.paused().tasks(1)).open();
    check_reason(&world, 1, Err(WhyNot::JobNotRunning(J::Paused)));
    let job = world.jobs[0];
    assert_eq!(world.set_job(job, J::Queued), Ok(J::Queued));
    check_reason(&world, 1, Ok(()));
    assert_eq!(world.work(world.workers[0], T::Completed).job, job);
    assert_eq!(world.job_status(job), J::Completed);
}

#[test]
fn a_job_that_is_to_be_deleted_gives_out_no_tasks() {
    let mut world = farm().workers(2).job(|job| job.tasks(2)).open();
    let (job, worker) = (world.jobs[0], world.workers[0]);
    world.fetch(worker);
    world.doom(job).unwrap();
    let other = world.farm.worker_by_id(world.workers[1]).unwrap();
    let key = world.farm.find_task(TaskId::of_job(job, 2)).unwrap();
    assert_eq!(world.farm.explain(other, key), Err(WhyNot::JobBeingDeleted));
    world.fetch_nothing(world.workers[1]);
    // Nor is the task that its Worker has lost handed out again.
    world.fetch_nothing(worker);
    assert_eq!(world.task_statuses(job), [T::Queued, T::Queued]);
}

#[test]
fn every_reason_against_a_task_is_told() {
    let mut world = farm()
        .workers(2)
        .job(|job| job.tasks(3).task("a", 50, &[1]))
        .open();
    let (worker, other) = (world.workers[0], world.workers[1]);
    let job = world.jobs[0];
    check_reason(&world, 1, Ok(()));
    check_reason(&world, 4, Err(WhyNot::DependenciesUnfinished(1)));
    check_reason(&world, 5, Err(WhyNot::UnknownTask));
    world.fetch(other);
    check_reason(&world, 1, Err(WhyNot::TaskNotWaiting(T::Active)));
    let grant = world.fetch(worker);
    for task in [2, 3] {
        check_reason(&world, task, Err(WhyNot::WorkerBusy(grant.key)));
    }
    world.set_worker(worker, W::Asleep);
    check_reason(&world, 3, Err(WhyNot::WorkerNotAwake(W::Asleep)));
    let request = RequestWorkerStatus {
        worker,
        status: W::Awake,
        lazy: false,
    };
    world.order(request).unwrap();
    check_reason(&world, 3, Err(WhyNot::WorkerStatusRequested(W::Awake)));
    world.set_job(job, J::PauseRequested).unwrap();
    check_reason(&world, 3, Err(WhyNot::JobNotRunning(J::PauseRequested)));
}

#[test]
fn whom_a_state_is_asked_of_or_who_is_not_awake_gets_no_task() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let worker = world.workers[0];
    for status in [W::Starting, W::Asleep, W::Error, W::Testing, W::Offline] {
        world.set_worker(worker, status);
        assert_eq!(world.ask(worker, true), Some(Answer::NotAwake(status)));
    }
    for lazy in [true, false] {
        let status = W::Asleep;
        world.set_worker(worker, W::Awake);
        world
            .order(RequestWorkerStatus {
                worker,
                status,
                lazy,
            })
            .unwrap();
        assert_eq!(
            world.ask(worker, true),
            Some(Answer::StatusRequested(status))
        );
    }
}

#[test]
fn a_stranger_is_told_so() {
    let mut world = farm().open();
    let stranger = farandole_protocol::ids::WorkerId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(world.ask(stranger, true), Some(Answer::UnknownWorker));
}

#[test]
fn every_task_may_have_a_priority_of_its_own_at_no_cost_in_memory() {
    // With a set for each priority this job took gigabytes.
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    let plan = (0..100).fold(super::build::JobPlan::default(), |job, number| {
        job.task(
            if number % 2 == 0 { "a" } else { "b" },
            number * 37 % 101,
            &[],
        )
    });
    world.add_job(&plan);
    let priorities: Vec<i32> = (0..100)
        .map(|_| world.work(worker, T::Completed).priority)
        .collect();
    assert!(priorities.is_sorted_by(|one, other| one >= other));
}
