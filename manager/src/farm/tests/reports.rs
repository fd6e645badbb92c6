//! What Workers say of their tasks.

use farandole_protocol::ids::TaskId;
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;

use super::build::farm;
use super::world::World;
use crate::farm::commands::jobs::SetJobPriority;
use crate::farm::commands::reports::{
    AskMayRun, CheckReport, MayRun, NotePicture, PicturePlace, PictureRefusal, ReportError,
    ReportTask,
};
use crate::farm::commands::signs::{AskLastSeen, AskTouched};
use crate::farm::commands::worker_mgt::RequestWorkerStatus;
use crate::farm::decision::Grant;

/// A report that says nothing yet.
fn silent(world: &World, grant: &Grant) -> ReportTask {
    ReportTask {
        worker: world.workers[0],
        task: grant.task,
        attempt: Some(grant.attempt),
        status: None,
        activity: None,
        steps_completed: None,
        findings: Vec::new(),
        outputs: Vec::new(),
    }
}

#[test]
fn steps_and_activity_are_kept_and_counted() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let grant = world.fetch(world.workers[0]);
    for (says, counted) in [(1, 1), (-7, 0), (99, 2), (1, 1)] {
        world
            .order(ReportTask {
                steps_completed: Some(says),
                activity: Some(format!("step {says}")),
                ..silent(&world, &grant)
            })
            .unwrap();
        let job = &world.database.job(world.jobs[0]).unwrap();
        let task = &job.tasks[0].state;
        assert_eq!(
            (task.steps_completed, job.row.steps_completed),
            (counted, counted)
        );
        assert_eq!(task.activity, format!("step {says}"));
    }
}

#[test]
fn the_time_of_a_jobs_change_moves_as_flamencos_does() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    let grant = world.fetch(world.workers[0]);
    let updated = |world: &World| world.database.job(job).unwrap().row.updated;
    let task_updated = |world: &World| world.database.job(job).unwrap().tasks[0].state.updated;
    let (before, task_before) = (updated(&world), task_updated(&world));
    // What a task says of itself is a change of the task.
    let says = ReportTask {
        activity: Some("rendering".to_owned()),
        ..silent(&world, &grant)
    };
    world.order(says).unwrap();
    assert_eq!(updated(&world), before);
    assert!(task_updated(&world) > task_before);
    // Steps, priority and status are changes of the job.
    let steps = ReportTask {
        steps_completed: Some(1),
        ..silent(&world, &grant)
    };
    world.order(steps).unwrap();
    let stepped = updated(&world);
    assert!(stepped > before);
    world.order(SetJobPriority { job, priority: 70 }).unwrap();
    let preferred = updated(&world);
    assert!(preferred > stepped);
    world.set_job(job, J::PauseRequested).unwrap();
    assert!(updated(&world) > preferred);
}

#[test]
fn signs_of_life_are_told_before_they_are_stored_and_not_made_up_at_a_start() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let worker = world.workers[0];
    let grant = world.fetch(worker);
    let task = grant.task;
    let minute = std::time::Duration::from_mins(1);
    world.now += minute;
    let says = ReportTask {
        activity: Some("rendering".to_owned()),
        ..silent(&world, &grant)
    };
    world.order(says).unwrap();
    let now = world.now;
    assert_eq!(world.order(AskLastSeen).get(&worker), Some(&now));
    assert_eq!(world.order(AskTouched { task }), Some(now));
    world.restart();
    assert!(world.order(AskLastSeen).is_empty());
    assert_eq!(world.order(AskTouched { task }), None);
    // With the end of the attempt the time of its last progress is stored.
    world.now += minute;
    world.report(worker, &grant, T::Completed).unwrap();
    let stored = &world.database.job(world.jobs[0]).unwrap().tasks[0].state;
    assert_eq!(stored.touched, Some(world.now));
}

#[test]
fn a_completed_task_has_done_all_its_steps_and_a_queued_one_none() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    world.work(world.workers[0], T::Completed);
    assert_eq!(world.database.job(job).unwrap().row.steps_completed, 2);
    world.set_task(job, 1, T::Queued).unwrap();
    assert_eq!(world.database.job(job).unwrap().row.steps_completed, 0);
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let grant = world.fetch(world.workers[0]);
    let steps = ReportTask {
        status: Some(T::Active),
        steps_completed: Some(1),
        ..silent(&world, &grant)
    };
    world.order(steps.clone()).unwrap();
    assert!(!world.writes.is_empty());
    for report in [steps, silent(&world, &grant)] {
        world.order(report).unwrap();
        assert!(world.writes.is_empty() && world.facts.is_empty());
    }
}

#[test]
fn a_late_update_cannot_revive_a_cancelled_task() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    world.set_job(job, J::CancelRequested).unwrap();
    for left_memory in [false, true] {
        if left_memory {
            world.commit();
            assert!(world.farm.job_by_id(job).is_none());
        }
        for status in [T::Active, T::Completed, T::Failed] {
            assert_eq!(
                world.report(worker, &grant, status),
                Err(ReportError::NotRunning(T::Canceled))
            );
        }
        for (activity, steps_completed) in [(Some("at it".to_owned()), None), (None, Some(1))] {
            let report = ReportTask {
                activity,
                steps_completed,
                ..silent(&world, &grant)
            };
            let refused = world.order(report);
            assert_eq!(refused, Err(ReportError::NotRunning(T::Canceled)));
        }
    }
    assert_eq!(
        (world.job_status(job), world.task_statuses(job)),
        (J::Canceled, vec![T::Canceled; 2])
    );
}

