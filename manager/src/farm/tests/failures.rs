//! What follows when Workers fail tasks.

use farandole_protocol::ids::TaskId;
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;

use super::build::farm;
use super::world::World;
use crate::farm::eligibility::WhyNot;

#[track_caller]
fn check(world: &World, job: J, first_tasks: &[T]) {
    let id = world.jobs[0];
    assert_eq!(
        (
            world.job_status(id),
            &world.task_statuses(id)[..first_tasks.len()]
        ),
        (job, first_tasks)
    );
}

fn blocked(world: &World) -> usize {
    world.database.job(world.jobs[0]).unwrap().blocks.len()
}

#[test]
fn on_a_farm_of_two_the_second_worker_gets_its_try() {
    // Off by one in the reference: the job fails at the first failure.
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let first = world.work(world.workers[0], T::Failed);
    check(&world, J::Active, &[T::SoftFailed]);
    let again = world.fetch(world.workers[1]);
    assert_eq!((again.key, again.attempt), (first.key, 2));
    world.report(world.workers[1], &again, T::Failed).unwrap();
    check(&world, J::Failed, &[T::Failed, T::Canceled]);
}

#[test]
fn on_a_farm_of_one_the_first_failure_fails_the_job() {
    let mut world = farm().workers(1).job(|job| job.tasks(20)).open();
    world.work(world.workers[0], T::Failed);
    check(&world, J::Failed, &[T::Failed, T::Canceled]);
}

#[test]
fn workers_that_do_not_take_the_type_or_lack_the_tag_do_not_count_as_left() {
    let mut world = farm()
        .worker(&["a"], &[1])
        .worker(&["b"], &[1])
        .worker(&["a"], &[])
        .job(|job| job.tag(1).tasks(20))
        .open();
    world.work(world.workers[0], T::Failed);
    check(&world, J::Failed, &[T::Failed]);
}

#[test]
fn workers_that_are_away_count_as_left() {
    use farandole_protocol::status::WorkerStatus as W;
    let mut world = farm().workers(3).job(|job| job.tasks(20)).open();
    world.set_worker(world.workers[1], W::Offline);
    world.set_worker(world.workers[2], W::Asleep);
    world.work(world.workers[0], T::Failed);
    check(&world, J::Active, &[T::SoftFailed]);
}

#[test]
fn a_worker_does_not_get_a_task_again_that_it_has_failed() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let worker = world.workers[0];
    let failed = world.work(worker, T::Failed);
    assert_ne!(world.fetch(worker).key, failed.key);
    // It is busy now, too; but that will pass.
    let first = world.farm.worker_by_id(worker).unwrap();
    assert_eq!(
        world.farm.explain(first, failed.key),
        Err(WhyNot::FailedBefore)
    );
}

#[test]
fn a_task_that_enough_workers_failed_has_failed_for_good() {
    let mut world = farm().workers(5).job(|job| job.tasks(40)).open();
    for (number, status) in [(0, T::SoftFailed), (1, T::SoftFailed), (2, T::Failed)] {
        assert_eq!(world.work(world.workers[number], T::Failed).key.index, 1);
        check(&world, J::Active, &[status, T::Queued]);
    }
}

#[test]
fn a_tenth_of_the_tasks_failing_fails_the_job() {
    let mut world = farm().workers(5).job(|job| job.tasks(20)).open();
    let job = world.jobs[0];
    world.set_task(job, 1, T::Failed).unwrap();
    check(&world, J::Active, &[T::Failed, T::Queued]);
    world.set_task(job, 2, T::Failed).unwrap();
    check(&world, J::Failed, &[T::Failed, T::Failed, T::Canceled]);
}

