//! The rules one by one, above all those in which the reference is wrong and ours is right.

use std::time::Duration;

use farandole_protocol::ids::TaskId;
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;

use super::world::World;
use crate::farm::commands::jobs::{JobOrderError, SetJobStatus};
use crate::farm::commands::reports::{AskMayRun, MayRun, ReportError, ReportTask};
use crate::farm::commands::tasks::TakeBack;
use crate::farm::commands::ticks::CheckTimeouts;
use crate::farm::commands::workers::{
    AskState, EndWait, RequestWorkerStatus, SignOff, StateChanged,
};
use crate::farm::decision::Answer;
use crate::farm::eligibility::WhyNot;
use crate::farm::state::Thresholds;

#[test]
fn a_job_is_worked_off_in_order_and_completes() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    let job = world.add_job(
        50,
        &[("a", 50, vec![2]), ("a", 50, vec![]), ("a", 60, vec![])],
        J::Queued,
    );
    for expected in [3, 2, 1] {
        let grant = world.fetch(worker);
        assert_eq!((grant.key.index, grant.attempt), (expected, 1));
        assert_eq!(world.job_status(job), J::Active);
        world.report(worker, &grant, T::Completed).unwrap();
    }
    assert_eq!(world.job_status(job), J::Completed);
    assert_eq!(world.ask(worker, false), Some(Answer::Nothing));
}

#[test]
fn a_late_update_cannot_revive_a_cancelled_task() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    let job = world.add_simple_job(2);
    let grant = world.fetch(worker);
    world.set_job(job, J::CancelRequested);
    for status in [T::Active, T::Completed, T::Failed] {
        assert_eq!(
            world.report(worker, &grant, status),
            Err(ReportError::NotRunning(T::Canceled))
        );
    }
    world.commit();
    assert!(
        world.farm.job_by_id(job).is_none(),
        "an ended job leaves memory"
    );
    assert_eq!(
        world.report(worker, &grant, T::Completed),
        Err(ReportError::NotRunning(T::Canceled))
    );
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)),
        (J::Canceled, vec![T::Canceled; 2])
    );
}

#[test]
fn a_soft_failure_does_not_cancel_a_pending_pause() {
    let mut world = World::with_workers(3);
    let worker = world.workers[0];
    let job = world.add_simple_job(2);
    let grant = world.fetch(worker);
    world.set_job(job, J::PauseRequested);
    assert_eq!(world.job_status(job), J::PauseRequested);
    world.report(worker, &grant, T::Failed).unwrap();
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)),
        (J::Paused, vec![T::Paused; 2])
    );
}

#[test]
fn a_job_with_nothing_left_to_run_ends() {
    let mut world = World::with_workers(4);
    // 1 of 20 fails: under 10 %, yet the rest completes and the failed one's dependent can never run.
    let mut plan = vec![("a", 50, vec![]); 19];
    plan.push(("a", 50, vec![1]));
    let job = world.add_job(50, &plan, J::Queued);
    world.set_task(job, 1, T::Failed);
    for index in 2..=19 {
        world.set_task(job, index, T::Completed);
    }
    assert_eq!(world.job_status(job), J::Failed);
    assert_eq!(world.task_statuses(job)[19], T::Canceled);
}

#[test]
fn a_worker_is_blocked_at_the_threshold_and_not_one_before() {
    let mut world = World::with_workers(3);
    let worker = world.workers[0];
    let job = world.add_simple_job(40);
    for failed in 1..=3 {
        let grant = world.fetch(worker);
        world.report(worker, &grant, T::Failed).unwrap();
        let blocked = world.database.job(job).unwrap().blocks.len();
        assert_eq!(blocked, usize::from(failed == 3), "after {failed} failures");
    }
    let task = world.farm.find_task(TaskId::of_job(job, 30)).unwrap();
    let worker = world.farm.worker_by_id(worker).unwrap();
    assert_eq!(world.farm.explain(worker, task), Err(WhyNot::Blocklisted));
}

