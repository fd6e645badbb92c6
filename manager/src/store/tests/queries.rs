//! What people, Workers and other actors read, and changes that are no decisions.

use farandole_protocol::api::{AttemptOutcome, TaskAttempt, TaskWorker, WorkerStatusChangeRequest};
use farandole_protocol::ids::{JobId, TagId, TaskId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};

use super::world::{
    World, at, attempt_begins, attempt_ends, begin, command, job_row, key, task, task_row,
    worker_row,
};
use crate::farm::keys::WorkerNo;
use crate::farm::write::{AttemptEnd, StatusRequest, TaskRow, WorkerRow, Write};
use crate::store::*;

#[test]
fn a_job_is_shown_as_it_was_submitted_and_as_it_is_now() {
    let mut world = World::new();
    let tag = TagId::random();
    let begin = BeginJob {
        shaman_checkout_id: Some("film/a".to_owned()),
        tag: Some(tag),
        ..begin(2)
    };
    let no = world.run(begin.clone());
    let mut row = job_row(no, JobStatus::Active);
    row.activity = "active: because".to_owned();
    row.tag = Some(tag);
    row.steps_completed = 1;
    row.delete_requested = Some(at(9));
    world.write(vec![Write::JobReleased(no), Write::Job(row)]);

    let job = world.run(FindJob { id: begin.id }).unwrap();
    assert_eq!(
        (job.id, job.name, job.job_type),
        (begin.id, begin.name, begin.job_type)
    );
    // Settings keep the order in which they were given.
    assert_eq!(
        serde_json::to_string(&job.settings).unwrap(),
        r#"{"z":1,"a":[true,"two"]}"#
    );
    assert_eq!(job.metadata, Some(begin.metadata));
    assert_eq!(
        job.storage.unwrap().shaman_checkout_id.as_deref(),
        Some("film/a")
    );
    assert_eq!(job.worker_tag, Some(tag.to_string()));
    assert_eq!((job.created, job.updated), (at(1), at(2)));
    assert_eq!(
        (job.status, job.activity.as_str()),
        (JobStatus::Active, "active: because")
    );
    assert_eq!(
        (job.priority, job.steps_completed, job.steps_total),
        (70, 1, 2)
    );
    assert_eq!(job.delete_requested_at, Some(at(9)));
}

#[test]
fn jobs_are_listed_oldest_first_once_they_are_released() {
    let mut world = World::new();
    let (first, _) = world.job(1);
    world.begin(1);
    let (second, _) = world.job(1);
    let listed: Vec<JobId> = world.run(ListJobs).into_iter().map(|job| job.id).collect();
    assert_eq!(listed, [first, second]);
}

#[test]
fn what_is_not_released_is_nowhere_to_be_seen() {
    let mut world = World::new();
    let (id, no) = world.begin(1);
    let task = TaskId::of_job(id, 1);
    assert_eq!(world.run(FindJob { id }), None);
    assert!(!world.run(JobExists { id }));
    assert_eq!(world.run(ListTasks { job: id }), []);
    assert_eq!(world.run(FindTask { id: task }), None);
    assert_eq!(world.run(FindTaskPlace { id: task }), None);
    assert_eq!(world.run(FindTaskState { id: task }), None);
    world.write(vec![Write::JobReleased(no)]);
    assert!(world.run(JobExists { id }) && world.run(FindTask { id: task }).is_some());
}

#[test]
fn every_state_of_a_job_reads_back() {
    let mut world = World::new();
    let (id, no) = world.job(1);
    for status in JobStatus::ALL {
        world.write(vec![Write::Job(job_row(no, *status))]);
        assert_eq!(world.run(FindJob { id }).unwrap().status, *status);
    }
}

#[test]
fn every_state_of_a_task_reads_back() {
    let mut world = World::new();
    let (id, no) = world.job(1);
    for status in TaskStatus::ALL {
        world.write(vec![Write::Task(task_row(key(no, 1), *status))]);
        assert_eq!(world.run(ListTasks { job: id })[0].status, *status);
    }
}