#[test]
fn a_worker_is_blocked_at_the_threshold_and_not_one_before() {
    // Off by one in the reference: blocked one failure too early.
    let mut world = farm().workers(3).job(|job| job.tasks(40)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    for failed in 1..=3 {
        world.work(worker, T::Failed);
        assert_eq!(blocked(&world), usize::from(failed == 3), "at {failed}");
    }
    let key = world.farm.find_task(TaskId::of_job(job, 30)).unwrap();
    let first = world.farm.worker_by_id(worker).unwrap();
    assert_eq!(world.farm.explain(first, key), Err(WhyNot::Blocklisted));
    world.fetch_nothing(worker);
}

#[test]
fn failures_count_by_type_and_a_block_is_for_one_type() {
    let mut world = farm()
        .workers(3)
        .limits(|limits| limits.blocklist = 2)
        .job(|job| job.task("b", 99, &[]).task("b", 98, &[]).tasks(40))
        .open();
    let worker = world.workers[0];
    world.work(worker, T::Failed);
    let key = world.fetch(worker).key;
    world.set_task(world.jobs[0], key.index, T::Queued).unwrap();
    world.set_task(world.jobs[0], 2, T::Paused).unwrap();
    world.work(worker, T::Failed);
    assert_eq!(blocked(&world), 0, "one of each type");
    world.work(worker, T::Failed);
    assert_eq!(blocked(&world), 1);
    world.set_task(world.jobs[0], 2, T::Queued).unwrap();
    assert_eq!(world.fetch(worker).task_type, "b");
}

#[test]
fn a_blocklist_threshold_of_nothing_blocks_nobody() {
    let mut world = farm()
        .workers(3)
        .limits(|limits| limits.blocklist = 0)
        .job(|job| job.tasks(60))
        .open();
    for _ in 0..5 {
        world.work(world.workers[0], T::Failed);
    }
    assert_eq!(blocked(&world), 0);
}

#[test]
fn what_a_blocked_worker_failed_for_good_others_may_try() {
    let mut world = farm()
        .workers(2)
        .limits(|limits| (limits.fail_after, limits.blocklist) = (1, 2))
        .job(|job| job.tasks(40))
        .open();
    let worker = world.workers[0];
    world.work(worker, T::Failed);
    check(&world, J::Active, &[T::Failed, T::Queued]);
    world.work(worker, T::Failed);
    check(&world, J::Active, &[T::Queued, T::Failed, T::Queued]);
    assert_eq!(world.fetch(world.workers[1]).key.index, 1);
}

#[test]
fn what_nobody_is_left_for_is_not_queued_when_a_worker_is_blocked() {
    // Found in review: it would have waited for ever.
    let mut world = farm()
        .workers(2)
        .limits(|limits| (limits.fail_after, limits.blocklist) = (2, 2))
        .job(|job| job.tasks(40))
        .open();
    let (one, two) = (world.workers[0], world.workers[1]);
    world.work(two, T::Failed);
    world.work(one, T::Failed);
    check(&world, J::Active, &[T::Failed, T::Queued]);
    world.work(one, T::Failed);
    assert_eq!(blocked(&world), 1);
    check(&world, J::Active, &[T::Failed, T::SoftFailed, T::Queued]);
}

#[test]
fn a_job_ends_when_all_are_blocked_or_have_failed_what_is_left() {
    // Found in review: the first task, failed by one and out of reach for the blocked other, held the job for ever.
    let mut world = farm()
        .workers(2)
        .limits(|limits| limits.blocklist = 2)
        .job(|job| job.tasks(3))
        .open();
    let (one, two) = (world.workers[0], world.workers[1]);
    assert_eq!(world.work(two, T::Failed).key.index, 1);
    let (second, third) = (2, 3);
    world.set_task(world.jobs[0], 1, T::Paused).unwrap();
    for index in [second, third] {
        assert_eq!(world.work(one, T::Failed).key.index, index);
    }
    assert_eq!(blocked(&world), 1);
    for index in [second, third] {
        assert_eq!(world.work(two, T::Completed).key.index, index);
    }
    check(&world, J::Active, &[T::Paused, T::Completed, T::Completed]);
    // Let go by hand its failures are forgotten, and there is somebody again.
    world.set_task(world.jobs[0], 1, T::Queued).unwrap();
    check(&world, J::Active, &[T::Queued]);
    world.work(two, T::Failed);
    check(&world, J::Failed, &[T::Failed]);
}

#[test]
fn a_job_whose_last_takers_are_blocked_while_it_waits_ends() {
    let mut world = farm()
        .workers(2)
        .limits(|limits| (limits.fail_after, limits.blocklist) = (9, 1))
        .job(|job| job.tasks(1))
        .job(|job| job.tasks(30))
        .open();
    let (one, two) = (world.workers[0], world.workers[1]);
    let second = world.jobs[1];
    world.set_job(world.jobs[0], J::Canceled).unwrap();
    world.work(one, T::Failed);
    let grant = world.fetch(two);
    assert_eq!(grant.key.index, 1);
    // It completes the one that the other failed, then fails another: now both are blocked.
    world.report(two, &grant, T::Completed).unwrap();
    world.work(two, T::Failed);
    assert_eq!(world.job_status(second), J::Failed);
}

#[test]
fn a_job_that_nobody_takes_yet_waits_for_a_first_worker() {
    let mut world = farm().worker(&["b"], &[]).job(|job| job.tasks(1)).open();
    world.fetch_nothing(world.workers[0]);
    check(&world, J::Queued, &[T::Queued]);
    world.add_worker(&super::build::WorkerPlan::default());
    world.work(world.workers[1], T::Completed);
    check(&world, J::Completed, &[T::Completed]);
}

#[test]
fn a_job_ends_when_the_last_who_could_take_what_is_left_signs_on_without_its_type() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let job = world.jobs[0];
    world.work(world.workers[0], T::Failed);
    for index in 2..=20 {
        world.set_task(job, index, T::Completed).unwrap();
    }
    check(&world, J::Active, &[T::SoftFailed]);
    world.sign_on(world.workers[1], vec!["b".to_owned()]);
    check(&world, J::Failed, &[T::Canceled]);
}

