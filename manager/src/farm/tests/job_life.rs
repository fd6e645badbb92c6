//! From a job's release to its end.

use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;

use super::build::{JobPlan, farm};
use super::world::World;
use crate::farm::image::JobImage;
use crate::farm::job::Job;

#[track_caller]
fn check(world: &World, job: J, tasks: &[T]) {
    let id = world.jobs[0];
    assert_eq!(
        (world.job_status(id), &world.task_statuses(id)[..]),
        (job, tasks)
    );
}

#[test]
fn a_job_is_worked_off_in_order_and_completes() {
    let mut world = farm()
        .workers(1)
        .job(|job| {
            job.task("a", 50, &[2])
                .task("a", 50, &[])
                .task("a", 60, &[])
        })
        .open();
    let worker = world.workers[0];
    for expected in [3, 2, 1] {
        assert_eq!(world.work(worker, T::Completed).key.index, expected);
    }
    check(&world, J::Completed, &[T::Completed; 3]);
    world.commit();
    assert!(
        world.farm.job_by_id(world.jobs[0]).is_none(),
        "it leaves memory"
    );
}

#[test]
fn a_job_without_tasks_is_complete_at_once() {
    let world = farm().job(|job| job).job(JobPlan::paused).open();
    for job in &world.jobs {
        assert_eq!(world.job_status(*job), J::Completed);
    }
}

#[test]
fn a_job_with_nothing_left_to_run_ends() {
    // 1 of 20 fails: under 10 %, yet the rest completes and the failed one's dependent can never run.
    let mut world = farm()
        .workers(4)
        .job(|job| job.tasks(19).task("a", 50, &[1]))
        .open();
    let job = world.jobs[0];
    world.set_task(job, 1, T::Failed).unwrap();
    for index in 2..=19 {
        world.set_task(job, index, T::Completed).unwrap();
    }
    assert_eq!(world.job_status(job), J::Failed);
    assert_eq!(world.task_status(job, 20), T::Canceled);
}

#[test]
fn a_job_all_of_whose_tasks_are_canceled_is_canceled() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    world.set_task(job, 1, T::Canceled).unwrap();
    check(&world, J::Queued, &[T::Canceled, T::Queued]);
    world.set_task(job, 2, T::Canceled).unwrap();
    check(&world, J::Canceled, &[T::Canceled, T::Canceled]);
}

#[test]
fn a_task_that_is_queued_behind_a_failed_one_does_not_hold_its_job_for_ever() {
    // Found in review: the job stayed active with nothing to run.
    let mut world = farm()
        .workers(4)
        .job(|job| job.tasks(19).task("a", 50, &[1]))
        .open();
    let job = world.jobs[0];
    world.set_task(job, 20, T::Paused).unwrap();
    world.set_task(job, 1, T::Failed).unwrap();
    for index in 2..=19 {
        world.set_task(job, index, T::Completed).unwrap();
    }
    assert_eq!(
        world.job_status(job),
        J::Active,
        "a paused task is a person's to let go"
    );
    world.set_task(job, 20, T::Queued).unwrap();
    assert_eq!(
        (world.job_status(job), world.task_status(job, 20)),
        (J::Failed, T::Canceled)
    );
}

#[test]
fn a_pause_begins_when_the_last_running_task_has_come_to_rest_however_it_does() {
    let ends = [T::Completed, T::Queued, T::Paused, T::Canceled, T::Failed];
    for end in ends {
        let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
        let job = world.jobs[0];
        world.fetch(world.workers[0]);
        let grant = world.fetch(world.workers[1]);
        assert_eq!(world.set_job(job, J::PauseRequested), Ok(J::PauseRequested));
        world
            .report(world.workers[1], &grant, T::Completed)
            .unwrap();
        assert_eq!(world.job_status(job), J::PauseRequested, "one still runs");
        world.set_task(job, 1, end).unwrap();
        assert_eq!(world.job_status(job), J::Paused, "after {end}");
        assert_eq!(world.task_status(job, 3), T::Paused);
    }
}

#[test]
fn a_job_that_completes_while_it_is_to_pause_is_complete() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    world.set_job(job, J::PauseRequested).unwrap();
    world.report(worker, &grant, T::Completed).unwrap();
    check(&world, J::Completed, &[T::Completed]);
}