#[test]
fn every_state_of_a_worker_reads_back() {
    let mut world = World::new();
    let (id, _) = world.worker(1, "anna");
    for status in WorkerStatus::ALL.iter().copied() {
        let row = WorkerRow {
            status,
            requested: Some(StatusRequest { status, lazy: true }),
            ..worker_row(1, "anna")
        };
        world.write(vec![Write::Worker(Box::new(row))]);
        let found = world.run(FindWorker { id }).unwrap();
        let is_lazy = true;
        assert_eq!(found.status, status);
        assert_eq!(
            found.status_change,
            Some(WorkerStatusChangeRequest { status, is_lazy })
        );
    }
}

#[test]
fn tasks_are_listed_by_index_each_with_its_worker() {
    let mut world = World::new();
    let (id, no) = world.job(12);
    let (anna, _) = world.worker(1, "anna");
    let (bert, _) = world.worker(2, "bert");
    let given = |index, worker| {
        Write::Task(TaskRow {
            worker: Some(WorkerNo(worker)),
            ..task_row(key(no, index), TaskStatus::Active)
        })
    };
    let deleted = WorkerRow {
        deleted: Some(at(7)),
        ..worker_row(2, "bert")
    };
    world.write(vec![
        given(10, 1),
        given(11, 2),
        Write::Worker(Box::new(deleted)),
    ]);

    let tasks = world.run(ListTasks { job: id });
    let indices: Vec<i64> = tasks.iter().map(|task| task.index_in_job).collect();
    assert_eq!(indices, (1..=12).collect::<Vec<_>>());
    assert_eq!(
        (tasks[9].id, tasks[9].name.as_str()),
        (TaskId::of_job(id, 10), "render-10")
    );
    assert_eq!((tasks[9].steps_completed, tasks[9].updated), (3, at(5)));
    let of = |index: usize| tasks[index].worker.clone().unwrap();
    assert_eq!(of(0), TaskWorker::default());
    let whole = TaskWorker {
        id: Some(anna),
        name: "anna".to_owned(),
        address: "10.0.0.1".to_owned(),
    };
    assert_eq!(of(9), whole);
    // Of a deleted Worker only the id is told.
    let only_id = TaskWorker {
        id: Some(bert),
        ..TaskWorker::default()
    };
    assert_eq!(of(10), only_id);
}

#[test]
fn a_task_is_shown_with_its_commands_and_who_failed_it() {
    let mut world = World::new();
    let (job, no) = world.job(2);
    let (anna, _) = world.worker(1, "anna");
    let (bert, _) = world.worker(2, "bert");
    let row = TaskRow {
        touched: Some(at(8)),
        ..task_row(key(no, 2), TaskStatus::SoftFailed)
    };
    let failures = [2, 1].map(|worker| Write::Failure(key(no, 2), WorkerNo(worker)));
    world.write([vec![Write::Task(row)], failures.to_vec()].concat());

    let found = world
        .run(FindTask {
            id: TaskId::of_job(job, 2),
        })
        .unwrap();
    assert_eq!((found.job_id, found.index_in_job), (job, 2));
    assert_eq!(found.commands, [command(2)]);
    assert_eq!((found.created, found.last_touched), (at(1), Some(at(8))));
    let failed_by = found.failed_by_workers.unwrap();
    let failed_by: Vec<_> = failed_by
        .into_iter()
        .map(|worker| worker.id.unwrap())
        .collect();
    assert_eq!(failed_by, [anna, bert]);

    let other = world
        .run(FindTask {
            id: TaskId::of_job(job, 1),
        })
        .unwrap();
    assert_eq!(
        (other.last_touched, other.failed_by_workers),
        (None, Some(vec![]))
    );
    assert_eq!(world.run(FindCommands { key: key(no, 1) }), [command(1)]);
}

#[test]
fn an_id_that_only_looks_like_a_tasks_finds_nothing() {
    let mut world = World::new();
    let (job, _) = world.job(2);
    for id in [
        TaskId::of_job(job, 3),
        TaskId::of_job(job, u32::MAX),
        TaskId::of_job(JobId::random(), 1),
        // The job's own id: the same upper half, but no index.
        job.to_string().parse().unwrap(),
    ] {
        assert_eq!(world.run(FindTask { id }), None);
        assert_eq!(world.run(FindTaskState { id }), None);
        assert_eq!(world.run(LoadJobOfTask { id }), None);
        assert_eq!(world.run(ListAttempts { task: id }), None);
    }
}

