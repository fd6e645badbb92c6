//! What must hold after each decision, whatever happened.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use farandole_protocol::ids::{TagId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus};

use super::database::Database;
use crate::farm::decision::Grant;
use crate::farm::findings::Findings;
use crate::farm::job::{Job, Task};
use crate::farm::job_status;
use crate::farm::keys::{TaskKey, WorkerNo};
use crate::farm::lanes::{Lane, Slot, Ticket};
use crate::farm::sleep::Sleep;
use crate::farm::state::Farm;
use crate::farm::task_status;
use crate::farm::worker::Worker;
use crate::farm::write::{JobRow, TaskRow, WorkerRow};

/// Checks everything.
pub(super) fn check(farm: &Farm, database: &Database) {
    let held = tasks_in_hand(farm);
    for job in farm.jobs() {
        let statuses = states_are_a_partition(job);
        counters_equal_a_recount(job, &statuses);
        dependencies_are_respected(job, &statuses);
        running_tasks_are_in_one_hand(job, &statuses, &held);
        jobs_rest_only_where_they_may(farm, job);
        memory_equals_disk(job, database);
    }
    tags_and_schedules_equal_disk(farm, database);
    lanes_show_what_is_ready(farm);
    picks_are_the_best(farm);
    nobody_waits_in_vain(farm);
}

fn states_are_a_partition(job: &Job) -> Vec<TaskStatus> {
    let mut statuses: Vec<Option<TaskStatus>> = vec![None; job.task_count()];
    for status in TaskStatus::ALL {
        let mut count = 0;
        for index in job.tasks_in(*status) {
            let before = statuses[index as usize - 1].replace(*status);
            assert_eq!(before, None, "task {index} is in two states");
            assert_eq!(job.task_status(index), Some(*status));
            count += 1;
        }
        assert_eq!(job.count(*status), count, "{status}");
    }
    let all: Option<Vec<TaskStatus>> = statuses.into_iter().collect();
    all.expect("every task has a state")
}

fn counters_equal_a_recount(job: &Job, statuses: &[TaskStatus]) {
    let (mut completed, mut total) = (0, 0);
    for (task, status) in job.tasks.iter().zip(statuses) {
        match status {
            TaskStatus::Completed => assert_eq!(task.steps_completed, task.steps_total),
            TaskStatus::Queued => assert_eq!(task.steps_completed, 0),
            TaskStatus::Active
            | TaskStatus::Canceled
            | TaskStatus::Failed
            | TaskStatus::SoftFailed
            | TaskStatus::Paused => {
                assert!((0..=task.steps_total).contains(&task.steps_completed));
            }
        }
        completed += task.steps_completed;
        total += task.steps_total;
    }
    assert_eq!((job.steps_completed, job.steps_total), (completed, total));
}

/// The count of unfinished dependencies is right, and just what waits for nothing is ready.
fn dependencies_are_respected(job: &Job, statuses: &[TaskStatus]) {
    let mut unfinished = vec![0; statuses.len()];
    for (task, status) in job.tasks.iter().zip(statuses) {
        for dependent in &task.dependents {
            unfinished[*dependent as usize - 1] += u32::from(*status != TaskStatus::Completed);
        }
    }
    let mut ready = BTreeSet::new();
    for (kind, _) in job.kinds() {
        let of_kind: Vec<u32> = job.ready_tasks(kind).collect();
        let order = |index: &u32| (Reverse(job.task(*index).unwrap().priority), *index);
        assert!(of_kind.is_sorted_by_key(order));
        ready.extend(of_kind);
    }
    for (index, (task, status)) in (1..).zip(job.tasks.iter().zip(statuses)) {
        let waits_for = unfinished[index as usize - 1];
        assert_eq!(task.unfinished, waits_for, "task {index}");
        assert_eq!(
            ready.contains(&index),
            task_status::is_schedulable(*status) && waits_for == 0,
            "task {index} is forgotten, or ready too early"
        );
    }
}