#[test]
fn on_a_farm_of_two_the_second_worker_gets_its_try() {
    let mut world = World::with_workers(2);
    let (first, second) = (world.workers[0], world.workers[1]);
    let job = world.add_simple_job(20);
    let grant = world.fetch(first);
    world.report(first, &grant, T::Failed).unwrap();
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)[0]),
        (J::Active, T::SoftFailed)
    );
    let again = world.fetch(second);
    assert_eq!((again.key, again.attempt), (grant.key, 2));
    world.report(second, &again, T::Failed).unwrap();
    assert_eq!(world.job_status(job), J::Failed, "nobody is left");
}

#[test]
fn workers_that_do_not_take_the_type_do_not_count_as_left() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    world.add_worker(&["b"]);
    let job = world.add_simple_job(20);
    let grant = world.fetch(worker);
    world.report(worker, &grant, T::Failed).unwrap();
    assert_eq!(world.job_status(job), J::Failed);
}

#[test]
fn a_task_that_several_workers_failed_has_failed_for_good() {
    let mut world = World::with_workers(5);
    let job = world.add_simple_job(40);
    for worker in world.workers.clone().into_iter().take(3) {
        let grant = world.fetch(worker);
        assert_eq!(grant.key.index, 1);
        world.report(worker, &grant, T::Failed).unwrap();
    }
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)[0]),
        (J::Active, T::Failed)
    );
}

#[test]
fn a_tenth_of_the_tasks_failing_fails_the_job() {
    let mut world = World::with_workers(5);
    let job = world.add_simple_job(20);
    world.set_task(job, 1, T::Failed);
    assert_ne!(world.job_status(job), J::Failed);
    world.set_task(job, 2, T::Failed);
    assert_eq!(world.job_status(job), J::Failed);
    assert_eq!(world.task_statuses(job)[2], T::Canceled);
}

#[test]
fn a_task_timeout_is_a_soft_failure() {
    let mut world = World::with_workers(3);
    let worker = world.workers[0];
    let job = world.add_simple_job(20);
    world.farm.thresholds.worker_timeout = None;
    let grant = world.fetch(worker);
    world.now += Duration::from_mins(9);
    world.order(CheckTimeouts);
    assert_eq!(world.task_statuses(job)[0], T::Active);
    world.now += Duration::from_mins(1);
    world.order(CheckTimeouts);
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)[0]),
        (J::Active, T::SoftFailed)
    );
    let other = world.workers[1];
    assert_eq!(world.fetch(other).key, grant.key);
}

#[test]
fn a_task_timeout_of_nothing_disables_only_task_timeouts() {
    let mut world = World::with_workers(1);
    world.farm.thresholds = Thresholds {
        task_timeout: None,
        ..Thresholds::default()
    };
    let job = world.add_simple_job(20);
    let worker = world.workers[0];
    world.fetch(worker);
    world.now += Duration::from_hours(1);
    world.order(CheckTimeouts);
    assert_eq!(world.farm.worker_by_id(worker).unwrap().status, W::Error);
    assert_eq!(
        world.task_statuses(job)[0],
        T::Queued,
        "given back, not failed"
    );
}

#[test]
fn a_timed_out_worker_that_shows_up_again_recovers_by_itself() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    world.now += Duration::from_mins(2);
    world.order(CheckTimeouts);
    assert_eq!(world.farm.worker_by_id(worker).unwrap().status, W::Error);
    world.order(AskState { worker }).unwrap();
    assert_eq!(world.farm.worker_by_id(worker).unwrap().status, W::Awake);
    world.add_simple_job(1);
    world.fetch(worker);
}

#[test]
fn a_worker_that_waits_is_not_silent() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    assert_eq!(world.ask(worker, true), None);
    world.now += Duration::from_mins(2);
    world.order(CheckTimeouts);
    assert_eq!(world.farm.worker_by_id(worker).unwrap().status, W::Awake);
}