#[test]
fn an_index_beyond_the_range_of_a_job_does_not_reach_into_the_next() {
    let mut world = World::new();
    let (job, _) = world.job(1);
    world.job(1);
    // 24 bits of index: one more bit would be the next job's number.
    let id = TaskId::of_job(job, (1 << 24) + 1);
    assert_eq!(world.run(FindTaskPlace { id }), None);
}

#[test]
fn attempts_are_listed_with_their_ends() {
    let mut world = World::new();
    let (job, no) = world.job(1);
    let (anna, first) = world.worker(1, "anna");
    let (bert, second) = world.worker(2, "bert");
    world.write(vec![attempt_begins(key(no, 1), 1, first, 10)]);
    world.write(vec![
        attempt_ends(key(no, 1), 1, first, (11, AttemptEnd::Failed)),
        attempt_begins(key(no, 1), 2, second, 12),
    ]);
    let task = TaskId::of_job(job, 1);
    let listed = world.run(ListAttempts { task }).unwrap();
    let expected = [
        TaskAttempt {
            attempt: 1,
            worker_id: anna,
            worker_name: "anna".to_owned(),
            started: at(10),
            ended: Some(at(11)),
            outcome: Some(AttemptOutcome::Failed),
        },
        TaskAttempt {
            attempt: 2,
            worker_id: bert,
            worker_name: "bert".to_owned(),
            started: at(12),
            ended: None,
            outcome: None,
        },
    ];
    assert_eq!(listed.attempts, expected);
}

#[test]
fn a_blocklist_is_by_name_and_names_deleted_workers_too() {
    let mut world = World::new();
    let (job, no) = world.job(1);
    let (other, _) = world.job(1);
    let (zoe, _) = world.worker(1, "zoe");
    let (anna, _) = world.worker(2, "anna");
    let deleted = WorkerRow {
        deleted: Some(at(7)),
        ..worker_row(2, "anna")
    };
    let block = |worker, task_type: &str| Write::Block(no, WorkerNo(worker), task_type.to_owned());
    world.write(vec![
        block(1, "blender"),
        block(2, "misc"),
        block(2, "blender"),
        Write::Worker(Box::new(deleted)),
    ]);
    let listed = world.run(ListBlocklist { id: job }).0;
    let listed: Vec<_> = listed
        .iter()
        .map(|entry| (entry.worker_id, entry.task_type.as_str()))
        .collect();
    assert_eq!(
        listed,
        [(anna, "blender"), (anna, "misc"), (zoe, "blender")]
    );
    assert_eq!(world.run(ListBlocklist { id: other }).0, []);
}

#[test]
fn a_deleted_worker_is_not_listed_nor_found_nor_let_in() {
    let mut world = World::new();
    let (anna, _) = world.worker(1, "anna");
    let (bert, _) = world.worker(2, "bert");
    let listed = |world: &mut World| -> Vec<WorkerId> {
        world
            .run(ListWorkers)
            .into_iter()
            .map(|worker| worker.id)
            .collect()
    };
    assert_eq!(listed(&mut world), [anna, bert]);
    assert_eq!(
        world.run(FindCredentials { id: anna }).as_deref(),
        Some("hash of anna")
    );
    let deleted = WorkerRow {
        deleted: Some(at(7)),
        ..worker_row(1, "anna")
    };
    world.write(vec![Write::Worker(Box::new(deleted))]);
    assert_eq!(listed(&mut world), [bert]);
    assert_eq!(world.run(FindWorker { id: anna }), None);
    assert_eq!(world.run(FindCredentials { id: anna }), None);
}