fn tasks_in_hand(farm: &Farm) -> BTreeMap<TaskKey, WorkerNo> {
    let mut held = BTreeMap::new();
    for worker in farm.workers() {
        if let Some(running) = worker.running {
            let other = held.insert(running.key, worker.no);
            assert_eq!(other, None, "{} is in two hands", running.key);
            assert!(worker.waiting.is_none(), "a Worker that works waits");
            assert_eq!(
                farm.job(running.key.job)
                    .and_then(|job| job.task_status(running.key.index)),
                Some(TaskStatus::Active)
            );
        }
    }
    held
}

/// A task is active exactly when one Worker runs it, and its attempt has not ended.
fn running_tasks_are_in_one_hand(
    job: &Job,
    statuses: &[TaskStatus],
    held: &BTreeMap<TaskKey, WorkerNo>,
) {
    for (index, (task, status)) in (1..).zip(job.tasks.iter().zip(statuses)) {
        let (key, active) = (job.key(index), *status == TaskStatus::Active);
        let holder = held.get(&key).copied();
        assert_eq!(holder, task.worker.filter(|_| active), "{key}");
        assert_eq!(active, holder.is_some(), "{key}");
        assert_eq!(active, task.attempt > 0 && task.ended.is_none(), "{key}");
    }
}

fn jobs_rest_only_where_they_may(farm: &Farm, job: &Job) {
    let status = job.status;
    let passing = [
        JobStatus::CancelRequested,
        JobStatus::Requeueing,
        JobStatus::UnderConstruction,
        JobStatus::Unset,
    ];
    assert!(!passing.contains(&status), "no job rests in {status}");
    let runs = job.count(TaskStatus::Active) > 0;
    let doomed = job.delete_requested.is_some();
    assert!(
        !(runs && doomed),
        "a job that is to be deleted is worked on"
    );
    if runs {
        let open = [
            JobStatus::Active,
            JobStatus::Queued,
            JobStatus::PauseRequested,
        ];
        assert!(open.contains(&status), "a task of a {status} job is active");
    }
    if status == JobStatus::PauseRequested {
        assert!(runs, "a pause is pending with nothing to wait for");
    }
    let has_done = |index: u32| match job.task_status(index) {
        Some(TaskStatus::Completed) => true,
        Some(TaskStatus::Failed) => job.is_optional(index),
        _ => false,
    };
    let all_done = (1..).take(job.task_count()).all(has_done);
    if matches!(status, JobStatus::Active | JobStatus::Queued) {
        assert!(!all_done, "a completed job is {status}");
    }
    let goes_on = [
        JobStatus::Active,
        JobStatus::Queued,
        JobStatus::PauseRequested,
    ];
    if goes_on.contains(&status) {
        assert!(farm.can_go_on(job), "a {status} job is stuck");
    }
    if status == JobStatus::Completed {
        let held = job.count(TaskStatus::Paused) > 0;
        assert!(all_done || held, "a completed job is not complete");
    }
}

/// The lanes show the best ready task of each job that is open, and nothing else.
fn lanes_show_what_is_ready(farm: &Farm) {
    let mut expected = BTreeMap::<Lane, BTreeSet<Slot>>::new();
    for job in farm.jobs() {
        let open = job_status::is_schedulable(job.status) && job.delete_requested.is_none();
        for (kind, type_no) in job.kinds().filter(|_| open) {
            let priority = |index: u32| {
                job.task(index)
                    .filter(|task| task.kind == kind)
                    .map(|t| t.priority)
            };
            let waiting = [TaskStatus::Queued, TaskStatus::SoftFailed];
            let best = waiting
                .iter()
                .flat_map(|status| job.tasks_in(*status))
                .filter(|index| job.task(*index).unwrap().unfinished == 0)
                .filter_map(priority)
                .max();
            if let Some(best) = best {
                let slot = Slot {
                    job_priority: Reverse(job.priority),
                    task_priority: Reverse(best),
                    job: job.no,
                };
                expected.entry((job.tag, type_no)).or_default().insert(slot);
            }
        }
    }
    assert_eq!(farm.lanes.all_jobs(), &expected);
}