#[test]
fn a_job_that_is_canceled_takes_the_tasks_from_their_workers() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let job = world.jobs[0];
    world.work(world.workers[0], T::Failed);
    world.fetch(world.workers[0]);
    world.set_task(job, 3, T::Paused).unwrap();
    world.set_task(job, 4, T::Failed).unwrap();
    world.set_task(job, 5, T::Completed).unwrap();
    world.set_job(job, J::CancelRequested).unwrap();
    assert_eq!(world.job_status(job), J::Canceled);
    assert_eq!(
        world.task_statuses(job)[..6],
        [
            T::Canceled,
            T::Canceled,
            T::Paused,
            T::Failed,
            T::Completed,
            T::Canceled
        ]
    );
    assert!(world.farm.workers().all(|worker| worker.running.is_none()));
}

#[test]
fn requeueing_leaves_running_and_completed_tasks_alone() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let job = world.jobs[0];
    world.work(world.workers[0], T::Failed);
    let running = world.fetch(world.workers[0]);
    world.set_task(job, 3, T::Paused).unwrap();
    world.set_task(job, 4, T::Failed).unwrap();
    world.set_task(job, 5, T::Completed).unwrap();
    world.set_task(job, 6, T::Canceled).unwrap();
    world.set_job(job, J::Requeueing).unwrap();
    assert_eq!(world.job_status(job), J::Queued);
    assert_eq!(
        world.task_statuses(job)[..6],
        [
            T::Queued,
            T::Active,
            T::Queued,
            T::Queued,
            T::Completed,
            T::Queued
        ]
    );
    world
        .report(world.workers[0], &running, T::Completed)
        .unwrap();
    assert_eq!(world.job_status(job), J::Active);
}

#[test]
fn requeueing_a_completed_job_runs_all_of_it_again() {
    let mut world = farm()
        .workers(1)
        .job(|job| job.tasks(1).task("a", 50, &[1]))
        .open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    for round in 1..=3 {
        for index in [1, 2] {
            let grant = world.work(worker, T::Completed);
            assert_eq!((grant.key.index, grant.attempt), (index, round));
        }
        check(&world, J::Completed, &[T::Completed; 2]);
        world.commit();
        world.set_job(job, J::Requeueing).unwrap();
        check(&world, J::Queued, &[T::Queued; 2]);
    }
}

#[test]
fn requeueing_one_task_of_a_completed_job_runs_that_task_and_what_depends_on_it() {
    let mut world = farm()
        .workers(1)
        .job(|job| job.tasks(2).task("a", 50, &[1]).task("a", 50, &[3]))
        .open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    for _ in 0..4 {
        world.work(worker, T::Completed);
    }
    world.commit();
    world.set_task(job, 1, T::Queued).unwrap();
    check(
        &world,
        J::Queued,
        &[T::Queued, T::Completed, T::Queued, T::Queued],
    );
    for index in [1, 3, 4] {
        let grant = world.work(worker, T::Completed);
        assert_eq!((grant.key.index, grant.attempt), (index, 2));
    }
    check(&world, J::Completed, &[T::Completed; 4]);
}

#[test]
fn requeueing_a_task_stops_what_is_being_made_of_it() {
    // Found in review: the video was made of a frame that was being rendered again.
    let mut world = farm()
        .workers(2)
        .job(|job| job.tasks(1).task("a", 50, &[1]))
        .open();
    let (one, two, job) = (world.workers[0], world.workers[1], world.jobs[0]);
    world.work(one, T::Completed);
    let video = world.fetch(two);
    world.set_task(job, 1, T::Queued).unwrap();
    check(&world, J::Active, &[T::Queued, T::Queued]);
    assert!(world.report(two, &video, T::Completed).is_err());
    assert_eq!(world.work(one, T::Completed).key.index, 1);
    assert_eq!(world.work(two, T::Completed).key.index, 2);
    check(&world, J::Completed, &[T::Completed; 2]);
}

#[test]
fn a_task_of_an_ended_job_that_is_queued_by_hand_just_sits_there() {
    for end in [J::Canceled, J::Failed] {
        let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
        let job = world.jobs[0];
        world.set_job(job, end).unwrap();
        world.set_task(job, 1, T::Queued).unwrap();
        world.commit();
        world.fetch_nothing(world.workers[0]);
        check(&world, end, &[T::Queued, T::Canceled]);
        world.set_job(job, J::Queued).unwrap();
        check(&world, J::Queued, &[T::Queued, T::Queued]);
    }
}

