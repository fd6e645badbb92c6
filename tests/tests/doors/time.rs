//! A Manager that stands still for a while takes no task from a live Worker.

use std::time::{Duration, Instant};

use farandole_tests::harness::{Manager, ManagerOptions, Worker, WorkerOptions, eventually};
use tempfile::tempdir;

const STANDSTILL: Duration = Duration::from_secs(12);

#[test]
fn a_manager_that_was_stopped_for_longer_than_the_time_out_takes_no_task_away() {
    let folder = tempdir().unwrap();
    let options = ManagerOptions::below(folder.path()).with("worker-timeout", "9s");
    let manager = Manager::start(options);
    let api = manager.api();
    let worker = WorkerOptions::below(folder.path(), "anna", &manager.url());
    let mut worker = Worker::start(worker.with("heartbeat", "1s"));
    api.wait_for_workers(1);
    let job = api.submit_echo_sleep("steady", 1, 600);
    api.wait_for_tasks(&job, "active", 1);
    let sleep = || api.tasks(&job)[1].clone();
    eventually("the sleep runs", || {
        (sleep()["status"] == "active").then_some(())
    });
    for round in 1..=2 {
        manager.process.signal("STOP");
        let until = Instant::now() + STANDSTILL;
        eventually("the time is over", || {
            (Instant::now() >= until).then_some(())
        });
        manager.process.signal("CONT");
        eventually("the standstill is noticed", || {
            let log = manager.process.own_output();
            (log.matches("the Manager stood still").count() == round).then_some(())
        });
        let id = sleep()["id"].as_str().unwrap().to_owned();
        let attempts = api.get(&format!("/api/farm/v1/tasks/{id}/attempts"));
        assert_eq!(
            attempts["attempts"].as_array().unwrap().len(),
            1,
            "{attempts}"
        );
        assert_eq!(sleep()["status"], "active");
    }
    worker.process.kill();
    eventually("the dead worker is noticed", || {
        (sleep()["status"] == "queued").then_some(())
    });
}