#[test]
fn a_soft_failure_does_not_cancel_a_pending_pause() {
    let mut world = farm().workers(3).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    let grant = world.fetch(world.workers[0]);
    world.set_job(job, J::PauseRequested).unwrap();
    check(&world, J::PauseRequested, &[T::Active, T::Paused]);
    world.report(world.workers[0], &grant, T::Failed).unwrap();
    check(&world, J::Paused, &[T::Paused, T::Paused]);
    // Who failed it is remembered.
    world.set_job(job, J::Queued).unwrap();
    assert_eq!(world.fetch(world.workers[0]).key.index, 2);
}

#[test]
fn what_is_requeued_by_the_manager_keeps_its_failures() {
    use crate::farm::commands::workers::SignOff;
    let mut world = farm().workers(3).job(|job| job.tasks(20)).open();
    world.work(world.workers[0], T::Failed);
    world.fetch(world.workers[1]);
    world
        .order(SignOff {
            worker: world.workers[1],
        })
        .unwrap();
    check(&world, J::Active, &[T::Queued]);
    assert_eq!(world.fetch(world.workers[0]).key.index, 2);
}

#[test]
fn queueing_a_task_by_hand_forgets_who_failed_it_and_keeps_the_blocklist() {
    let mut world = farm()
        .workers(3)
        .limits(|limits| limits.blocklist = 1)
        .job(|job| job.tasks(20))
        .open();
    let job = world.jobs[0];
    world.work(world.workers[0], T::Failed);
    world.set_task(job, 1, T::Queued).unwrap();
    assert!(world.database.job(job).unwrap().failures.is_empty());
    assert_eq!(blocked(&world), 1);
}

#[test]
fn only_requeueing_a_job_forgets_its_failures_and_its_blocklist() {
    let mut world = farm()
        .workers(2)
        .limits(|limits| limits.blocklist = 1)
        .job(|job| job.tasks(20))
        .open();
    let job = world.jobs[0];
    world.work(world.workers[0], T::Failed);
    let remembered = |world: &World| {
        let job = world.database.job(job).unwrap();
        (job.failures.len(), job.blocks.len())
    };
    for asked in [J::Paused, J::Queued, J::Canceled, J::Active] {
        world.set_job(job, asked).unwrap();
        assert_eq!(remembered(&world), (1, 1), "{asked}");
    }
    world.set_job(job, J::Requeueing).unwrap();
    assert_eq!(remembered(&world), (0, 0));
    assert_eq!(world.fetch(world.workers[0]).key.index, 1);
}

#[test]
fn a_job_that_is_queued_again_although_nobody_is_left_fails_again_and_says_why() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let job = world.jobs[0];
    world.work(world.workers[0], T::Failed);
    assert_eq!(world.set_job(job, J::Queued), Ok(J::Failed));
    let activity = &world.database.job(job).unwrap().row.activity;
    assert!(activity.contains("no worker is left"), "{activity}");
    assert_eq!(world.set_job(job, J::Requeueing), Ok(J::Queued));
    world.fetch(world.workers[0]);
}

#[test]
fn a_job_that_no_worker_is_left_for_says_so_and_does_not_count_its_tasks() {
    // Of two tasks one is more than a tenth, but that is not the reason.
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    world.work(world.workers[0], T::Failed);
    let job = world.database.job(world.jobs[0]).unwrap();
    assert_eq!(job.row.status, J::Failed);
    let activity = &job.row.activity;
    assert!(activity.contains("no worker is left"), "{activity}");
}