/// What would be handed out is what the documented order says, by looking at everything.
fn picks_are_the_best(farm: &Farm) {
    for worker in farm.workers() {
        let best = brute_force(farm, worker);
        assert_eq!(farm.pick(worker), best, "for {}", worker.name);
        if worker.waiting.is_some() {
            assert_eq!(best, None, "{} waits although it could work", worker.name);
        }
    }
}

fn brute_force(farm: &Farm, worker: &Worker) -> Option<TaskKey> {
    farm.jobs()
        .flat_map(|job| (1..).zip(&job.tasks).map(move |task| (job, task)))
        .filter(|(job, (index, _))| farm.explain(worker, job.key(*index)).is_ok())
        .min_by_key(|(job, (index, task))| {
            (
                Reverse(job.priority),
                Reverse(task.priority),
                job.no,
                *index,
            )
        })
        .map(|(job, (index, _))| job.key(index))
}

fn nobody_waits_in_vain(farm: &Farm) {
    let mut waiting = BTreeMap::<Ticket, WorkerNo>::new();
    let mut beside = BTreeMap::<Lane, BTreeSet<Ticket>>::new();
    for worker in farm.workers() {
        if let Some(ticket) = worker.waiting {
            waiting.insert(ticket, worker.no);
            for lane in worker.lanes() {
                beside.entry(lane).or_default().insert(ticket);
            }
        }
    }
    assert_eq!(farm.waiting, waiting);
    assert_eq!(farm.lanes.all_waiting(), &beside);
}

fn memory_equals_disk(job: &Job, database: &Database) {
    let stored = &database.jobs[&job.no];
    assert!(database.released.contains(&job.no));
    assert_eq!(stored.row, job.row());
    for task in &stored.tasks {
        let TaskRow {
            key,
            updated,
            touched,
            ..
        } = task.state;
        assert_eq!(
            job.task_row(key.index, updated, touched).as_ref(),
            Some(&task.state)
        );
        let attempt = database.attempts.get(&(key, task.state.attempt));
        let expected = (task.state.attempt > 0).then_some((task.state.worker, task.state.ended));
        assert_eq!(
            attempt.map(|(worker, end)| (Some(*worker), *end)),
            expected,
            "attempt of {key}"
        );
    }
    let failures: BTreeSet<_> = stored.failures.iter().copied().collect();
    assert_eq!(failures, job.record.failures().collect());
    let blocks = stored.blocks.iter();
    let blocks: BTreeSet<_> = blocks
        .map(|block| (block.worker, block.task_type.clone()))
        .collect();
    assert_eq!(blocks, blocks_of(job));
    let mut findings = Findings::default();
    for row in &stored.findings {
        findings.add(row.key.index, row.class, row.count, "");
    }
    let counts = |findings: &Findings| -> Vec<_> {
        let summary = findings.summary().into_iter();
        summary.map(|sum| (sum.class, sum.count)).collect()
    };
    assert_eq!(counts(&findings), counts(&job.findings));
}

/// Tags, who has which, and who sleeps when; and nobody has or asks for one that does not exist.
fn tags_and_schedules_equal_disk(farm: &Farm, database: &Database) {
    assert_eq!(farm.tags, database.tags);
    for worker in farm.workers() {
        let stored = database.workers[&worker.no].1.iter().copied().collect();
        assert_eq!(worker.tags, stored, "tags of {}", worker.name);
        assert!(worker.tags.iter().all(|tag| farm.tags.contains_key(tag)));
        let sleep = database.sleeps.get(&worker.no);
        assert_eq!(worker.sleep.as_ref(), sleep, "sleep of {}", worker.name);
    }
    for job in farm.jobs() {
        assert!(job.tag.is_none_or(|tag| farm.tags.contains_key(&tag)));
    }
}

