//! What cannot be read is an error that names the column and what stands there, never a guess.

use farandole_protocol::ids::{JobId, TaskId, WorkerId};

use super::world::{World, attempt_begins, key};
use crate::store::*;

struct Spoilt {
    world: World,
    job: JobId,
    task: TaskId,
    worker: WorkerId,
}

/// A farm of one job, one task and one Worker, after this change behind the store's back.
fn spoilt(sql: &str) -> Spoilt {
    let mut world = World::new();
    let (job, no) = world.job(1);
    let (worker, worker_no) = world.worker(1, "anna");
    world.write(vec![attempt_begins(key(no, 1), 1, worker_no, 10)]);
    world.sql(sql);
    Spoilt {
        world,
        job,
        task: TaskId::of_job(job, 1),
        worker,
    }
}

#[track_caller]
fn check(error: &str, column: &str, value: &str) {
    assert_eq!(
        error,
        format!("column {column} holds {value:?}, which cannot be read")
    );
}

#[test]
fn an_unknown_state_of_a_job() {
    let mut spoilt = spoilt("UPDATE jobs SET status = 'happy'");
    let id = spoilt.job;
    check(&spoilt.world.refusal(ListJobs), "jobs.status", "happy");
    check(
        &spoilt.world.refusal(FindJob { id }),
        "jobs.status",
        "happy",
    );
    check(
        &spoilt.world.refusal(LoadJob { id }),
        "jobs.status",
        "happy",
    );
    check(
        &spoilt.world.refusal(LoadFarm { generation: 1 }),
        "jobs.status",
        "happy",
    );
}

#[test]
fn an_unknown_state_of_a_task() {
    let mut spoilt = spoilt("UPDATE task_states SET status = 99");
    let (job, id) = (spoilt.job, spoilt.task);
    check(
        &spoilt.world.refusal(ListTasks { job }),
        "task_states.status",
        "99",
    );
    check(
        &spoilt.world.refusal(FindTask { id }),
        "task_states.status",
        "99",
    );
    check(
        &spoilt.world.refusal(FindTaskState { id }),
        "task_states.status",
        "99",
    );
    check(
        &spoilt.world.refusal(LoadJob { id: job }),
        "task_states.status",
        "99",
    );
}

#[test]
fn an_unknown_state_of_a_worker() {
    let mut spoilt = spoilt("UPDATE workers SET status = '', requested_status = 'gone'");
    let id = spoilt.worker;
    check(
        &spoilt.world.refusal(LoadFarm { generation: 1 }),
        "workers.requested_status",
        "gone",
    );
    spoilt
        .world
        .sql("UPDATE workers SET requested_status = NULL");
    check(&spoilt.world.refusal(ListWorkers), "workers.status", "");
    check(
        &spoilt.world.refusal(FindWorker { id }),
        "workers.status",
        "",
    );
}

#[test]
fn an_unknown_end_of_an_attempt() {
    let mut spoilt = spoilt("UPDATE attempts SET ended = 1, outcome = 42");
    let task = spoilt.task;
    check(
        &spoilt.world.refusal(ListAttempts { task }),
        "attempts.outcome",
        "42",
    );
}

#[test]
fn a_number_that_counts_nothing() {
    let mut spoilt = spoilt("UPDATE task_states SET attempt = -1");
    let id = spoilt.task;
    check(
        &spoilt.world.refusal(FindTaskState { id }),
        "task_states.attempt",
        "-1",
    );
}

#[test]
fn a_time_beyond_all_times() {
    let mut spoilt = spoilt("UPDATE jobs SET updated = 9223372036854775807");
    check(
        &spoilt.world.refusal(ListJobs),
        "jobs.updated",
        "9223372036854775807",
    );
}

#[test]
fn a_text_that_is_no_json_is_shown_by_its_beginning() {
    let mut spoilt =
        spoilt("UPDATE jobs SET settings = '[1]'; UPDATE tasks SET commands = hex(zeroblob(500))");
    let id = spoilt.task;
    check(&spoilt.world.refusal(ListJobs), "jobs.settings", "[1]");
    check(
        &spoilt.world.refusal(FindTask { id }),
        "tasks.commands",
        &"0".repeat(200),
    );
}

#[test]
fn a_tag_that_is_no_id() {
    let sql = "INSERT INTO worker_tags VALUES ('gpu', 'gpu', '', 1); INSERT INTO worker_tag_members VALUES ('gpu', 1);";
    let error = spoilt(sql).world.refusal(LoadFarm { generation: 1 });
    check(&error, "worker_tags.id", "gpu");
}
