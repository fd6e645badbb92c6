//! Batches of row changes: what each changes and what not, that a batch is stored wholly or not at all, and that it
//! does the same as its changes one by one.

use std::collections::HashSet;
use std::sync::mpsc;

use diesel::connection::{Connection as _, InstrumentationEvent};
use farandole_protocol::ids::TagId;
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::world::{World, at, attempt_begins, attempt_ends, job_row, key, task_row, worker_row};
use crate::farm::keys::{JobNo, TaskKey, WorkerNo};
use crate::farm::sleep::{Sleep, SleepSchedule};
use crate::farm::write::{AttemptEnd, Heartbeats, TagRow, TaskRow, TasksChange, WorkerRow, Write};
use crate::store::*;

fn states(world: &mut World, no: JobNo) -> Vec<TaskStatus> {
    let jobs = world.run(LoadFarm { generation: 1 }).jobs;
    let job = jobs.into_iter().find(|job| job.row.no == no).unwrap();
    job.tasks
        .into_iter()
        .map(|task| task.state.status)
        .collect()
}

fn change(job: JobNo, from: &[TaskStatus], to: TaskStatus) -> Write {
    Write::Tasks(TasksChange {
        job,
        from: from.to_vec(),
        to,
        activity: "all of them".to_owned(),
        updated: at(20),
    })
}

#[test]
fn a_change_of_all_tasks_concerns_those_of_one_job_with_certain_states() {
    use TaskStatus::{Active, Canceled, Completed, Queued};
    let mut world = World::new();
    let ((_, one), (_, other)) = (world.job(3), world.job(1));
    world.write(vec![
        Write::Task(task_row(key(one, 1), Completed)),
        Write::Task(task_row(key(one, 2), Active)),
    ]);
    world.write(vec![change(one, &[Active, Queued], Canceled)]);
    assert_eq!(states(&mut world, one), [Completed, Canceled, Canceled]);
    assert_eq!(states(&mut world, other), [Queued]);

    let steps = |world: &mut World| -> Vec<i64> {
        let job = world.run(LoadFarm { generation: 1 }).jobs.remove(0);
        job.tasks
            .iter()
            .map(|task| task.state.steps_completed)
            .collect()
    };
    assert_eq!(steps(&mut world), [3, 3, 0]);
    // What waits anew has done nothing yet.
    world.write(vec![change(one, &[Canceled], Queued)]);
    assert_eq!(states(&mut world, one), [Completed, Queued, Queued]);
    assert_eq!(steps(&mut world), [3, 0, 0]);
}

#[test]
fn what_is_cleared_is_cleared_for_that_task_or_job_only() {
    let mut world = World::new();
    let ((_, one), (_, other)) = (world.job(2), world.job(1));
    let (_, anna) = world.worker(1, "anna");
    let block = |job| Write::Block(job, anna, "blender".to_owned());
    world.write(vec![
        Write::Failure(key(one, 1), anna),
        Write::Failure(key(one, 1), WorkerNo(2)),
        Write::Failure(key(one, 2), anna),
        Write::Failure(key(other, 1), anna),
        block(one),
        block(other),
    ]);
    let stored = |world: &mut World| -> Vec<(usize, usize)> {
        let jobs = world.run(LoadFarm { generation: 1 }).jobs;
        jobs.iter()
            .map(|job| (job.failures.len(), job.blocks.len()))
            .collect()
    };
    assert_eq!(stored(&mut world), [(3, 1), (1, 1)]);
    world.write(vec![Write::TaskFailuresCleared(key(one, 1))]);
    assert_eq!(stored(&mut world), [(1, 1), (1, 1)]);
    world.write(vec![Write::JobFailuresCleared(one)]);
    assert_eq!(stored(&mut world), [(0, 0), (1, 1)]);
}

#[test]
fn a_change_that_does_not_say_when_its_task_was_touched_leaves_that_as_it_is() {
    let mut world = World::new();
    let (_, no) = world.job(1);
    let touched = |world: &mut World| {
        let job = world.run(LoadFarm { generation: 1 }).jobs.remove(0);
        job.tasks[0].state.touched
    };
    let row = task_row(key(no, 1), TaskStatus::Active);
    let heartbeats = Heartbeats {
        touched: vec![(row.key, at(30))],
        seen: vec![],
    };
    world.write(vec![Write::Task(row.clone())]);
    assert_eq!(touched(&mut world), None);
    world.write(vec![Write::Heartbeats(heartbeats)]);
    world.write(vec![Write::Task(row.clone())]);
    assert_eq!(touched(&mut world), Some(at(30)));
    let row = TaskRow {
        touched: Some(at(40)),
        ..row
    };
    world.write(vec![Write::Task(row)]);
    assert_eq!(touched(&mut world), Some(at(40)));
}

