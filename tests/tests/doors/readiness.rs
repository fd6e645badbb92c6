//! A Manager that cannot do its work says so, and acknowledges nothing.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use farandole_tests::harness::{Manager, ManagerOptions, eventually};
use serde_json::{Value, json};
use tempfile::tempdir;

/// What `/readyz` says.
fn readiness(manager: &Manager) -> (u16, String) {
    let answer = manager.api().response("/readyz");
    (answer.status().as_u16(), answer.text().unwrap())
}

/// The status of the answer to a job.
fn submit(manager: &Manager) -> (u16, Value) {
    let job = json!({
        "name": "a job", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
        "settings": {"message": "hello", "sleep_duration_seconds": 1, "sleep_repeats": 1},
    });
    manager.api().post("/api/v3/jobs", &job)
}

fn database(manager: &Manager, suffix: &str) -> PathBuf {
    let name = format!("farandole-manager.sqlite{suffix}");
    manager.options.data.join(name)
}

#[test]
fn nothing_is_acknowledged_once_a_file_of_the_database_has_gone() {
    for suffix in ["", "-wal"] {
        let folder = tempdir().unwrap();
        let manager = Manager::start(ManagerOptions::below(folder.path()));
        assert_eq!(submit(&manager).0, 200);
        let file = database(&manager, suffix);
        let aside = folder.path().join("aside");
        fs::rename(&file, &aside).unwrap();
        for _ in 0..3 {
            assert_eq!(submit(&manager).0, 503);
        }
        let (status, body) = readiness(&manager);
        assert_eq!(status, 503);
        assert!(body.contains(file.to_str().unwrap()), "{body}");
        assert!(!file.exists(), "no empty one is made in its place");
        // Put back, it is as good as before.
        fs::rename(&aside, &file).unwrap();
        manager.api().wait_until_ready();
        assert_eq!(submit(&manager).0, 200);
        let jobs = manager.api().get("/api/v3/jobs");
        assert_eq!(jobs["jobs"].as_array().unwrap().len(), 2, "{jobs}");
    }
}

#[test]
fn a_manager_on_a_full_disk_is_not_ready() {
    let folder = tempdir().unwrap();
    let options = ManagerOptions {
        disk: Some(64),
        ..ManagerOptions::below(folder.path())
    };
    let manager = Manager::start(options);
    // The disk is seen through the Manager's own eyes.
    let pid = manager.process.pid();
    let disk = format!("/proc/{pid}/root{}", manager.options.data.display());
    let filler = Path::new(&disk).join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[7; 4096]).is_ok() {}
    drop(file);
    let (status, body) = readiness(&manager);
    assert_eq!(status, 503);
    assert!(body.contains("the disk is full"), "{body}");
    fs::remove_file(&filler).unwrap();
    manager.api().wait_until_ready();
}

#[test]
fn a_part_that_is_stuck_is_named() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    // Another process has the database for itself, as a backup that hangs.
    let path = database(&manager, "").display().to_string();
    let mut holder = SqliteConnection::establish(&path).unwrap();
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    let registration = std::thread::spawn({
        let api = manager.api();
        move || {
            let worker = json!({
                "name": "anna", "secret": "0f".repeat(32), "platform": "linux", "supported_task_types": ["misc"],
            });
            api.post("/api/v3/worker/register-worker", &worker).0
        }
    });
    let body = eventually("the stuck part is named", || {
        let (status, body) = readiness(&manager);
        (status == 503).then_some(body)
    });
    assert!(body.contains("it has not answered"), "{body}");
    assert!(body.contains("store-writer"), "{body}");
    drop(holder);
    registration.join().unwrap();
    manager.api().wait_until_ready();
}
