//! Two processes that work as one Worker.

use std::time::Duration;

use farandole_protocol::ids::RunId;
use farandole_protocol::status::WorkerStatus as W;

use super::build::farm;
use super::world::World;
use crate::farm::commands::ticks::CheckTimeouts;
use crate::farm::commands::workers::{AskState, SignOff, SignOnError};
use crate::farm::identity::Runs;

/// A process that knows nothing of an earlier one.
fn process() -> Runs {
    Runs {
        current: Some(RunId::random()),
        previous: None,
    }
}

impl World {
    /// The only Worker signs on, as this process.
    fn come(&mut self, runs: Runs) -> Result<W, SignOnError> {
        let types = vec!["a".to_owned()];
        let answer = self.sign_on_as(self.workers[0], types, runs);
        if answer.is_ok() {
            self.set_worker(self.workers[0], W::Awake);
        }
        answer
    }

    /// The process that works is heard of, so many seconds later.
    fn speak_after(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        let worker = self.workers[0];
        self.order(AskState { worker }).unwrap();
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.order(CheckTimeouts);
    }
}

/// Whether the refusal says that it makes sense to ask again.
#[track_caller]
fn may_have_ended(answer: Result<W, SignOnError>) -> bool {
    match answer {
        Err(SignOnError::IdentityTaken(error)) => error.may_have_ended,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

#[test]
fn a_second_process_is_refused_as_soon_as_the_first_was_heard_of() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let worker = world.workers[0];
    world.come(process()).unwrap();
    let grant = world.fetch(worker);
    let second = process();
    world.now += Duration::from_secs(1);
    assert!(may_have_ended(world.come(second)));
    world.speak_after(5);
    let refusal = world.come(second);
    let words = refusal.as_ref().unwrap_err().to_string();
    assert!(
        words.contains("--data-dir") && words.contains("as Worker w1"),
        "{words}"
    );
    assert!(!may_have_ended(refusal));
    assert_eq!(world.worker_status(worker), W::Awake);
    assert_eq!(world.held[&worker], grant, "the first keeps its task");
}

#[test]
fn a_process_that_waits_for_a_task_is_alive() {
    let mut world = farm().workers(1).open();
    world.come(process()).unwrap();
    world.ask(world.workers[0], true);
    world.pass(600);
    assert!(may_have_ended(world.come(process())));
    world.end_wait(world.workers[0]);
}

#[test]
fn a_worker_that_was_killed_and_started_again_is_let_in_at_once() {
    let mut world = farm().workers(1).open();
    let first = process();
    world.come(first).unwrap();
    let again = Runs {
        current: Some(RunId::random()),
        previous: first.current,
    };
    assert_eq!(world.come(again), Ok(W::Awake));
    assert_eq!(world.come(again), Ok(W::Awake), "its answer may be lost");
    assert!(may_have_ended(world.come(first)));
}

#[test]
fn a_worker_that_signed_off_or_fell_silent_may_come_from_elsewhere() {
    let mut world = farm().workers(1).open();
    let worker = world.workers[0];
    world.come(process()).unwrap();
    world.order(SignOff { worker }).unwrap();
    assert!(world.come(process()).is_ok());

    let third = process();
    assert!(may_have_ended(world.come(third)));
    world.pass(59);
    assert!(may_have_ended(world.come(third)));
    world.pass(1);
    assert!(world.come(third).is_ok());
}

#[test]
fn without_a_time_out_of_workers_silence_is_enough_all_the_same() {
    let mut world = farm()
        .workers(1)
        .limits(|limits| limits.worker_timeout = None)
        .open();
    world.come(process()).unwrap();
    let second = process();
    assert!(may_have_ended(world.come(second)));
    world.pass(60);
    assert!(world.come(second).is_ok());
}

#[test]
fn stock_workers_do_not_say_which_run_they_are_and_are_let_in() {
    let mut world = farm().workers(1).open();
    world.come(process()).unwrap();
    assert!(world.come(Runs::default()).is_ok());
    assert!(world.come(process()).is_ok());
}

#[test]
fn a_manager_that_was_restarted_remembers_who_works() {
    let mut world = farm().workers(1).open();
    world.come(process()).unwrap();
    world.restart();
    assert!(may_have_ended(world.come(process())));
}