#[test]
fn requeueing_one_task_of_a_completed_job_runs_that_task_and_what_depends_on_it() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    let job = world.add_job(
        50,
        &[("a", 50, vec![]), ("a", 50, vec![]), ("a", 50, vec![1])],
        J::Queued,
    );
    for _ in 0..3 {
        let grant = world.fetch(worker);
        world.report(worker, &grant, T::Completed).unwrap();
    }
    world.commit();
    world.set_task(job, 1, T::Queued);
    assert_eq!(
        world.task_statuses(job),
        [T::Queued, T::Completed, T::Queued]
    );
    assert_eq!(world.job_status(job), J::Queued);
    for index in [1, 3] {
        let grant = world.fetch(worker);
        assert_eq!((grant.key.index, grant.attempt), (index, 2));
        world.report(worker, &grant, T::Completed).unwrap();
    }
    assert_eq!(world.job_status(job), J::Completed);
}

#[test]
fn a_job_that_is_to_be_deleted_gives_out_no_tasks() {
    let mut world = World::with_workers(1);
    let job = world.add_simple_job(1);
    let no = world.farm.job_by_id(job).unwrap().no;
    let now = world.now;
    let decision = world.farm.turn(now, |turn| {
        turn.job_mut(no).unwrap().delete_requested = Some(now);
    });
    world.database.apply(&decision.writes);
    let worker = world.workers[0];
    assert_eq!(world.ask(worker, false), Some(Answer::Nothing));
    let key = world.farm.find_task(TaskId::of_job(job, 1)).unwrap();
    let worker = world.farm.worker_by_id(worker).unwrap();
    assert_eq!(
        world.farm.explain(worker, key),
        Err(WhyNot::JobBeingDeleted)
    );
}

#[test]
fn a_repeat_of_the_report_that_ended_the_attempt_is_no_error() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    let job = world.add_simple_job(1);
    let grant = world.fetch(worker);
    world.report(worker, &grant, T::Completed).unwrap();
    assert!(world.report(worker, &grant, T::Completed).is_ok());
    world.commit();
    assert!(
        world.report(worker, &grant, T::Completed).is_ok(),
        "also when the job has left memory"
    );
    assert_eq!(
        world.report(worker, &grant, T::Failed),
        Err(ReportError::NotRunning(T::Completed))
    );
    assert_eq!(world.job_status(job), J::Completed);
}

#[test]
fn a_report_of_another_attempt_is_refused_and_one_without_a_number_counts_for_the_latest() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    world.add_simple_job(1);
    let first = world.fetch(worker);
    let second = world.fetch(worker);
    assert_eq!((second.key, second.attempt), (first.key, 2));
    assert_eq!(
        world.report(worker, &first, T::Completed),
        Err(ReportError::OtherAttempt(2))
    );
    let may = |attempt| AskMayRun {
        worker,
        task: first.task,
        attempt,
    };
    assert_eq!(world.order(may(Some(1))), MayRun::NotYours);
    assert_eq!(world.order(may(None)), MayRun::Yes);
    let stock = ReportTask {
        worker,
        task: first.task,
        attempt: None,
        status: Some(T::Completed),
        activity: None,
        steps_completed: None,
    };
    world.order(stock).unwrap();
}

#[test]
fn a_hand_out_that_nobody_took_goes_back() {
    let mut world = World::with_workers(2);
    let (first, second) = (world.workers[0], world.workers[1]);
    let job = world.add_simple_job(1);
    let grant = world.fetch(first);
    world.order(TakeBack {
        key: grant.key,
        attempt: grant.attempt,
    });
    assert_eq!(world.task_statuses(job), [T::Queued]);
    let again = world.fetch(second);
    world.order(TakeBack {
        key: grant.key,
        attempt: grant.attempt,
    });
    assert_eq!(
        world.task_statuses(job),
        [T::Active],
        "an old hand-out takes nothing back"
    );
    world.report(second, &again, T::Completed).unwrap();
}

#[test]
fn who_waits_longest_is_served_first_in_the_decision_that_makes_work() {
    let mut world = World::with_workers(3);
    for worker in world.workers.clone() {
        assert_eq!(world.ask(worker, true), None);
    }
    world.handouts.clear();
    world.add_simple_job(2);
    let served: Vec<_> = world
        .handouts
        .iter()
        .map(|handout| handout.worker)
        .collect();
    assert_eq!(served, world.workers[..2]);
}

