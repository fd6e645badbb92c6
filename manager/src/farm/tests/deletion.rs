//! Jobs on their way out.

use farandole_protocol::event::Event;
use farandole_protocol::ids::TaskId;
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;

use super::build::farm;
use super::world::World;
use crate::farm::commands::deletion::{MarkForDeletion, RemoveJob};
use crate::farm::commands::jobs::JobOrderError;
use crate::farm::commands::reports::{AskMayRun, MayRun, NotePicture, PictureRefusal, ReportError};
use crate::farm::commands::workers::ScheduleTask;
use crate::farm::decision::{Answer, Fact, FarmCommand};
use crate::farm::state::{Farm, Thresholds};
use crate::farm::uptime::Uptime;
use crate::farm::write::AttemptEnd;

fn told(world: &World) -> Vec<serde_json::Value> {
    let jobs = world.facts.iter().filter_map(|fact| match fact {
        Fact::Event(Event::Job(event)) => Some(serde_json::to_value(event).unwrap()),
        Fact::Event(_) | Fact::Note(_) => None,
    });
    jobs.collect()
}

#[test]
fn what_runs_is_taken_from_its_worker_and_nothing_is_handed_out_any_more() {
    let mut world = farm().workers(2).job(|job| job.tasks(3)).open();
    let (job, [worker, other]) = (world.jobs[0], [world.workers[0], world.workers[1]]);
    let grant = world.fetch(worker);
    // Somebody waits, and must not get what comes back.
    world.set_task(job, 2, T::Canceled).unwrap();
    world.set_task(job, 3, T::Canceled).unwrap();
    assert_eq!(world.ask(other, true), None);
    world.doom(job).unwrap();
    assert_eq!(world.handouts, []);
    let ended = world.database.attempts[&(grant.key, grant.attempt)].1;
    assert_eq!(ended, Some(AttemptEnd::Canceled));
    let ask = AskMayRun {
        worker,
        task: grant.task,
        attempt: Some(grant.attempt),
        idle: None,
    };
    assert_eq!(world.order(ask), MayRun::NotRunning(T::Queued));
    let refused = world.report(worker, &grant, T::Completed).unwrap_err();
    assert_eq!(refused, ReportError::NotRunning(T::Queued));
    // Whatever people still want of it.
    for status in [J::Requeueing, J::PauseRequested, J::Queued] {
        world.set_job(job, status).unwrap();
        world.fetch_nothing(worker);
    }
}

#[test]
fn a_job_can_be_marked_in_any_state_and_again_and_a_restart_does_not_forget_it() {
    for status in [J::Queued, J::Paused, J::Canceled, J::Failed] {
        let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
        let job = world.jobs[0];
        if status != J::Queued {
            world.set_job(job, status).unwrap();
        }
        world.commit();
        let requested = |world: &World| {
            world
                .database
                .job(job)
                .unwrap()
                .row
                .delete_requested
                .unwrap()
        };
        world.doom(job).unwrap();
        assert_eq!(world.job_status(job), status);
        let first = requested(&world);
        assert_eq!(
            told(&world)[0]["delete_requested_at"],
            serde_json::to_value(first).unwrap()
        );
        world.commit();
        world.restart();
        world.fetch_nothing(world.workers[0]);
        world.doom(job).unwrap();
        assert!(requested(&world) > first);
    }
}

#[test]
fn a_job_that_is_gone_is_unknown_and_its_last_event_says_no_more_than_that() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let (job, worker) = (world.jobs[0], world.workers[0]);
    let grant = world.fetch(worker);
    world.doom(job).unwrap();
    world.remove(job).unwrap();
    let last = serde_json::json!({
        "id": job, "updated": "0001-01-01T00:00:00Z", "status": "", "type": "", "priority": 0,
        "refresh_tasks": false, "steps_completed": 0, "steps_total": 0, "was_deleted": true,
    });
    assert_eq!(told(&world), [last]);
    for _ in 0..2 {
        assert_eq!(world.doom(job), Err(JobOrderError::NotFound));
        assert_eq!(world.remove(job), Err(JobOrderError::NotFound));
        assert_eq!(
            world.set_job(job, J::Requeueing),
            Err(JobOrderError::NotFound)
        );
        let refused = world.report(worker, &grant, T::Completed).unwrap_err();
        assert_eq!(refused, ReportError::NotFound);
        let (task, attempt) = (grant.task, None);
        let ask = AskMayRun {
            worker,
            task,
            attempt,
            idle: None,
        };
        assert_eq!(world.order(ask), MayRun::NotFound);
        let picture = NotePicture {
            worker,
            task,
            attempt,
        };
        assert_eq!(world.order(picture), Err(PictureRefusal::NotFound));
        world.fetch_nothing(worker);
        world.restart();
    }
}

#[test]
fn a_job_that_nobody_wants_to_delete_is_not_removed() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let job = world.jobs[0];
    assert_eq!(world.remove(job), Err(JobOrderError::NotFound));
    world.work(world.workers[0], T::Completed);
    assert_eq!(world.job_status(job), J::Completed);
}

#[test]
fn what_was_read_of_a_job_before_it_went_does_not_bring_it_back() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let job = world.jobs[0];
    let read = world.database.job(job).unwrap().clone();
    world.doom(job).unwrap();
    world.remove(job).unwrap();
    world.farm.take_in_image(read, world.now);
    assert_eq!(world.farm.jobs().count(), 0);
}

#[test]
fn the_tasks_of_an_imported_job_keep_their_ids() {
    let ids: Vec<TaskId> = (1..=2)
        .map(|n| TaskId::from_uuid(uuid::Uuid::from_u128(0xfeed_0000 + n)))
        .collect();
    let world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (job, worker) = (world.jobs[0], world.workers[0]);
    let mut image = world.database.image();
    image.jobs[0].task_ids.clone_from(&ids);
    let mut farm = Farm::from_image(image, Thresholds::default(), world.now, Uptime::default());
    let own = TaskId::of_job(job, 1);
    assert_eq!(farm.find_task(own), None, "an id that nobody knows");
    for (index, id) in (1..).zip(&ids) {
        assert_eq!(farm.find_task(*id).unwrap().index, index);
    }
    let ticket = None;
    let handout = ScheduleTask { worker, ticket }.decide(&mut farm, world.now);
    let Answer::Task(grant) = &handout.handouts[0].answer else {
        panic!("{handout:?}");
    };
    assert_eq!(grant.task, ids[0]);
    drop(MarkForDeletion { job }.decide(&mut farm, world.now));
    drop(RemoveJob { job }.decide(&mut farm, world.now));
    assert_eq!(farm.find_task(ids[1]), None);
}
