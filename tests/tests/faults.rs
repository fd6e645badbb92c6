//! What goes wrong on a farm: killed Managers, killed Workers, a Manager that is away, a full disk.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests end where something goes wrong, and start processes"
)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use farandole_tests::harness::{
    Api, Manager, ManagerOptions, Worker, WorkerOptions, eventually, eventually_within,
};
use serde_json::{Value, json};
use tempfile::tempdir;

fn worker(folder: &Path, name: &str, manager: &Manager) -> Worker {
    Worker::start(WorkerOptions::below(folder, name, &manager.url()).with("heartbeat", "1s"))
}

/// The whole log of a task.
fn log(api: &Api, task: &Value) -> String {
    let id = task["id"].as_str().unwrap();
    let info = api.get(&format!("/api/v3/tasks/{id}/log"));
    api.response(info["url"].as_str().unwrap()).text().unwrap()
}

#[test]
fn a_manager_that_is_killed_in_the_middle_of_a_job_finishes_it_after_its_restart() {
    let folder = tempdir().unwrap();
    let mut manager = Manager::start(ManagerOptions::below(folder.path()));
    let _workers = [
        worker(folder.path(), "anna", &manager),
        worker(folder.path(), "bert", &manager),
    ];
    let api = manager.api();
    api.wait_for_workers(2);
    let job = api.submit_echo_sleep("survivor", 12, 1);
    for done in [2, 5] {
        api.wait_for_tasks(&job, "completed", done);
        manager = manager.kill_and_restart();
    }
    api.wait_for_job(&job, "completed");
    for task in api.tasks(&job) {
        assert_eq!(task["status"], "completed");
        let log = log(&api, &task);
        // A hand-out whose answer died with the Manager is made again; but nothing was done twice.
        let done = log.matches("slept").count() + log.matches("echo: ").count();
        assert_eq!(done, 1, "{log}");
    }
}

#[test]
fn the_task_of_a_killed_worker_is_taken_up_by_another() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()).with("worker-timeout", "3s"));
    let api = manager.api();
    let mut workers = ["anna", "bert"].map(|name| worker(folder.path(), name, &manager));
    api.wait_for_workers(2);
    let job = api.submit_echo_sleep("long", 1, 10);
    let the_sleep = || api.tasks(&job)[1].clone();
    let first = eventually("somebody has the task", || {
        let task = the_sleep();
        (task["status"] == "active").then(|| task["worker"]["name"].clone())
    });
    let (busy, idle) = if first == "anna" { (0, 1) } else { (1, 0) };
    workers[busy].process.kill();
    let other = &workers[idle].options.name;
    // By default it would take a minute.
    eventually_within(Duration::from_secs(45), "the other has the task", || {
        let task = the_sleep();
        (task["worker"]["name"] == **other && task["status"] == "active").then_some(())
    });
    api.wait_for_job(&job, "completed");
}

#[test]
fn a_task_that_was_lost_too_often_fails_and_its_job_says_why() {
    let folder = tempdir().unwrap();
    let options = ManagerOptions::below(folder.path()).with("lost-attempts-limit", "2");
    let manager = Manager::start(options);
    let api = manager.api();
    let mut worker = worker(folder.path(), "anna", &manager);
    let job = api.submit_echo_sleep("deadly", 1, 600);
    for attempt in 1..=2 {
        eventually("the sleep runs", || {
            let task = &api.tasks(&job)[1];
            let attempts = api.get(&format!(
                "/api/farm/v1/tasks/{}/attempts",
                task["id"].as_str()?
            ));
            (attempts["attempts"].as_array()?.len() == attempt).then_some(())
        });
        worker = worker.kill_and_restart();
    }
    api.wait_for_job(&job, "failed");
    let activity = api.job(&job)["activity"].as_str().unwrap().to_owned();
    let said = "was lost by its workers 2 times, the last time because worker anna had lost it";
    assert!(activity.contains(said), "{activity}");
    assert!(worker.process.runs());
}

#[test]
fn a_worker_that_was_killed_is_back_at_once() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let worker = worker(folder.path(), "anna", &manager);
    api.wait_for_workers(1);
    let worker = worker.kill_and_restart();
    // By silence alone it would take a minute.
    eventually_within(Duration::from_secs(20), "it has signed on again", || {
        worker
            .process
            .own_output()
            .contains("signed on")
            .then_some(())
    });
    assert!(!worker.process.own_output().contains("another process"));
}

#[test]
fn a_second_process_on_a_data_directory_is_refused_at_its_start() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let first = worker(folder.path(), "anna", &manager);
    manager.api().wait_for_workers(1);
    let mut second = Worker::start(first.options.clone());
    assert_eq!(second.process.wait().code(), Some(1));
    let said = second.process.own_output();
    let holder = format!("is in use by process {} on host", first.process.pid());
    assert!(said.contains(&holder), "{said}");
}

