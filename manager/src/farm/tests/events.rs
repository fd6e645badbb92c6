//! What the world is told, and in which order.

use farandole_protocol::event::Event;
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;

use super::build::{JobPlan, farm};
use super::world::World;
use crate::farm::commands::jobs::SetJobPriority;
use crate::farm::commands::reports::ReportTask;
use crate::farm::decision::Fact;
use crate::farm::write::Write;

/// What the last order told, in short: kind, state, previous state, `*` if tasks are to be read again.
fn told(world: &World) -> Vec<String> {
    let told = |fact: &Fact| {
        let Fact::Event(event) = fact else {
            return None;
        };
        let (kind, status, previous, refresh) = match event {
            Event::Job(e) => (
                "job",
                e.status.as_str(),
                e.previous_status.map(J::as_str),
                e.refresh_tasks,
            ),
            Event::Task(e) => (
                "task",
                e.status.as_str(),
                e.previous_status.map(T::as_str),
                false,
            ),
            Event::Worker(e) => (
                "worker",
                e.status.as_str(),
                e.previous_status.map(W::as_str),
                false,
            ),
            Event::Lifecycle(_)
            | Event::Status(_)
            | Event::TaskLog(_)
            | Event::LastRendered(_)
            | Event::WorkerTag(_) => panic!("the farm does not speak of {event:?}"),
        };
        let (previous, refresh) = (previous.unwrap_or("-"), if refresh { " *" } else { "" });
        Some(format!("{kind} {status} < {previous}{refresh}"))
    };
    world.facts.iter().filter_map(told).collect()
}

fn notes(world: &World) -> Vec<&str> {
    world
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Note(note) => Some(note.text.as_str()),
            Fact::Event(_) => None,
        })
        .collect()
}

#[test]
fn a_task_is_told_before_the_job_that_follows_it() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let worker = world.workers[0];
    let grant = world.fetch(worker);
    assert_eq!(
        told(&world),
        [
            "task active < queued",
            "job active < queued",
            "worker awake < -"
        ]
    );
    world.report(worker, &grant, T::Completed).unwrap();
    assert_eq!(
        told(&world),
        ["task completed < active", "job completed < active"]
    );
}

#[test]
fn a_cancelled_job_passes_through_its_request_and_has_its_tasks_read_again() {
    let mut world = farm().workers(1).job(|job| job.tasks(3)).open();
    world.fetch(world.workers[0]);
    world.set_job(world.jobs[0], J::CancelRequested).unwrap();
    assert_eq!(
        told(&world),
        [
            "task canceled < active",
            "job cancel-requested < active *",
            "job canceled < cancel-requested"
        ]
    );
    world.set_job(world.jobs[0], J::Requeueing).unwrap();
    assert_eq!(
        told(&world),
        ["job requeueing < canceled *", "job queued < requeueing *"]
    );
}

#[test]
fn whatever_changes_all_tasks_at_once_has_them_read_again() {
    // Found in review: when a pause was taken back, and when a job ended by itself, nobody was told to.
    let mut world = farm().workers(1).job(|job| job.tasks(3)).open();
    let job = world.jobs[0];
    world.fetch(world.workers[0]);
    world.set_job(job, J::PauseRequested).unwrap();
    assert_eq!(told(&world), ["job pause-requested < active *"]);
    world.set_job(job, J::Active).unwrap();
    assert_eq!(told(&world), ["job active < pause-requested *"]);

    let job = world.add_job(&JobPlan::default().tasks(1).task("a", 50, &[1]));
    world.set_task(job, 1, T::Canceled).unwrap();
    assert_eq!(
        told(&world),
        ["task canceled < queued", "job canceled < queued *"]
    );
}

#[test]
fn a_change_of_all_tasks_is_one_change_of_the_database_and_tells_nobody_of_each() {
    let mut world = farm().workers(1).job(|job| job.tasks(50)).open();
    world.fetch(world.workers[0]);
    world.set_job(world.jobs[0], J::Canceled).unwrap();
    let of_tasks = |write: &&Write| matches!(write, Write::Task(_) | Write::Tasks(_));
    assert_eq!(
        world.writes.iter().filter(of_tasks).count(),
        2,
        "the running one, and all others"
    );
}

#[test]
fn progress_is_told_of_the_task_and_then_of_its_job() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, grant) = (world.workers[0], world.fetch(world.workers[0]));
    let progress = ReportTask {
        worker,
        task: grant.task,
        attempt: None,
        status: Some(T::Active),
        activity: Some("half of it".to_owned()),
        steps_completed: Some(1),
        findings: Vec::new(),
        outputs: Vec::new(),
    };
    world.order(progress).unwrap();
    assert_eq!(told(&world), ["task active < -", "job active < -"]);
    let Fact::Event(Event::Task(event)) = &world.facts[0] else {
        panic!("{:?}", world.facts)
    };
    assert_eq!(
        (&event.activity[..], event.steps_completed),
        ("half of it", 1)
    );
    assert_eq!(
        event.worker.as_ref().map(|worker| worker.uuid),
        Some(worker)
    );
}

#[test]
fn a_new_job_has_no_previous_state() {
    let mut world = farm().open();
    world.add_job(&JobPlan::default().tasks(1));
    assert_eq!(told(&world), ["job queued < -"]);
    world.add_job(&JobPlan::default());
    assert_eq!(told(&world), ["job queued < -", "job completed < queued"]);
}

#[test]
fn a_reason_given_again_is_told_again() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    world.set_task(world.jobs[0], 1, T::Queued).unwrap();
    assert_eq!(told(&world), ["task queued < queued"]);
}

#[test]
fn of_two_events_of_one_thing_the_newer_looks_newer_even_if_the_clock_is_set_back() {
    // The listener checks it of all events; here the clock goes wrong.
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    world.fetch(world.workers[0]);
    let before = world.database.job(job).unwrap().row.updated;
    world.set_clock(-3_600);
    world.order(SetJobPriority { job, priority: 51 }).unwrap();
    world.set_job(job, J::Canceled).unwrap();
    assert!(world.database.job(job).unwrap().row.updated > before);
}

#[test]
fn the_manager_writes_into_task_logs_what_it_does_with_a_task() {
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let worker = world.workers[0];
    let grant = world.fetch(worker);
    let assigned = format!("assigned to worker w1 ({worker})");
    assert_eq!(
        notes(&world),
        [&assigned[..], "status changed from queued to active"]
    );
    world.report(worker, &grant, T::Failed).unwrap();
    assert_eq!(
        notes(&world),
        [
            "failed by 1 of 3 worker(s), another one may try",
            "status changed from active to soft-failed"
        ]
    );
}
