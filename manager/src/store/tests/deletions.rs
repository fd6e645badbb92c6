//! Jobs on their way out, and the ids of imported tasks.

use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::status::{JobStatus, TaskStatus};

use super::world::{World, at, attempt_begins, job_row, key};
use crate::farm::keys::{JobNo, WorkerNo};
use crate::farm::write::{JobRow, Write};
use crate::store::*;

fn doom(world: &mut World, no: JobNo, when: i64) {
    world.write(vec![Write::Job(JobRow {
        delete_requested: Some(at(when)),
        ..job_row(no, JobStatus::Active)
    })]);
}

#[test]
fn a_removed_job_is_in_no_list_and_its_rows_go_slice_by_slice() {
    let mut world = World::new();
    let (_, anna) = world.worker(1, "anna");
    let (other, _) = world.job(2);
    let before = world.dump();
    let (id, no) = world.job(2_500);
    let task = TaskId::of_job(id, 7);
    world.write(vec![
        attempt_begins(key(no, 7), 1, anna, 5),
        attempt_begins(key(no, 2_400), 1, anna, 5),
        Write::Failure(key(no, 7), WorkerNo(1)),
        Write::Block(no, WorkerNo(1), "blender".to_owned()),
    ]);
    assert!(world.run(SetLastRenderedJob { id }));
    doom(&mut world, no, 9);
    assert!(
        world
            .run(FindJob { id })
            .unwrap()
            .delete_requested_at
            .is_some()
    );
    assert!(world.run(LoadJob { id }).is_some());

    world.write(vec![Write::JobRemoved(no)]);
    assert_eq!(world.run(FindJob { id }), None);
    assert_eq!(world.run(ListTasks { job: id }), []);
    assert_eq!(world.run(LoadJob { id }), None);
    assert_eq!(world.run(LoadJobOfTask { id: task }), None);
    assert_eq!(world.run(FindTask { id: task }), None);
    assert_eq!(world.run(FindTaskState { id: task }), None);
    assert_eq!(world.run(FindLastRenderedJob), None);
    assert!(!world.run(SetLastRenderedJob { id }));
    // A start does not take it for one that was being submitted.
    assert_eq!(world.run(RemoveUnreleased), 0);
    assert_eq!(world.run(ListDoomed), [id]);
    let remains = world.run(FindRemains { id }).unwrap();
    assert!(remains.doomed && !remains.listed);

    let mut slices = 0;
    while world.run(RemoveSlice { job: no }) {
        slices += 1;
    }
    assert_eq!(slices, 3);
    assert_eq!(
        world.dump(),
        before,
        "nothing of it is left, and all else is"
    );
    assert_eq!(world.run(FindRemains { id }), None);
    assert_eq!(world.run(ListDoomed), []);
    assert!(!world.run(RemoveSlice { job: no }), "once more is no harm");
    assert!(world.run(FindJob { id: other }).is_some());
}

#[test]
fn what_is_to_be_deleted_is_taken_up_in_the_order_of_the_requests() {
    let mut world = World::new();
    let jobs = [world.job(1), world.job(1), world.job(1)];
    doom(&mut world, jobs[2].1, 20);
    doom(&mut world, jobs[0].1, 30);
    assert_eq!(world.run(ListDoomed), [jobs[2].0, jobs[0].0]);
}

#[test]
fn jobs_are_found_by_their_last_change() {
    let mut world = World::new();
    let jobs = [world.job(1), world.job(1), world.job(1)];
    for ((_, no), when) in jobs.iter().zip([10, 30, 20]) {
        world.write(vec![Write::Job(JobRow {
            updated: at(when),
            ..job_row(*no, JobStatus::Completed)
        })]);
    }
    let hidden = world.begin(1);
    let until = |world: &mut World, when| world.run(ListJobsUntil { updated: at(when) });
    assert_eq!(until(&mut world, 9), []);
    assert_eq!(until(&mut world, 10), [jobs[0].0]);
    assert_eq!(until(&mut world, 29), [jobs[0].0, jobs[2].0]);
    assert_eq!(until(&mut world, 99).len(), 3, "but not {hidden:?}");
}

#[test]
fn a_checkout_is_a_jobs_own_as_long_as_no_other_job_has_it() {
    let mut world = World::new();
    let mut job = |checkout: &str| {
        let begin = BeginJob {
            shaman_checkout_id: Some(checkout.to_owned()),
            ..super::world::begin(0)
        };
        let (id, no) = (begin.id, world.run(begin));
        world.write(vec![Write::JobReleased(no)]);
        (id, no)
    };
    let (alone, one, two, none) = (job("a"), job("b"), job("b"), job(""));
    let mut checkout = |id: JobId| world.run(FindRemains { id }).unwrap().checkout;
    assert_eq!(checkout(alone.0).as_deref(), Some("a"));
    assert_eq!(checkout(none.0), None);
    assert_eq!((checkout(one.0), checkout(two.0)), (None, None));
    world.write(vec![Write::JobRemoved(one.1)]);
    let left = world.run(FindRemains { id: two.0 }).unwrap();
    assert_eq!(left.checkout.as_deref(), Some("b"));
}

#[test]
fn imported_tasks_are_found_and_listed_by_their_own_ids() {
    let mut world = World::new();
    let (own, _) = world.job(2);
    let (job, no) = world.job(2);
    let ids: Vec<TaskId> = (0..2).map(|_| TaskId::random()).collect();
    for (index, id) in (1..).zip(&ids) {
        let key = key(no, index).pack();
        world.sql(&format!(
            "INSERT INTO imported_tasks (key, id) VALUES ({key}, '{id}')"
        ));
    }
    let listed = |world: &mut World, job| -> Vec<TaskId> {
        let tasks = world.run(ListTasks { job });
        tasks.into_iter().map(|task| task.id).collect()
    };
    assert_eq!(listed(&mut world, job), ids);
    assert_eq!(
        listed(&mut world, own),
        [1, 2].map(|index| TaskId::of_job(own, index))
    );
    assert_eq!(world.run(LoadJob { id: job }).unwrap().task_ids, ids);
    assert_eq!(
        world.run(LoadJob { id: own }).unwrap().task_ids,
        Vec::<TaskId>::new()
    );
    let state = world.run(FindTaskState { id: ids[1] }).unwrap();
    assert_eq!((state.0, state.1.key), (job, key(no, 2)));
    assert_eq!(state.1.status, TaskStatus::Queued);
    let found = world.run(FindTask { id: ids[1] }).unwrap();
    assert_eq!((found.id, found.index_in_job), (ids[1], 2));
    assert_eq!(
        world.run(FindTask {
            id: TaskId::of_job(job, 2)
        }),
        None,
        "an id that it does not have"
    );
    doom(&mut world, no, 9);
    world.write(vec![Write::JobRemoved(no)]);
    assert_eq!(world.run(FindTask { id: ids[1] }), None);
    while world.run(RemoveSlice { job: no }) {}
    assert!(!world.dump().iter().any(|line| line.contains("imported")));
}
