//! What must hold after each decision, whatever happened.

use std::collections::BTreeSet;

use farandole_protocol::status::{JobStatus, TaskStatus};

use super::database::Database;
use crate::farm::job::Job;
use crate::farm::job_status;
use crate::farm::keys::TaskKey;
use crate::farm::state::Farm;
use crate::farm::task_status;
use crate::farm::worker::Worker;

/// Checks everything.
pub(super) fn check(farm: &Farm, database: &Database) {
    for job in farm.jobs() {
        counters_equal_a_recount(job);
        dependencies_are_respected(job);
        assert!(
            !matches!(
                job.status,
                JobStatus::CancelRequested | JobStatus::Requeueing | JobStatus::UnderConstruction
            ),
            "no job rests in {}",
            job.status
        );
        memory_equals_disk(job, database);
    }
    running_attempts_are_held_once(farm);
    picks_are_the_best(farm);
    nobody_waits_in_vain(farm);
}

fn indices(job: &Job) -> impl Iterator<Item = u32> {
    1..=u32::try_from(job.task_count()).unwrap()
}

fn counters_equal_a_recount(job: &Job) {
    for status in TaskStatus::ALL {
        let counted = indices(job)
            .filter(|index| job.task_status(*index) == Some(*status))
            .count();
        assert_eq!(job.count(*status), counted, "{status}");
    }
    let sum = |steps: fn(&crate::farm::job::Task) -> i64| -> i64 {
        indices(job)
            .filter_map(|index| job.task(index))
            .map(steps)
            .sum()
    };
    assert_eq!(job.steps_completed, sum(|task| task.steps_completed));
    assert_eq!(job.steps_total, sum(|task| task.steps_total));
}

/// The count of unfinished dependencies is right, and just what waits for nothing is ready.
fn dependencies_are_respected(job: &Job) {
    for index in indices(job) {
        let task = job.task(index).unwrap();
        assert_eq!(
            task.unfinished as usize,
            job.waits_for(index).len(),
            "task {index}"
        );
        let ready = job.ready_tasks(task.kind).any(|(_, ready)| ready == index);
        let waits = job
            .task_status(index)
            .is_some_and(task_status::is_schedulable);
        assert_eq!(
            ready,
            waits && task.unfinished == 0,
            "task {index} is forgotten, or ready too early"
        );
    }
}

/// A task is active exactly when one Worker runs it, and its attempt has not ended.
fn running_attempts_are_held_once(farm: &Farm) {
    let mut held = BTreeSet::new();
    for worker in farm.workers() {
        if let Some(running) = worker.running {
            assert!(held.insert(running.key), "{} is in two hands", running.key);
            assert!(
                worker.waiting.is_none(),
                "a Worker that works does not wait"
            );
            let task = farm
                .job(running.key.job)
                .and_then(|job| job.task(running.key.index))
                .unwrap();
            assert_eq!(task.worker, Some(worker.no));
        }
    }
    for job in farm.jobs() {
        for index in indices(job) {
            let (task, key) = (job.task(index).unwrap(), job.key(index));
            let active = job.task_status(index) == Some(TaskStatus::Active);
            assert_eq!(active, held.contains(&key), "{key}");
            assert_eq!(active, task.attempt > 0 && task.ended.is_none(), "{key}");
        }
    }
}

/// What would be handed out is what the documented order says, by looking at everything.
fn picks_are_the_best(farm: &Farm) {
    for worker in farm.workers() {
        assert_eq!(
            farm.pick(worker),
            brute_force(farm, worker),
            "for {}",
            worker.name
        );
    }
}

fn brute_force(farm: &Farm, worker: &Worker) -> Option<TaskKey> {
    farm.jobs()
        .flat_map(|job| indices(job).map(move |index| (job, index)))
        .filter(|(job, index)| farm.explain(worker, job.key(*index)).is_ok())
        .min_by_key(|(job, index)| {
            let priority = job.task(*index).unwrap().priority;
            (
                std::cmp::Reverse(job.priority),
                std::cmp::Reverse(priority),
                job.no,
                *index,
            )
        })
        .map(|(job, index)| job.key(index))
}

fn nobody_waits_in_vain(farm: &Farm) {
    let mut waiting = BTreeSet::new();
    for worker in farm.workers() {
        if let Some(ticket) = worker.waiting {
            assert_eq!(farm.waiting.get(&ticket), Some(&worker.no));
            waiting.insert(ticket);
            assert_eq!(
                farm.pick(worker),
                None,
                "{} waits although it could work",
                worker.name
            );
        }
    }
    assert_eq!(
        farm.waiting.keys().copied().collect::<BTreeSet<_>>(),
        waiting
    );
}

fn memory_equals_disk(job: &Job, database: &Database) {
    let stored = &database.jobs[&job.no];
    assert!(database.released.contains(&job.no));
    assert_eq!(stored.row, job.row());
    for (index, task) in (1..).zip(&stored.tasks) {
        let mut row = job
            .task_row(index, task.state.updated, task.state.touched)
            .unwrap();
        // The text of a change of all tasks is on disk only.
        row.activity.clone_from(&task.state.activity);
        assert_eq!(row, task.state, "task {index}");
        let running = database
            .attempts
            .get(&(row.key, row.attempt))
            .is_some_and(|(_, end)| end.is_none());
        assert_eq!(
            running,
            row.status == TaskStatus::Active,
            "attempt of task {index}"
        );
    }
    let failures: BTreeSet<_> = stored.failures.iter().copied().collect();
    let in_memory: BTreeSet<_> = job
        .failures
        .iter()
        .flat_map(|(index, workers)| workers.iter().map(move |worker| (*index, *worker)))
        .collect();
    assert_eq!(failures, in_memory);
    let blocks: BTreeSet<_> = stored.blocks.iter().cloned().collect();
    let in_memory: BTreeSet<_> = job
        .blocks
        .iter()
        .map(|(worker, kind)| (*worker, job.type_name(*kind).to_owned()))
        .collect();
    assert_eq!(blocks, in_memory);
}

/// A restart changes nothing but who waits.
pub(super) fn same_after_restart(before: &Farm, after: &Farm) {
    let live = |farm: &Farm| -> Vec<_> {
        farm.jobs()
            .filter(|job| !job_status::has_ended(job.status))
            .map(Job::row)
            .collect()
    };
    assert_eq!(live(before), live(after));
    for (one, other) in before.workers().zip(after.workers()) {
        assert_eq!(
            (one.no, one.status, one.requested),
            (other.no, other.status, other.requested)
        );
        assert_eq!(
            one.running.map(|running| running.key),
            other.running.map(|running| running.key)
        );
    }
    assert_eq!(before.workers().count(), after.workers().count());
}