#[test]
fn a_batch_that_finds_no_room_changes_nothing_and_the_next_one_works() {
    let mut world = World::new();
    let (_, no) = world.job(2);
    world.sql("PRAGMA max_page_count = 1");
    let before = world.dump();
    let long = TaskRow {
        activity: "x".repeat(1 << 20),
        ..task_row(key(no, 2), TaskStatus::Active)
    };
    let small = Write::Task(task_row(key(no, 1), TaskStatus::Active));
    let error = world
        .try_write(vec![small.clone(), Write::Task(long)])
        .unwrap_err();
    assert!(matches!(error, StoreError::Statement(_)), "{error:?}");
    assert_eq!(world.dump(), before);
    world.write(vec![small]);
    assert_eq!(
        states(&mut world, no),
        [TaskStatus::Active, TaskStatus::Queued]
    );
}

#[test]
fn a_slice_that_finds_no_room_stores_none_of_its_tasks() {
    let mut world = World::new();
    let no = world.run(super::world::begin(1_000));
    world.sql("PRAGMA max_page_count = 1");
    let before = world.dump();
    let slice = StoreTasks {
        job: no,
        first_index: 1,
        tasks: (1..=1_000).map(super::world::task).collect(),
        created: at(1),
    };
    let stored = connection::write(&mut world.conn, |conn| slice.run(conn));
    assert!(stored.is_err());
    assert_eq!(world.dump(), before);
}

#[test]
fn a_change_of_a_row_is_prepared_only_once() {
    let mut world = World::new();
    let (_, no) = world.job(1);
    let (prepared, remembered) = mpsc::channel();
    world
        .conn
        .set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::CacheQuery { sql, .. } = event {
                prepared.send(sql.to_owned()).unwrap();
            }
        });
    let seen = vec![(WorkerNo(1), at(6))];
    let touched = vec![(key(no, 1), at(6))];
    for attempt in 1..4 {
        world.write(vec![
            Write::Job(job_row(no, JobStatus::Active)),
            Write::Task(task_row(key(no, 1), TaskStatus::Active)),
            Write::Worker(Box::new(worker_row(1, "anna"))),
            Write::Heartbeats(Heartbeats {
                seen: seen.clone(),
                touched: touched.clone(),
            }),
            attempt_begins(key(no, 1), attempt, WorkerNo(1), 5),
        ]);
        let ended = (6, END);
        world.write(vec![attempt_ends(key(no, 1), attempt, WorkerNo(1), ended)]);
    }
    let remembered: Vec<String> = remembered.try_iter().collect();
    let of = |beginning: &str| {
        let begins = |sql: &&String| sql.starts_with(beginning);
        remembered.iter().filter(begins).count()
    };
    assert_eq!(
        of("UPDATE `jobs`"),
        0,
        "it was changed before, when the job was released"
    );
    assert_eq!(of("UPDATE `task_states`"), 2);
    assert_eq!(of("UPDATE `workers`"), 2);
    assert_eq!(of("UPDATE `attempts`"), 1);
    assert_eq!(of("INSERT INTO `attempts`"), 1);
}

const JOBS: [JobNo; 2] = [JobNo(1), JobNo(2)];
const TASKS: u32 = 2;
const END: AttemptEnd = AttemptEnd::Completed;

fn any_key() -> impl Strategy<Value = TaskKey> {
    (select(&JOBS[..]), 1..=TASKS).prop_map(|(job, index)| key(job, index))
}

fn any_worker() -> impl Strategy<Value = WorkerNo> {
    (1..=2_i64).prop_map(WorkerNo)
}

fn any_status() -> impl Strategy<Value = TaskStatus> {
    select(TaskStatus::ALL)
}

fn any_time() -> impl Strategy<Value = i64> {
    1..1_000_i64
}

fn any_task_row() -> impl Strategy<Value = TaskRow> {
    let rest = (any_status(), proptest::option::of(any_worker()), any_time());
    (any_key(), rest, proptest::option::of(any_time())).prop_map(
        |(key, (status, worker, updated), touched)| TaskRow {
            worker,
            updated: at(updated),
            touched: touched.map(at),
            ..task_row(key, status)
        },
    )
}

fn any_heartbeats() -> impl Strategy<Value = Heartbeats> {
    let seen = vec((any_worker(), any_time().prop_map(at)), 0..2);
    let touched = vec((any_key(), any_time().prop_map(at)), 0..2);
    (seen, touched).prop_map(|(seen, touched)| Heartbeats { seen, touched })
}

fn any_write() -> impl Strategy<Value = Write> {
    let job = (select(&JOBS[..]), select(JobStatus::ALL));
    let worker = (
        any_worker(),
        select(WorkerStatus::ALL),
        proptest::option::of(any_time()),
    );
    prop_oneof![
        4 => any_task_row().prop_map(Write::Task),
        2 => (select(&JOBS[..]), vec(any_status(), 0..4), any_status())
            .prop_map(|(job, from, to)| change(job, &from, to)),
        1 => job.prop_map(|(no, status)| Write::Job(job_row(no, status))),
        2 => worker.prop_map(|(no, status, seen)| Write::Worker(Box::new(WorkerRow {
            status,
            last_seen: seen.map(at),
            ..worker_row(no.0, "anna")
        }))),
        2 => any_heartbeats().prop_map(Write::Heartbeats),
        2 => (any_key(), 1..3_u32, any_time())
            .prop_map(|(key, attempt, when)| attempt_begins(key, attempt, WorkerNo(1), when)),
        2 => (any_key(), 1..3_u32, any_time())
            .prop_map(|(key, attempt, when)| attempt_ends(key, attempt, WorkerNo(1), (when, END))),
        1 => (any_key(), any_worker()).prop_map(|(key, worker)| Write::Failure(key, worker)),
        1 => any_key().prop_map(Write::TaskFailuresCleared),
        1 => select(&JOBS[..]).prop_map(Write::JobFailuresCleared),
        1 => (select(&JOBS[..]), any_worker())
            .prop_map(|(job, worker)| Write::Block(job, worker, "blender".to_owned())),
        1 => (select(&JOBS[..]), any_worker())
            .prop_map(|(job, worker)| Write::Unblock(job, worker, "blender".to_owned())),
        4 => any_write_of_tags(),
    ]
}

