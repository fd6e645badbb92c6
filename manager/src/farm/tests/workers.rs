//! How Workers come, change and go; and what the farm as a whole is doing.

use farandole_protocol::api::{StorageCondition, WorkerCondition};
use farandole_protocol::event::Event;
use farandole_protocol::status::FarmStatus as F;
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;

use super::build::{JobPlan, farm};
use super::world::World;
use crate::farm::commands::ticks::AskFarmStatus;
use crate::farm::commands::worker_mgt::{DeleteWorker, RequestWorkerStatus, WorkerRequestError};
use crate::farm::commands::workers::{AskState, SignOff, SignOn, TakeCondition, UnknownWorker};
use crate::farm::decision::{Answer, Fact, FarmCommand as _};
use crate::farm::identity::Runs;
use crate::farm::write::{StatusRequest, Write};

fn request(world: &mut World, status: W, lazy: bool) -> Result<(), WorkerRequestError> {
    let worker = world.workers[0];
    world.order(RequestWorkerStatus {
        worker,
        status,
        lazy,
    })
}

fn requested(world: &World) -> Option<StatusRequest> {
    world.farm.worker_by_id(world.workers[0]).unwrap().requested
}

fn types() -> Vec<String> {
    vec!["a".to_owned()]
}

#[test]
fn what_a_worker_was_doing_goes_back_when_it_leaves_or_is_no_longer_awake() {
    let mut world = farm().workers(2).job(|job| job.tasks(2)).open();
    let (one, two) = (world.workers[0], world.workers[1]);
    world.fetch(one);
    world.fetch(two);
    world.order(SignOff { worker: one }).unwrap();
    world.set_worker(two, W::Asleep);
    assert_eq!(world.task_statuses(world.jobs[0]), [T::Queued, T::Queued]);
}

#[test]
fn a_worker_that_starts_again_keeps_its_task_until_it_says_what_it_is() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    world.sign_on(worker, types());
    assert_eq!(world.task_status(job, 1), T::Active);
    world.set_worker(worker, W::Awake);
    assert_eq!(world.fetch(worker).key, grant.key);
}

#[test]
fn a_worker_comes_back_as_it_went() {
    for (went, comes_back) in [
        (W::Awake, W::Awake),
        (W::Asleep, W::Asleep),
        (W::Error, W::Awake),
    ] {
        let mut world = farm().workers(1).open();
        let worker = world.workers[0];
        world.set_worker(worker, went);
        world.order(SignOff { worker }).unwrap();
        assert_eq!(world.worker_status(worker), W::Offline);
        assert_eq!(world.sign_on(worker, types()), comes_back, "after {went}");
        world.set_worker(worker, comes_back);
        assert_eq!(requested(&world), None);
    }
}

#[test]
fn signing_off_fulfils_a_request_to_end() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    request(&mut world, W::Offline, true).unwrap();
    world.order(SignOff { worker }).unwrap();
    let back = StatusRequest {
        status: W::Awake,
        lazy: false,
    };
    assert_eq!(requested(&world), Some(back));
    // In error there is nothing to come back to.
    world.set_worker(worker, W::Error);
    request(&mut world, W::Offline, false).unwrap();
    world.order(SignOff { worker }).unwrap();
    assert_eq!(requested(&world), None);
}

#[test]
fn another_request_outlives_signing_off_and_on() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    request(&mut world, W::Asleep, true).unwrap();
    world.order(SignOff { worker }).unwrap();
    assert_eq!(world.sign_on(worker, types()), W::Asleep);
    world.set_worker(worker, W::Starting);
    assert!(requested(&world).is_some());
    world.set_worker(worker, W::Asleep);
    assert_eq!(requested(&world), None);
}

#[test]
fn a_request_is_told_until_it_is_met_and_taken_back_by_asking_for_what_is() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    assert_eq!(world.order(AskState { worker }), Ok(None));
    for lazy in [true, false] {
        request(&mut world, W::Asleep, lazy).unwrap();
        assert_eq!(world.order(AskState { worker }), Ok(Some(W::Asleep)));
    }
    request(&mut world, W::Awake, true).unwrap();
    assert_eq!(world.order(AskState { worker }), Ok(None));
}