fn blocks_of(job: &Job) -> BTreeSet<(WorkerNo, String)> {
    let name = |(worker, kind)| (worker, job.type_name(kind).to_owned());
    job.record.blocks().map(name).collect()
}

/// A task that is handed out is active with this very attempt, in this Worker's hands, and in nobody else's.
pub(super) fn is_granted_once(database: &Database, grant: &Grant, worker: WorkerId) {
    let task = &database.jobs[&grant.key.job].tasks[grant.key.index as usize - 1];
    assert_eq!(
        (task.state.status, task.state.attempt, task.state.ended),
        (TaskStatus::Active, grant.attempt, None)
    );
    let doomed = database.jobs[&grant.key.job].row.delete_requested;
    assert_eq!(doomed, None, "a job that is to be deleted is handed out");
    let holder = task.state.worker.map(|no| database.workers[&no].0);
    assert_eq!(holder, Some(worker));
    let first = (grant.key, 0);
    let open = database
        .attempts
        .range(first..=(grant.key, u32::MAX))
        .filter(|(_, (_, end))| end.is_none());
    assert_eq!(open.count(), 1, "{} is in two hands", grant.key);
}

/// What has ended and is stored has left memory.
pub(super) fn only_live_jobs_are_in_memory(farm: &Farm) {
    for job in farm.jobs() {
        assert!(
            !job_status::has_ended(job.status),
            "a {} job stays in memory",
            job.status
        );
    }
}

/// All that there is to know of a farm, but for when Workers were heard of and who waits.
#[derive(Debug, PartialEq)]
struct View {
    jobs: Vec<JobView>,
    workers: Vec<WorkerView>,
}

#[derive(Debug, PartialEq)]
struct WorkerView {
    row: WorkerRow,
    tags: BTreeSet<TagId>,
    sleep: Option<Sleep>,
    running: Option<TaskKey>,
}

#[derive(Debug, PartialEq)]
struct JobView {
    row: JobRow,
    steps_total: i64,
    tasks: Vec<(TaskRow, u32)>,
    failures: Vec<(u32, WorkerNo)>,
    blocks: BTreeSet<(WorkerNo, String)>,
    ready: BTreeMap<String, Vec<u32>>,
    lanes: Vec<Option<Slot>>,
}

impl View {
    fn of(farm: &Farm) -> Self {
        let live = |job: &&Job| !job_status::has_ended(job.status);
        Self {
            jobs: farm.jobs().filter(live).map(JobView::of).collect(),
            workers: farm.workers().map(WorkerView::of).collect(),
        }
    }
}

impl WorkerView {
    fn of(worker: &Worker) -> Self {
        Self {
            row: WorkerRow {
                last_seen: None,
                ..worker.row()
            },
            tags: worker.tags.clone(),
            sleep: worker.sleep,
            running: worker.running.map(|running| running.key),
        }
    }
}

impl JobView {
    fn of(job: &Job) -> Self {
        let task = |(index, task): (u32, &Task)| {
            (
                job.task_row(index, job.created, None).unwrap(),
                task.unfinished,
            )
        };
        Self {
            row: job.row(),
            steps_total: job.steps_total,
            tasks: (1..).zip(&job.tasks).map(task).collect(),
            failures: job.record.failures().collect(),
            blocks: blocks_of(job),
            ready: job
                .kinds()
                .map(|(kind, _)| {
                    (
                        job.type_name(kind).to_owned(),
                        job.ready_tasks(kind).collect(),
                    )
                })
                .collect(),
            lanes: job.slots.clone(),
        }
    }
}

/// A restart changes nothing but who waits.
pub(super) fn same_after_restart(before: &Farm, after: &Farm) {
    assert_eq!(View::of(before), View::of(after));
}