#[test]
fn a_worker_is_shown_with_its_last_task_and_its_tags() {
    let mut world = World::new();
    let (job, no) = world.job(2);
    let (id, _) = world.worker(1, "anna");
    assert_eq!(world.run(FindWorker { id }).unwrap().task, None);
    let row = WorkerRow {
        last_task: Some(key(no, 2)),
        last_seen: Some(at(6)),
        ..worker_row(1, "anna")
    };
    world.write(vec![Write::Worker(Box::new(row))]);
    let tag = TagId::random();
    world.sql(&format!(
        "INSERT INTO worker_tags VALUES ('{tag}', 'gpu', 'with a card', 1);
         INSERT INTO worker_tag_members VALUES ('{tag}', 1);"
    ));

    let found = world.run(FindWorker { id }).unwrap();
    let task = found.task.unwrap();
    assert_eq!((task.id, task.job_id), (TaskId::of_job(job, 2), job));
    // Also when the task itself is somebody else's by now.
    assert_eq!(task.worker.unwrap().id, Some(id));
    assert_eq!(found.last_seen, Some(at(6)));
    assert_eq!(found.supported_task_types, ["blender", "misc"]);
    let tags = found.tags.unwrap();
    assert_eq!(tags.len(), 1);
    assert_eq!(world.run(FindTag { id: tag }).as_ref(), tags.first());
    assert_eq!(
        world.run(FindTag {
            id: TagId::random()
        }),
        None
    );

    world.run(DiscardJob { job: no });
    assert_eq!(world.run(FindWorker { id }).unwrap().task, None);
}

#[test]
fn a_discarded_job_leaves_nothing_behind_and_its_number_is_not_given_again() {
    let mut world = World::new();
    world.job(2);
    let before = world.dump();
    let (_, no) = world.job(3);
    let (_, worker) = world.worker(1, "anna");
    world.write(vec![
        attempt_begins(key(no, 1), 1, worker, 10),
        Write::Failure(key(no, 1), worker),
        Write::Block(no, worker, "blender".to_owned()),
    ]);
    world.sql("DELETE FROM workers");
    world.run(DiscardJob { job: no });
    assert_eq!(world.dump(), before);
    assert!(world.run(begin(1)) > no);
}

#[test]
fn a_start_removes_what_was_half_stored_and_nothing_else() {
    let mut world = World::new();
    world.job(2);
    let before = world.dump();
    world.begin(2);
    world.run(begin(5));
    assert_eq!(world.run(RemoveUnreleased), 2);
    assert_eq!(world.dump(), before);
    assert_eq!(world.run(RemoveUnreleased), 0);
}

#[test]
fn a_job_is_stored_slice_by_slice() {
    let mut world = World::new();
    let begin = begin(5);
    let (job, no) = (begin.id, world.run(begin));
    for first_index in [1, 3, 5] {
        let last = 5.min(first_index + 1);
        world.run(StoreTasks {
            job: no,
            first_index,
            tasks: (first_index..=last).map(task).collect(),
            created: at(1),
        });
    }
    world.write(vec![Write::JobReleased(no)]);
    let image = world.run(LoadJob { id: job }).unwrap();
    let dependencies: Vec<usize> = image
        .tasks
        .iter()
        .map(|task| task.dependencies.len())
        .collect();
    assert_eq!(dependencies, [0, 1, 2, 3, 4]);
}

#[test]
fn the_job_that_was_rendered_last_is_known_until_it_is_gone() {
    let mut world = World::new();
    let ((first, _), (second, no)) = (world.job(1), world.job(1));
    assert_eq!(world.run(FindLastRenderedJob), None);
    for id in [first, second, second] {
        world.run(SetLastRenderedJob { id });
        assert_eq!(world.run(FindLastRenderedJob), Some(id));
    }
    world.run(SetLastRenderedJob {
        id: JobId::random(),
    });
    assert_eq!(world.run(FindLastRenderedJob), Some(second));
    world.run(DiscardJob { job: no });
    assert_eq!(world.run(FindLastRenderedJob), None);
}

#[test]
fn a_probe_leaves_nothing_behind() {
    let mut world = World::new();
    world.run(Probe);
    world.run(EndProbe);
    assert_eq!(world.dump(), Vec::<String>::new());
}