#[test]
fn a_job_is_no_longer_complete_when_a_person_takes_back_one_of_its_tasks() {
    for (taken_back, job_is) in [(T::Canceled, J::Canceled), (T::Failed, J::Failed)] {
        let mut world = farm().workers(1).job(|job| job.tasks(20)).open();
        let job = world.jobs[0];
        for _ in 0..20 {
            world.work(world.workers[0], T::Completed);
        }
        world.commit();
        world.set_task(job, 7, taken_back).unwrap();
        assert_eq!(world.job_status(job), job_is);
        world.set_task(job, 7, T::Completed).unwrap();
        assert_eq!(world.job_status(job), J::Completed);
    }
}

#[test]
fn an_ended_job_leaves_memory_only_if_nothing_happened_since() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let job = world.jobs[0];
    world.set_job(job, J::Canceled).unwrap();
    let no = world.farm.job_by_id(job).unwrap().no;
    let version = world.farm.job_by_id(job).unwrap().version;
    world.set_job(job, J::Requeueing).unwrap();
    assert!(!world.farm.forget(no, version), "it runs again");
    world.set_job(job, J::Canceled).unwrap();
    assert!(
        !world.farm.forget(no, version),
        "a later change is not stored yet"
    );
    world.commit();
    assert!(world.farm.job_by_id(job).is_none());
}

#[test]
fn a_job_that_left_memory_comes_back_as_it_went() {
    let mut world = farm()
        .workers(2)
        .limits(|limits| limits.blocklist = 1)
        .job(|job| job.tasks(20))
        .open();
    let job = world.jobs[0];
    world.work(world.workers[0], T::Failed);
    world.set_job(job, J::Canceled).unwrap();
    world.commit();
    world.set_job(job, J::Queued).unwrap();
    world.fetch_nothing(world.workers[0]);
    let grant = world.fetch(world.workers[1]);
    assert_eq!((grant.key.index, grant.attempt), (1, 2));
}

#[test]
fn the_text_of_a_change_of_all_tasks_is_in_memory_as_it_is_on_disk() {
    // Found in review: the next change of such a task wrote its older text back.
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    world.set_job(job, J::Paused).unwrap();
    world.set_job(job, J::Queued).unwrap();
    world.fetch(world.workers[0]);
    let activity = |index: usize| &world.database.job(job).unwrap().tasks[index].state.activity;
    assert_eq!(activity(0), activity(1));
    assert!(activity(0).contains("the job became requeueing"));
}

#[test]
fn absurd_figures_do_no_harm() {
    let mut world = farm().workers(1).job(|job| job.paused().tasks(1)).open();
    let job = world.jobs[0];
    let mut image: JobImage = world.database.job(job).unwrap().clone();
    image.tasks[0].steps_total = -1;
    image.tasks[0].dependencies = vec![77];
    image.failures = vec![
        (0, crate::farm::keys::WorkerNo(1)),
        (77, crate::farm::keys::WorkerNo(1)),
    ];
    let odd = Job::from_image(image);
    assert_eq!((odd.steps_total, odd.task(1).unwrap().unfinished), (0, 0));
    assert!(odd.record.is_clean());
    world.set_job(job, J::Queued).unwrap();
}

#[test]
fn a_paused_job_of_which_a_person_cancels_the_rest_ends() {
    let mut world = farm().workers(1).job(|job| job.paused().tasks(2)).open();
    let job = world.jobs[0];
    world.set_task(job, 1, T::Canceled).unwrap();
    check(&world, J::Paused, &[T::Canceled, T::Queued]);
    world.set_task(job, 2, T::Canceled).unwrap();
    check(&world, J::Canceled, &[T::Canceled, T::Canceled]);
    // An ended job that is paused rests, to be queued again some day.
    assert_eq!(world.set_job(job, J::Paused), Ok(J::Paused));
    assert_eq!(world.set_job(job, J::Queued), Ok(J::Queued));
    check(&world, J::Queued, &[T::Queued, T::Queued]);
}