#[test]
fn a_repeat_of_the_report_that_ended_the_attempt_is_no_error() {
    for (end, other) in [(T::Completed, T::Failed), (T::Failed, T::Completed)] {
        let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
        let worker = world.workers[0];
        let grant = world.work(worker, end);
        for _ in 0..2 {
            assert!(world.report(worker, &grant, end).is_ok());
            assert!(world.writes.is_empty() && world.facts.is_empty());
            assert_eq!(
                world.report(worker, &grant, other),
                Err(ReportError::NotRunning(end))
            );
            // And once more when the job has left memory.
            world.commit();
        }
    }
}

#[test]
fn a_repeat_is_no_error_although_the_task_was_queued_again() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.work(worker, T::Completed);
    world.set_task(job, 1, T::Queued).unwrap();
    assert!(world.report(worker, &grant, T::Completed).is_ok());
    assert_eq!(world.task_status(job, 1), T::Queued);
}

#[test]
fn log_text_of_the_latest_attempt_is_taken_also_after_its_end() {
    let mut world = farm().workers(2).job(|job| job.tasks(1)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.work(worker, T::Completed);
    let text = |world: &World| CheckReport(silent(world, &grant));
    assert_eq!(world.order(text(&world)).unwrap().job, job);
    world.commit();
    assert_eq!(world.order(text(&world)).unwrap().job, job);
    world.set_job(job, J::Requeueing).unwrap();
    world.fetch(world.workers[1]);
    assert_eq!(world.order(text(&world)), Err(ReportError::NotYours));
}

#[test]
fn only_the_worker_that_has_the_task_may_speak_of_it() {
    let mut world = farm().workers(2).job(|job| job.tasks(2)).open();
    let (other, job) = (world.workers[1], world.jobs[0]);
    let grant = world.fetch(world.workers[0]);
    assert_eq!(
        world.report(other, &grant, T::Completed),
        Err(ReportError::NotYours)
    );
    let may = |task| AskMayRun {
        worker: other,
        task,
        attempt: None,
        idle: None,
    };
    assert_eq!(world.order(may(grant.task)), MayRun::NotYours);
    assert_eq!(world.order(may(TaskId::of_job(job, 2))), MayRun::NotYours);
    assert_eq!(world.order(may(TaskId::of_job(job, 3))), MayRun::NotFound);
    let of_nothing = ReportTask {
        task: TaskId::of_job(job, 3),
        ..silent(&world, &grant)
    };
    assert_eq!(world.order(of_nothing), Err(ReportError::NotFound));
}

#[test]
fn workers_say_active_completed_or_failed_and_nothing_else() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let worker = world.workers[0];
    let grant = world.fetch(worker);
    for status in [T::Queued, T::SoftFailed, T::Canceled, T::Paused] {
        assert_eq!(
            world.report(worker, &grant, status),
            Err(ReportError::NotForWorkers(status))
        );
    }
    assert!(world.report(worker, &grant, T::Active).is_ok());
}

#[test]
fn whether_a_worker_may_go_on_is_told_with_the_reason() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    let question = AskMayRun {
        worker,
        task: grant.task,
        attempt: None,
        idle: None,
    };
    assert_eq!(world.order(question), MayRun::Yes);
    let mut request = RequestWorkerStatus {
        worker,
        status: W::Asleep,
        lazy: true,
    };
    world.order(request).unwrap();
    assert_eq!(
        world.order(question),
        MayRun::Yes,
        "it may end its task first"
    );
    request.lazy = false;
    world.order(request).unwrap();
    assert_eq!(world.order(question), MayRun::StatusRequested(W::Asleep));
    request.status = W::Awake;
    world.order(request).unwrap();
    world.set_job(job, J::PauseRequested).unwrap();
    assert_eq!(world.order(question), MayRun::Yes, "a pause waits for it");
    world.set_job(job, J::CancelRequested).unwrap();
    for _ in 0..2 {
        assert_eq!(world.order(question), MayRun::NotRunning(T::Canceled));
        world.commit();
    }
}

#[test]
fn a_picture_is_taken_while_its_task_exists() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let (worker, job) = (world.workers[0], world.jobs[0]);
    let grant = world.fetch(worker);
    let picture = |attempt| NotePicture {
        worker,
        task: grant.task,
        attempt,
    };
    let place = |attempt| Ok(PicturePlace { job, attempt });
    world.fetch(worker);
    assert_eq!(world.order(picture(Some(1))), place(1));
    assert_eq!(world.order(picture(None)), place(2));
    world.set_job(job, J::Canceled).unwrap();
    world.commit();
    assert_eq!(world.order(picture(None)), place(2));
    let unknown = NotePicture {
        task: TaskId::of_job(job, 9),
        ..picture(None)
    };
    assert_eq!(world.order(unknown), Err(PictureRefusal::NotFound));
}

#[test]
fn a_picture_is_taken_of_who_has_the_task_or_had_it_last() {
    let mut world = farm().workers(2).job(|job| job.tasks(1)).open();
    let (job, [first, second]) = (world.jobs[0], [world.workers[0], world.workers[1]]);
    let task = world.fetch(first).task;
    let picture = |worker, attempt| NotePicture {
        worker,
        task,
        attempt,
    };
    let not_yours = Err(PictureRefusal::NotYours);
    assert_eq!(world.order(picture(second, None)), not_yours);
    // An attempt that was not handed out would hide all that come.
    let place = Ok(PicturePlace { job, attempt: 1 });
    assert_eq!(world.order(picture(first, Some(u32::MAX))), place);
    world.set_job(job, J::Canceled).unwrap();
    world.commit();
    assert_eq!(world.order(picture(first, None)), place);
    assert_eq!(world.order(picture(second, None)), not_yours);
}
