//! Outputs, findings, and tasks without which a job can complete.

use farandole_protocol::api::{FindingClass, OutputState, TaskFinding, TaskOutput};
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;

use super::build::{JobPlan, farm};
use super::world::World;
use crate::farm::commands::jobs::SetJobStatus;
use crate::farm::commands::reports::ReportTask;
use crate::farm::commands::tasks::SetTaskStatus;
use crate::farm::commands::worker_mgt::DeleteWorker;
use crate::farm::decision::{FarmCommand as _, Grant};
use crate::farm::write::{OutputRows, OutputsOf, Write};

fn output(frame: i32) -> TaskOutput {
    TaskOutput {
        frame: Some(frame),
        view: String::new(),
        path: format!("{{jobs}}/{frame:06}.png"),
        size: 300,
        state: OutputState::Written,
    }
}

fn found(class: FindingClass, line: &str) -> TaskFinding {
    TaskFinding {
        class,
        frame: None,
        line: line.to_owned(),
    }
}

fn report(world: &World, grant: &Grant, status: Option<T>) -> ReportTask {
    ReportTask {
        worker: world.workers[0],
        task: grant.task,
        attempt: Some(grant.attempt),
        status,
        activity: None,
        steps_completed: None,
        outputs: Vec::new(),
        findings: Vec::new(),
    }
}

fn warnings(world: &World) -> Vec<(FindingClass, i64)> {
    let row = &world.database.job(world.jobs[0]).unwrap().row;
    let counts = row.findings.iter();
    counts.map(|sum| (sum.class, sum.count)).collect()
}

#[test]
fn outputs_are_written_for_the_attempt_that_reports_them() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let grant = world.fetch(world.workers[0]);
    let report = ReportTask {
        outputs: vec![output(1)],
        ..report(&world, &grant, None)
    };
    let decision = report.decide(&mut world.farm.clone(), world.now);
    let expected = Write::Outputs(OutputRows {
        key: grant.key,
        attempt: 1,
        outputs: vec![output(1)],
    });
    assert!(decision.writes.contains(&expected), "{:?}", decision.writes);
}

#[test]
fn a_report_with_outputs_of_an_attempt_that_is_over_is_refused() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let grant = world.work(world.workers[0], T::Completed);
    let late = ReportTask {
        outputs: vec![output(1)],
        ..report(&world, &grant, None)
    };
    assert!(world.order(late).is_err());
}

#[test]
fn warnings_are_counted_until_their_task_runs_again() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let job = world.jobs[0];
    for _ in 0..2 {
        let grant = world.fetch(world.workers[0]);
        let findings = vec![found(FindingClass::PythonError, "Traceback"); 2];
        world
            .order(ReportTask {
                findings,
                ..report(&world, &grant, Some(T::Completed))
            })
            .unwrap();
    }
    assert_eq!(world.job_status(job), J::Completed);
    assert_eq!(warnings(&world), [(FindingClass::PythonError, 4)]);
    world.set_task(job, 1, T::Queued).unwrap();
    world.work(world.workers[0], T::Completed);
    assert_eq!(warnings(&world), [(FindingClass::PythonError, 2)]);
}

#[test]
fn what_no_worker_would_do_better_fails_the_job_at_once() {
    // Of two tasks one is more than a tenth, but that is not the reason.
    let mut world = farm().workers(3).job(|job| job.tasks(2)).open();
    let grant = world.fetch(world.workers[0]);
    world
        .order(ReportTask {
            findings: vec![found(FindingClass::Scene, "Scene not found: Teaser")],
            ..report(&world, &grant, Some(T::Failed))
        })
        .unwrap();
    let job = world.database.job(world.jobs[0]).unwrap();
    assert_eq!(job.row.status, J::Failed);
    assert_eq!(job.row.activity, "failed: Scene not found: Teaser");
    assert_eq!(world.task_status(world.jobs[0], 1), T::Failed);
}

#[test]
fn what_fails_the_task_here_leaves_it_to_another_worker() {
    let mut world = farm().workers(3).job(|job| job.tasks(20)).open();
    let grant = world.fetch(world.workers[0]);
    world
        .order(ReportTask {
            findings: vec![found(FindingClass::SaveFailed, "no space left")],
            ..report(&world, &grant, Some(T::Failed))
        })
        .unwrap();
    assert_eq!(world.task_status(world.jobs[0], 1), T::SoftFailed);
    assert!(
        warnings(&world).is_empty(),
        "what fails a task is no warning"
    );
}

