//! What goes wrong at the start is said in one line, with the way to mend it; health and exit code tell it, too.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use farandole_tests::harness::eventually;
use tempfile::tempdir;

use super::docker::{docker, said, try_docker};

/// Runs a Manager with these options of Docker's, which has to fail. Gives its last line.
#[track_caller]
fn refusal(options: &[&str]) -> String {
    let run = ["run", "--rm", "--read-only", "--tmpfs", "/tmp"];
    let output = try_docker(&[&run[..], options, &["farandole-manager"]].concat());
    let said = said(&output);
    assert!(!output.status.success(), "{said}");
    let last = said.trim().lines().last().unwrap_or_default();
    assert!(last.contains("farandole-manager: "), "{said}");
    last.to_owned()
}

fn mounted(folder: &Path, place: &str) -> String {
    format!("{}:{place}", folder.display())
}

#[test]
fn a_storage_of_another_user() {
    let folder = tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let said = refusal(&["--volume", &mounted(folder.path(), "/storage")]);
    assert!(
        said.contains("/storage") && said.contains("chown"),
        "{said}"
    );
}

#[test]
fn data_of_another_user() {
    let folder = tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let said = refusal(&["--volume", &mounted(folder.path(), "/var/lib/farandole")]);
    assert!(
        said.contains("/var/lib/farandole") && said.contains("chown"),
        "{said}"
    );
}

#[test]
fn a_storage_that_is_read_only() {
    let folder = tempdir().unwrap();
    chown(folder.path(), Some(1000), Some(1000)).unwrap();
    let said = refusal(&["--volume", &mounted(folder.path(), "/storage:ro")]);
    assert!(
        said.contains("/storage") && said.contains("read-only"),
        "{said}"
    );
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let listen = format!("FARANDOLE_LISTEN={address}");
    let said = refusal(&["--network", "host", "--env", &listen]);
    assert!(
        said.contains(&address) && said.contains("--listen"),
        "{said}"
    );
}

#[test]
fn a_broken_configuration() {
    let folder = tempdir().unwrap();
    chown(folder.path(), Some(1000), Some(1000)).unwrap();
    let file = folder.path().join("farandole-manager.yaml");
    fs::write(&file, "worker_timeout: soon\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let said = refusal(&["--volume", &mounted(folder.path(), "/var/lib/farandole")]);
    assert!(
        said.contains("farandole-manager.yaml") && said.contains("worker_timeout"),
        "{said}"
    );
}

#[test]
fn a_worker_without_a_manager_is_not_well_and_says_so() {
    let worker = docker([
        "run",
        "--detach",
        "--network",
        "none",
        "--health-interval",
        "1s",
        "--health-start-period",
        "0s",
        "--health-retries",
        "2",
        "farandole-worker",
    ]);
    // The first looks may come before the Worker has said anything.
    eventually("its health says why it is not well", || {
        let health = docker(["inspect", "-f", "{{json .State.Health}}", &worker]);
        (health.contains("\"unhealthy\"") && health.contains("no Manager found")).then_some(())
    });
    docker(["rm", "--force", "--volumes", &worker]);
}
