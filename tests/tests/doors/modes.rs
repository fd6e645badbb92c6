//! What Manager and Worker keep is for their own user alone, and secrets need not stand on the command line.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use farandole_tests::harness::{Manager, ManagerOptions, Worker, WorkerOptions};
use tempfile::tempdir;

/// What others may use of a folder and all below it, but for the logs of the tests.
fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        let about = fs::symlink_metadata(&path).unwrap();
        let is_log = path.ends_with("manager.log") || path.ends_with("worker.log");
        if about.permissions().mode() & 0o077 != 0 && !is_log {
            found.push(path.clone());
        }
        if about.is_dir() {
            left.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
    found
}

fn open(path: &Path) {
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn data_are_for_the_own_user_alone_and_shared_storage_for_all() {
    let folder = tempdir().unwrap();
    let options = ManagerOptions::below(folder.path());
    fs::create_dir_all(&options.data).unwrap();
    fs::create_dir_all(&options.storage).unwrap();
    open(&options.data);
    open(&options.storage);
    let manager = Manager::start(options);
    let worker = WorkerOptions::below(folder.path(), "anna", &manager.url());
    fs::create_dir_all(&worker.data).unwrap();
    open(&worker.data);
    let worker = Worker::start(worker);
    let api = manager.api();
    let job = api.submit_echo_sleep("private", 1, 0);
    api.wait_for_job(&job, "completed");
    let (data, storage) = (
        manager.options.data.clone(),
        manager.options.storage.clone(),
    );
    assert_eq!(open_to_others(&data), Vec::<PathBuf>::new());
    assert_eq!(open_to_others(&worker.options.data), Vec::<PathBuf>::new());
    assert!(open_to_others(&storage).contains(&storage));

    // What an earlier version left open is closed at the next start.
    let database = data.join("farandole-manager.sqlite");
    open(&database);
    open(&data);
    let manager = manager.kill_and_restart();
    assert_eq!(open_to_others(&data), Vec::<PathBuf>::new());
    let log = manager.process.own_output();
    assert_eq!(
        log.matches("closed files and folders to other users")
            .count(),
        1,
        "{log}"
    );
}

#[test]
fn a_password_on_the_command_line_is_warned_of() {
    let folder = tempdir().unwrap();
    let options = ManagerOptions::below(folder.path());
    let by_flag = Manager::start(options.with("mqtt-client-password", "sesame"));
    let log = by_flag.process.own_output();
    assert!(log.contains("FARANDOLE_MQTT_CLIENT_PASSWORD_FILE"), "{log}");
    assert!(!log.contains("sesame"), "{log}");
}
