//! What is loaded into memory.

use diesel::prelude::*;
use diesel::sql_types::Text;
use farandole_protocol::ids::{JobId, TagId, TaskId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};

use super::world::{World, at, begin, job_row, key, task, task_row, worker_row};
use crate::farm::image::{BlockImage, FarmImage, JobImage, TaskImage, WorkerImage};
use crate::farm::job_status::has_ended;
use crate::farm::keys::WorkerNo;
use crate::farm::write::{AttemptEnd, StatusRequest, TaskRow, WorkerRow, Write};
use crate::store::load::IS_LIVE;
use crate::store::*;

const FARM: LoadFarm = LoadFarm { generation: 1 };

#[test]
fn an_empty_farm_is_loaded() {
    let expected = FarmImage {
        tags: vec![],
        workers: vec![],
        next_worker: 1,
        jobs: vec![],
    };
    assert_eq!(World::new().run(FARM), expected);
}

#[test]
fn a_job_is_loaded_as_it_was_stored_and_changed() {
    let mut world = World::new();
    let tag = TagId::random();
    let (anna, _) = world.worker(4, "anna");
    let begin = begin(2);
    let id = begin.id;
    let no = world.run(begin);
    world.run(StoreTasks {
        job: no,
        first_index: 1,
        tasks: vec![task(1), task(2)],
        created: at(1),
    });
    let mut row = job_row(no, JobStatus::PauseRequested);
    row.activity = "because".to_owned();
    row.tag = Some(tag);
    row.delete_requested = Some(at(9));
    let state = TaskRow {
        key: key(no, 2),
        status: TaskStatus::SoftFailed,
        worker: Some(WorkerNo(4)),
        attempt: 7,
        ended: Some(AttemptEnd::Failed),
        steps_completed: 3,
        activity: "no card".to_owned(),
        updated: at(5),
        touched: Some(at(4)),
        lost: 4,
    };
    world.write(vec![
        Write::JobReleased(no),
        Write::Job(row.clone()),
        Write::Task(state.clone()),
        Write::Failure(key(no, 2), WorkerNo(4)),
        Write::Block(no, WorkerNo(4), "blender".to_owned()),
    ]);
    let untouched = TaskRow {
        attempt: 0,
        steps_completed: 0,
        activity: String::new(),
        updated: at(1),
        ..task_row(key(no, 1), TaskStatus::Queued)
    };
    let image = |index, state| TaskImage {
        name: format!("render-{index}"),
        task_type: "blender".to_owned(),
        priority: 50,
        dependencies: (1..index).collect(),
        steps_total: 1,
        state,
        optional: false,
    };
    let expected = JobImage {
        id,
        name: "a film".to_owned(),
        job_type: "simple-blender-render".to_owned(),
        created: at(1),
        row,
        tasks: vec![image(1, untouched), image(2, state.clone())],
        task_ids: Vec::new(),
        failures: vec![(2, WorkerNo(4))],
        blocks: vec![BlockImage {
            worker: WorkerNo(4),
            id: anna,
            task_type: "blender".to_owned(),
        }],
        allow: Vec::new(),
        findings: Vec::new(),
    };
    let task = TaskId::of_job(id, 2);
    assert_eq!(world.run(LoadJob { id }), Some(expected.clone()));
    assert_eq!(
        world.run(LoadJobOfTask { id: task }),
        Some(expected.clone())
    );
    assert_eq!(world.run(FindTaskState { id: task }), Some((id, state)));
    assert_eq!(world.run(FARM).jobs, [expected]);
    assert_eq!(
        world.run(LoadJob {
            id: JobId::random()
        }),
        None
    );
}

#[test]
fn losses_are_forgotten_with_the_failures() {
    let mut world = World::new();
    let (id, no) = world.job(2);
    for clear in [
        Write::TaskFailuresCleared(key(no, 1)),
        Write::JobFailuresCleared(no),
    ] {
        let lost = |index| {
            Write::Task(TaskRow {
                lost: 3,
                ..task_row(key(no, index), TaskStatus::Queued)
            })
        };
        let is_of_task = matches!(clear, Write::TaskFailuresCleared(_));
        world.write(vec![lost(1), lost(2), clear]);
        let job = world.run(LoadJob { id }).unwrap();
        let left: Vec<u32> = job.tasks.iter().map(|task| task.state.lost).collect();
        assert_eq!(left, [0, if is_of_task { 3 } else { 0 }]);
    }
}

#[test]
fn every_end_of_an_attempt_is_loaded() {
    let mut world = World::new();
    let (id, no) = world.job(1);
    for end in codes::ENDS {
        let row = TaskRow {
            ended: Some(end),
            ..task_row(key(no, 1), TaskStatus::Queued)
        };
        world.write(vec![Write::Task(row)]);
        let found = world.run(FindTaskState {
            id: TaskId::of_job(id, 1),
        });
        assert_eq!(found.unwrap().1.ended, Some(end));
    }
}

#[test]
fn the_farm_is_loaded_without_jobs_that_ended_or_are_not_released() {
    let mut world = World::new();
    let mut live = Vec::new();
    for status in JobStatus::ALL.iter().copied() {
        let (_, no) = world.job(1);
        world.write(vec![Write::Job(job_row(no, status))]);
        if !has_ended(status) {
            live.push(no);
        }
    }
    world.begin(1);
    let loaded: Vec<_> = world.run(FARM).jobs.iter().map(|job| job.row.no).collect();
    assert_eq!(loaded, live);
}

#[test]
fn live_jobs_are_found_by_their_index() {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let mut world = World::new();
    let query = format!(
        "EXPLAIN QUERY PLAN SELECT name FROM jobs WHERE released AND {IS_LIVE} ORDER BY no"
    );
    let plan: Vec<Step> = diesel::sql_query(query).load(&mut world.conn).unwrap();
    let plan: Vec<String> = plan.into_iter().map(|step| step.detail).collect();
    assert!(
        plan.iter().any(|step| step.contains("jobs_live")),
        "{plan:?}"
    );
}

#[test]
fn workers_are_loaded_with_their_tags_without_deleted_ones_and_no_number_is_given_twice() {
    let mut world = World::new();
    let (id, _) = world.worker(1, "anna");
    world.worker(2, "bert");
    let tag = TagId::random();
    let row = WorkerRow {
        status: WorkerStatus::Error,
        requested: Some(StatusRequest {
            status: WorkerStatus::Asleep,
            lazy: true,
        }),
        timed_out_from: Some(WorkerStatus::Awake),
        last_seen: Some(at(6)),
        last_task: Some(key(crate::farm::keys::JobNo(3), 4)),
        can_restart: false,
        ephemeral: false,
        ..worker_row(1, "anna")
    };
    let deleted = WorkerRow {
        deleted: Some(at(7)),
        ..worker_row(2, "bert")
    };
    world.write(vec![
        Write::Worker(Box::new(row.clone())),
        Write::Worker(Box::new(deleted)),
    ]);
    world.sql(&format!(
        "INSERT INTO worker_tags VALUES ('{tag}', 'gpu', '', 1);
         INSERT INTO worker_tag_members VALUES ('{tag}', 1);"
    ));
    let loaded = world.run(FARM);
    let (tags, sleep) = (vec![tag], None);
    assert_eq!(
        loaded.workers,
        [WorkerImage {
            id,
            tags,
            sleep,
            condition: None,
            row
        }]
    );
    assert_eq!(loaded.next_worker, 3);
}