#[test]
fn a_worker_with_a_copied_data_directory_is_refused_while_the_first_is_alive() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let first = worker(folder.path(), "anna", &manager);
    api.wait_for_workers(1);
    let job = api.submit_echo_sleep("mine", 1, 20);
    api.wait_for_tasks(&job, "active", 1);
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for name in ["farandole-worker-credentials.yaml", "farandole-worker.lock"] {
        fs::copy(first.options.data.join(name), copy.join(name)).unwrap();
    }
    let mut second = Worker::start(WorkerOptions {
        data: copy,
        ..first.options.clone()
    });
    assert_eq!(second.process.wait().code(), Some(1));
    let said = second.process.own_output();
    assert!(
        said.contains("another process works as Worker anna") && said.contains("--data-dir"),
        "{said}"
    );
    api.wait_for_job(&job, "completed");
    let log = log(&api, &api.tasks(&job)[1]);
    assert_eq!(log.matches("assigned to worker").count(), 1, "{log}");
}

#[test]
fn workers_go_on_while_the_manager_is_away_and_deliver_everything_in_order() {
    let folder = tempdir().unwrap();
    let mut manager = Manager::start(ManagerOptions::below(folder.path()));
    let working = worker(folder.path(), "anna", &manager);
    let api = manager.api();
    let scripts = manager.options.data.join("scripts");
    fs::create_dir_all(&scripts).unwrap();
    let script = r#"
        const JOB_TYPE = { label: "Many echoes", settings: [] };
        function compileJob(job) {
            const task = author.Task("echoes", "misc");
            for (let n = 1; n <= 8; n++) {
                task.addCommand(author.Command("echo", { message: `line ${n}.` }));
                task.addCommand(author.Command("sleep", { duration_in_seconds: 1 }));
            }
            job.addTask(task);
        }"#;
    fs::write(scripts.join("many_echoes.js"), script).unwrap();
    let job = api.submit(&json!({
        "name": "away", "type": "many-echoes", "priority": 50, "submitter_platform": "linux",
    }));
    eventually("the third line is there", || {
        log_if_there(&api, &job)
            .filter(|log| log.contains("line 3."))
            .map(drop)
    });
    manager.process.kill();
    eventually("the worker has done its task", || {
        working
            .process
            .output()
            .contains("task ended")
            .then_some(())
    });
    let manager = Manager::start_on(manager.port(), manager.options.clone());
    let api = manager.api();
    api.wait_for_job(&job, "completed");
    let tasks = api.tasks(&job);
    let log = log(&api, &tasks[0]);
    let lines: Vec<usize> = (1..=8)
        .map(|n| {
            log.find(&format!("line {n}."))
                .unwrap_or_else(|| panic!("{log}"))
        })
        .collect();
    assert!(lines.is_sorted(), "{log}");
    assert_eq!(
        log.matches("assigned to worker").count(),
        1,
        "not handed out again: {log}"
    );
    assert_eq!(tasks[0]["steps_completed"], 16);
}

fn log_if_there(api: &Api, job: &str) -> Option<String> {
    let task = &api.tasks(job)[0];
    let info = api.try_get(&format!("/api/v3/tasks/{}/log", task["id"].as_str()?))?;
    api.response(info["url"].as_str()?).text().ok()
}

#[test]
fn on_a_full_disk_nobody_gets_a_yes_and_the_manager_works_again_when_there_is_room() {
    let folder = tempdir().unwrap();
    let options = ManagerOptions {
        disk: Some(64),
        ..ManagerOptions::below(folder.path())
    };
    let manager = Manager::start(options);
    let api = manager.api();
    let job = api.submit_echo_sleep("before", 1, 0);
    // The disk is seen through the Manager's own eyes.
    let pid = manager.process.pid();
    let disk = format!("/proc/{pid}/root{}", manager.options.data.display());
    let filler = Path::new(&disk).join("filler");
    fill(&filler);
    let mut accepted = 0;
    eventually("a registration is refused", || {
        let (status, _) = register(&api);
        assert!(status == 200 || status == 503, "{status}");
        accepted += usize::from(status == 200);
        (status == 503).then_some(())
    });
    assert_eq!(
        workers(&api),
        accepted,
        "who got a yes is there, and nobody else"
    );

    fs::remove_file(&filler).unwrap();
    api.wait_until_ready();
    assert_eq!(register(&api).0, 200);
    assert_eq!(workers(&api), accepted + 1);
    let after = api.submit_echo_sleep("after", 1, 0);
    let _worker = worker(folder.path(), "anna", &manager);
    api.wait_for_job(&job, "completed");
    api.wait_for_job(&after, "completed");
}

/// Registers a Worker that takes as much room as its texts may.
fn register(api: &Api) -> (u16, Value) {
    let task_types = vec!["x".repeat(255); 100];
    let worker = json!({
        "name": "x".repeat(1_024), "secret": "0f".repeat(32), "platform": "linux",
        "supported_task_types": task_types,
    });
    api.post("/api/v3/worker/register-worker", &worker)
}

fn workers(api: &Api) -> usize {
    api.get("/api/v3/worker-mgt/workers")["workers"]
        .as_array()
        .unwrap()
        .len()
}

/// Writes until there is no room at all.
fn fill(file: &Path) {
    use std::io::Write as _;
    let mut file = fs::File::create(file).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        let block = vec![7_u8; size];
        while file.write_all(&block).is_ok() {}
    }
}
