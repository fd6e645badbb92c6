//! One Manager at a time works with a data directory and a database, and its own host can ask it how it is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use farandole_tests::harness::{Manager, ManagerOptions, binary};
use tempfile::tempdir;

/// Runs the program to its end.
#[expect(
    clippy::disallowed_methods,
    reason = "processes are what this is about"
)]
fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(binary("farandole-manager"))
        .current_dir(folder)
        .args(args)
        .output()
        .unwrap()
}

fn both(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn a_second_manager_on_a_data_directory_or_a_database_is_refused_by_name() {
    let folder = tempdir().unwrap();
    let mut manager = Manager::start(ManagerOptions::below(folder.path()));
    let data = manager.options.data.display().to_string();
    let elsewhere = folder.path().join("elsewhere").display().to_string();
    let database = format!("--database={data}/farandole-manager.sqlite");
    let listen = "--listen=127.0.0.1:0";
    let holder = format!("process {} on host", manager.process.pid());
    for args in [
        [listen, "--data-dir", &data, "--autodiscoverable=false"],
        [listen, "--data-dir", &elsewhere, &database],
    ] {
        let refused = run(folder.path(), &args);
        let said = both(&refused);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(
            said.contains(&holder) && said.contains(&manager.url()),
            "{said}"
        );
    }
    // The lock of a process that was killed holds up nobody.
    manager = manager.kill_and_restart();
    assert!(manager.process.runs());
}

#[test]
fn a_running_manager_is_asked_through_its_socket() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    // The socket that it leaves behind is replaced by the next one.
    let manager = manager.kill_and_restart();
    let data = manager.options.data.clone();
    let mode = fs::metadata(data.join("control.sock"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let args = ["status", "--data-dir", data.to_str().unwrap()];
    let status = run(folder.path(), &args);
    let said = both(&status);
    assert_eq!(status.status.code(), Some(0), "{said}");
    let process = format!("process: {}", manager.process.pid());
    for part in [&process, &manager.url(), "ready: true"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    drop(manager);
    let status = run(folder.path(), &args);
    assert_eq!(status.status.code(), Some(1));
    assert!(
        both(&status).contains("no Manager runs"),
        "{}",
        both(&status)
    );
}