fn any_write_of_tags() -> impl Strategy<Value = Write> {
    let tag = || (1..=2_u128).prop_map(|number| TagId::from_uuid(uuid::Uuid::from_u128(number)));
    let row = || {
        tag().prop_map(|id| TagRow {
            id,
            name: id.to_string(),
            description: String::new(),
        })
    };
    let described = |row: TagRow| TagRow {
        description: "changed".to_owned(),
        ..row
    };
    let sleep = |(no, when): (WorkerNo, i64)| {
        let sleep = Sleep {
            schedule: SleepSchedule::default(),
            in_force_since: Some(at(when).naive_utc()),
        };
        Write::Sleep(no, sleep)
    };
    prop_oneof![
        row().prop_map(|row| Write::TagAdded(row, at(1))),
        row().prop_map(move |row| Write::Tag(described(row))),
        tag().prop_map(Write::TagDeleted),
        (any_worker(), vec(tag(), 0..2)).prop_map(|(no, tags)| Write::WorkerTags(no, tags)),
        (any_worker(), any_time()).prop_map(sleep),
    ]
}

/// Only what the farm would write: a failure, a block and the begin of an attempt once, its end after its begin.
fn possible(writes: Vec<Write>) -> Vec<Write> {
    let (mut failures, mut blocks, mut begun) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut tags = HashSet::new();
    let happens = |write: &Write| match write {
        Write::Failure(key, worker) => failures.insert((*key, *worker)),
        Write::Block(job, worker, _) => blocks.insert((*job, *worker)),
        Write::TaskFailuresCleared(key) => {
            failures.retain(|(failed, _)| failed != key);
            true
        }
        Write::JobFailuresCleared(job) => {
            failures.retain(|(failed, _)| failed.job != *job);
            blocks.retain(|(blocked, _)| blocked != job);
            true
        }
        Write::Attempt(row) if row.started.is_some() => begun.insert((row.key, row.attempt)),
        Write::Attempt(row) => begun.contains(&(row.key, row.attempt)),
        Write::Unblock(job, worker, _) => blocks.remove(&(*job, *worker)),
        Write::TagAdded(row, _) => tags.insert(row.id),
        Write::Tag(row) => tags.contains(&row.id),
        Write::TagDeleted(id) => tags.remove(id),
        Write::WorkerTags(_, given) => given.iter().all(|tag| tags.contains(tag)),
        Write::Sleep(..)
        | Write::Condition(..)
        | Write::Outputs(_)
        | Write::OutputsForgotten(_)
        | Write::Finding(_)
        | Write::FindingsCleared(_)
        | Write::Job(_)
        | Write::JobReleased(_)
        | Write::JobRemoved(_)
        | Write::Task(_)
        | Write::Tasks(_)
        | Write::WorkerAdded(_)
        | Write::Worker(_)
        | Write::Heartbeats(_) => true,
    };
    let mut writes = writes;
    writes.retain(happens);
    writes
}

fn farm() -> World {
    let mut world = World::new();
    for (name, no) in [("anna", 1), ("bert", 2)] {
        world.write(vec![Write::WorkerAdded(Box::new(
            crate::farm::write::NewWorker {
                id: format!("00000000-0000-4000-8000-00000000000{no}")
                    .parse()
                    .unwrap(),
                secret_hash: String::new(),
                created: at(1),
                row: worker_row(no, name),
            },
        ))]);
    }
    for no in 1..=JOBS.len() {
        let begin = BeginJob {
            id: format!("0000000{no}-0000-4000-8000-000000000000")
                .parse()
                .unwrap(),
            ..super::world::begin(TASKS)
        };
        let job = world.run(begin);
        world.run(StoreTasks {
            job,
            first_index: 1,
            tasks: (1..=TASKS).map(super::world::task).collect(),
            created: at(1),
        });
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_does_the_same_as_its_changes_one_by_one(writes in vec(any_write(), 0..40)) {
        let writes = possible(writes);
        let (mut at_once, mut one_by_one) = (farm(), farm());
        at_once.write(writes.clone());
        for write in writes {
            one_by_one.write(vec![write]);
        }
        prop_assert_eq!(at_once.dump(), one_by_one.dump());
    }
}