#[test]
fn a_job_completes_without_an_optional_task_and_says_so() {
    let plan = |job: JobPlan| job.tasks(2).task("b", 50, &[1, 2]).optional();
    let mut world = farm()
        .worker(&["a"], &[])
        .worker(&["b"], &[])
        .job(plan)
        .open();
    world.work(world.workers[0], T::Completed);
    world.work(world.workers[0], T::Completed);
    let video = world.fetch(world.workers[1]);
    world.report(world.workers[1], &video, T::Failed).unwrap();
    let job = world.jobs[0];
    assert_eq!(world.job_status(job), J::Completed);
    assert_eq!(world.task_status(job, 3), T::Failed);
    assert_eq!(warnings(&world), [(FindingClass::VideoFailed, 1)]);

    world.set_task(job, 3, T::Queued).unwrap();
    assert_eq!(world.job_status(job), J::Queued);
    world.work(world.workers[1], T::Completed);
    assert_eq!(world.job_status(job), J::Completed);
    assert!(warnings(&world).is_empty());
}

#[test]
fn an_optional_task_does_not_count_among_those_that_fail_a_job() {
    let plan = |job: JobPlan| job.tasks(9).task("b", 60, &[]).optional();
    let mut world = farm()
        .worker(&["a"], &[])
        .worker(&["b"], &[])
        .job(plan)
        .open();
    world.work(world.workers[1], T::Failed);
    assert_eq!(world.task_status(world.jobs[0], 10), T::Failed);
    assert_eq!(world.job_status(world.jobs[0]), J::Active);
}

#[test]
fn an_optional_task_that_lost_its_last_worker_does_not_fail_the_job() {
    let plan = |job: JobPlan| job.tasks(1).task("b", 50, &[1]).optional();
    let mut world = farm()
        .worker(&["a"], &[])
        .worker(&["b"], &[])
        .worker(&["b"], &[])
        .job(plan)
        .open();
    world.work(world.workers[0], T::Completed);
    world.work(world.workers[1], T::Failed);
    assert_eq!(world.task_status(world.jobs[0], 2), T::SoftFailed);
    let gone = world.workers[2];
    world.order(DeleteWorker { worker: gone }).unwrap();
    assert_eq!(world.job_status(world.jobs[0]), J::Completed);
    assert_eq!(world.task_status(world.jobs[0], 2), T::Failed);
    assert_eq!(warnings(&world), [(FindingClass::VideoFailed, 1)]);
}

#[test]
fn a_requeue_that_overwrites_forgets_what_was_rendered() {
    let mut world = farm().workers(1).job(|job| job.tasks(2)).open();
    let id = world.jobs[0];
    let grant = world.work(world.workers[0], T::Completed);
    let task = SetTaskStatus {
        task: grant.task,
        status: T::Queued,
        reason: "the file was corrected".to_owned(),
        overwrite: true,
    };
    let decision = task.clone().decide(&mut world.farm.clone(), world.now);
    let forgotten = Write::OutputsForgotten(OutputsOf::Task(grant.key));
    assert!(decision.writes.contains(&forgotten));

    let kept = SetTaskStatus {
        overwrite: false,
        ..task
    };
    let decision = kept.decide(&mut world.farm.clone(), world.now);
    assert!(!decision.writes.contains(&forgotten));

    let job = SetJobStatus {
        job: id,
        status: J::Requeueing,
        reason: String::new(),
        overwrite: true,
    };
    let decision = job.decide(&mut world.farm.clone(), world.now);
    let place = |wanted: fn(&Write) -> bool| decision.writes.iter().position(wanted);
    let forgotten = place(|write| matches!(write, Write::OutputsForgotten(_)));
    assert!(forgotten.is_some(), "{:?}", decision.writes);
}

#[test]
fn a_frame_that_is_found_broken_after_it_was_reported_is_no_output() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let grant = world.fetch(world.workers[0]);
    let forgets = |class| {
        let broken = ReportTask {
            outputs: vec![output(1)],
            findings: vec![TaskFinding {
                frame: Some(1),
                ..found(class, "it ends too early")
            }],
            ..report(&world, &grant, Some(T::Failed))
        };
        let writes = broken.decide(&mut world.farm.clone(), world.now).writes;
        let place = |wanted: fn(&Write) -> bool| writes.iter().position(wanted);
        let reported = place(|write| matches!(write, Write::Outputs(_)));
        let forgotten = place(
            |write| matches!(write, Write::OutputsForgotten(OutputsOf::Frame(_, frame)) if *frame == 1),
        );
        assert!(forgotten.is_none() || forgotten > reported, "{writes:?}");
        forgotten.is_some()
    };
    assert!(forgets(FindingClass::OutputBroken));
    assert!(!forgets(FindingClass::PythonError));
}

#[test]
fn what_was_noticed_about_a_job_as_a_whole_stays_when_its_tasks_run_again() {
    let mut world = farm().workers(1).open();
    world.findings = vec![found(FindingClass::PrivateOutput, "frames go to /out")];
    let plan = JobPlan::default().tasks(1);
    let job = world.add_job(&plan);
    world.restart();
    world.work(world.workers[0], T::Completed);
    world.set_job(job, J::Requeueing).unwrap();
    world.work(world.workers[0], T::Completed);
    assert_eq!(warnings(&world), [(FindingClass::PrivateOutput, 1)]);
}