#[test]
fn an_order_for_a_waiting_worker_ends_its_wait() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    world.ask(worker, true);
    world.handouts.clear();
    world
        .order(RequestWorkerStatus {
            worker,
            status: W::Asleep,
            lazy: true,
        })
        .unwrap();
    assert_eq!(world.handouts[0].answer, Answer::StatusRequested(W::Asleep));
}

#[test]
fn the_end_of_an_older_request_does_not_end_a_newer_wait() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    world.ask(worker, true);
    world.ask(worker, true);
    world.order(EndWait { worker, ticket: 1 });
    assert!(world.farm.worker_by_id(worker).unwrap().waiting.is_some());
    world.order(EndWait { worker, ticket: 2 });
    assert!(world.farm.worker_by_id(worker).unwrap().waiting.is_none());
}

#[test]
fn a_worker_that_asks_while_it_holds_a_task_of_a_job_that_is_to_pause_has_lost_it() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    let job = world.add_simple_job(2);
    world.fetch(worker);
    world.set_job(job, J::PauseRequested);
    assert_eq!(world.ask(worker, false), Some(Answer::Nothing));
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)),
        (J::Paused, vec![T::Paused; 2])
    );
}

#[test]
fn what_a_worker_was_doing_goes_back_when_it_leaves() {
    let mut world = World::with_workers(2);
    let job = world.add_simple_job(2);
    let (first, second) = (world.workers[0], world.workers[1]);
    world.fetch(first);
    world.fetch(second);
    world.order(SignOff { worker: first }).unwrap();
    world
        .order(StateChanged {
            worker: second,
            status: W::Asleep,
        })
        .unwrap();
    assert_eq!(world.task_statuses(job), [T::Queued, T::Queued]);
    assert_eq!(
        world.sign_on(first, vec!["a".to_owned()]),
        W::Awake,
        "it comes back as it went"
    );
}

#[test]
fn people_can_ask_for_some_states_of_a_job_only() {
    let mut world = World::with_workers(1);
    let job = world.add_simple_job(2);
    for status in [J::Completed, J::UnderConstruction, J::Unset] {
        let refused = world.order(SetJobStatus {
            job,
            status,
            reason: String::new(),
        });
        assert_eq!(refused, Err(JobOrderError::NotByHand(status)));
    }
    for (asked, becomes) in [
        (J::Queued, J::Queued),
        (J::Paused, J::Paused),
        (J::PauseRequested, J::Paused),
        (J::Active, J::Queued),
        (J::Canceled, J::Canceled),
        (J::CancelRequested, J::Canceled),
        (J::Queued, J::Queued),
        (J::Failed, J::Failed),
        (J::Requeueing, J::Queued),
    ] {
        world.set_job(job, asked);
        assert_eq!(world.job_status(job), becomes, "after asking for {asked}");
    }
}

#[test]
fn only_requeueing_runs_a_completed_job_again_and_clears_failures() {
    let mut world = World::with_workers(2);
    let (first, second) = (world.workers[0], world.workers[1]);
    let job = world.add_simple_job(1);
    let grant = world.fetch(first);
    world.report(first, &grant, T::Failed).unwrap();
    let grant = world.fetch(second);
    world.report(second, &grant, T::Completed).unwrap();
    world.set_job(job, J::Queued);
    assert_eq!(world.job_status(job), J::Completed);
    world.set_job(job, J::Requeueing);
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)),
        (J::Queued, vec![T::Queued])
    );
    assert!(world.database.job(job).unwrap().failures.is_empty());
    world.fetch(first);
}

#[test]
fn a_pending_pause_can_be_taken_back() {
    let mut world = World::with_workers(1);
    let worker = world.workers[0];
    let job = world.add_simple_job(3);
    world.fetch(worker);
    world.set_job(job, J::PauseRequested);
    world.set_job(job, J::Active);
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)),
        (J::Active, vec![T::Active, T::Queued, T::Queued])
    );
}

#[test]
fn a_job_without_tasks_is_complete_at_once() {
    let mut world = World::with_workers(1);
    let job = world.add_job(50, &[], J::Queued);
    assert_eq!(world.job_status(job), J::Completed);
    assert_eq!(world.database.awake(), 1);
}