#[test]
fn only_who_can_restart_is_asked_to() {
    let mut world = farm().workers(1).open();
    let (worker, clock) = (world.workers[0], world.clock());
    assert_eq!(
        request(&mut world, W::Restart, true),
        Err(WorkerRequestError::CannotRestart)
    );
    world
        .order(SignOn {
            worker,
            name: "phoenix".to_owned(),
            address: "10.0.0.1".to_owned(),
            software: "2".to_owned(),
            task_types: types(),
            can_restart: true,
            ephemeral: false,
            clock,
            runs: Runs::default(),
        })
        .unwrap();
    request(&mut world, W::Restart, true).unwrap();
    let row = world.farm.worker_by_id(worker).unwrap().row();
    assert_eq!(
        (&row.name[..], &row.address[..], &row.software[..]),
        ("phoenix", "10.0.0.1", "2")
    );
}

#[test]
fn strangers_are_told_so() {
    let mut world = farm().open();
    let worker = farandole_protocol::ids::WorkerId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(world.order(AskState { worker }), Err(UnknownWorker));
    assert_eq!(world.order(SignOff { worker }), Err(UnknownWorker));
    let (status, lazy) = (W::Asleep, false);
    let request = RequestWorkerStatus {
        worker,
        status,
        lazy,
    };
    assert_eq!(world.order(request), Err(WorkerRequestError::NotFound));
}

#[test]
fn the_state_of_the_farm_is_the_first_line_of_the_table_that_fits() {
    let mut world = farm().open();
    assert_eq!(world.order(AskFarmStatus), F::Inoperative);
    let worker = world.add_worker(&super::build::WorkerPlan::default());
    assert_eq!(world.order(AskFarmStatus), F::Idle);
    world.set_worker(worker, W::Asleep);
    assert_eq!(world.order(AskFarmStatus), F::Asleep);
    let job = world.add_job(&JobPlan::default().tasks(2));
    assert_eq!(world.order(AskFarmStatus), F::Waiting);
    world.set_worker(worker, W::Awake);
    assert_eq!(world.order(AskFarmStatus), F::Waiting);
    world.fetch(worker);
    assert_eq!(world.order(AskFarmStatus), F::Active);
    world.set_worker(worker, W::Asleep);
    assert_eq!(world.order(AskFarmStatus), F::Waiting);
    world.set_worker(worker, W::Error);
    assert_eq!(world.order(AskFarmStatus), F::Inoperative);
    world.set_worker(worker, W::Awake);
    world.set_job(job, J::Paused).unwrap();
    assert_eq!(world.order(AskFarmStatus), F::Idle);
}

#[test]
fn a_deleted_worker_is_gone_and_what_it_was_doing_goes_back() {
    let mut world = farm().workers(2).job(|job| job.tasks(1)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    world.fetch(worker);
    world.order(DeleteWorker { worker }).unwrap();
    assert_eq!(world.task_status(job, 1), T::Queued);
    let told = world.facts.iter().any(|fact| match fact {
        Fact::Event(Event::Worker(event)) => event.id == worker && event.deleted_at.is_some(),
        Fact::Event(_) | Fact::Note(_) => false,
    });
    assert!(told, "{:?}", world.facts);
    assert_eq!(world.order(DeleteWorker { worker }), Err(UnknownWorker));
    assert_eq!(world.order(AskState { worker }), Err(UnknownWorker));
    world.restart();
    assert!(world.farm.worker_by_id(worker).is_none());
}

#[test]
fn a_worker_that_waits_is_told_when_it_is_deleted() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    world.ask(worker, true);
    world.order(DeleteWorker { worker }).unwrap();
    assert_eq!(world.handouts.len(), 1);
    assert!(matches!(world.handouts[0].answer, Answer::UnknownWorker));
}

#[test]
fn what_a_worker_has_found_on_its_host_is_kept_and_told_once() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    let condition = WorkerCondition {
        storage: Some(StorageCondition {
            path: "/farm".to_owned(),
            problem: Some("x".repeat(1_000)),
        }),
        programs: Vec::new(),
    };
    let take = TakeCondition { worker, condition };
    let decision = take.clone().decide(&mut world.farm.clone(), world.now);
    assert!(!decision.writes.is_empty());
    world.order(take.clone()).unwrap();
    world.restart();
    let kept = world
        .farm
        .workers()
        .next()
        .unwrap()
        .condition
        .clone()
        .unwrap();
    assert_eq!(
        kept.problems()[0].len(),
        300,
        "a worker is not trusted to be brief"
    );
    let again = take.decide(&mut world.farm.clone(), world.now);
    assert!(
        !again
            .writes
            .iter()
            .any(|write| matches!(write, Write::Condition(..))),
        "{:?}",
        again.writes
    );
}
