//! A program that cannot start says in one line what is wrong and how to mend it, and ends with a code that is not 0.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use farandole_tests::harness::binary;
use tempfile::{TempDir, tempdir};

/// Nobody that exists: permissions do not hold for root, as which tests may run.
const SOMEBODY: u32 = 54321;

/// What each program keeps its own things in.
const DATABASES: [(&str, &str); 2] = [
    ("farandole-manager", "farandole-manager.sqlite"),
    ("farandole-worker", "farandole-worker.sqlite"),
];

/// A folder that others can get into.
fn open_folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn program(name: &str, data: &Path) -> Command {
    let mut command = Command::new(binary(name));
    command
        .current_dir("/")
        .env_clear()
        .env("FARANDOLE_DATA_DIR", data);
    if name == "farandole-manager" {
        command
            .env("FARANDOLE_LISTEN", "127.0.0.1:0")
            .env("FARANDOLE_AUTODISCOVERABLE", "false");
    } else {
        command.arg("--manager=http://127.0.0.1:9");
    }
    command
}

/// What it said, all lines; it must have failed and named all of these in its last line.
#[track_caller]
fn refuses(command: &mut Command, parts: &[&str]) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    assert!(!status.success(), "{said}");
    let last = said.trim().lines().last().unwrap_or_default();
    for part in parts {
        assert!(last.contains(part), "{part:?} is missing in {last:?}");
    }
}

/// A folder that belongs to root, for whoever is not.
const OF_ROOT: &str = "/usr/share";

/// Runs it as somebody for whom permissions hold.
fn as_somebody(command: &mut Command) -> &mut Command {
    if is_root() {
        command.uid(SOMEBODY).gid(SOMEBODY);
    }
    command
}

fn is_root() -> bool {
    open_folder().path().metadata().unwrap().uid() == 0
}

/// Gives it to whom programs are run as here.
fn give(path: &Path) {
    if is_root() {
        chown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    }
}

#[test]
fn data_of_another_user() {
    for name in ["farandole-manager", "farandole-worker"] {
        let mut program = program(name, Path::new(OF_ROOT));
        refuses(as_somebody(&mut program), &[OF_ROOT, "user 0:0", "chown"]);
    }
}

#[test]
fn a_storage_of_another_user() {
    let data = open_folder();
    give(data.path());
    let mut program = program("farandole-manager", data.path());
    program.env("FARANDOLE_SHARED_STORAGE_PATH", OF_ROOT);
    refuses(as_somebody(&mut program), &[OF_ROOT, "user 0:0", "chown"]);
}

#[test]
fn a_database_that_nobody_may_write_to() {
    for (name, file) in DATABASES {
        let folder = open_folder();
        let file = folder.path().join(file);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        give(folder.path());
        give(&file);
        let mut program = program(name, folder.path());
        refuses(
            as_somebody(&mut program),
            &[&file.to_string_lossy(), "chmod"],
        );
    }
}

#[test]
fn a_folder_that_is_a_file() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for name in ["farandole-manager", "farandole-worker"] {
        refuses(&mut program(name, &file), &[&file.to_string_lossy()]);
    }
    refuses(
        program("farandole-manager", &folder.path().join("data"))
            .env("FARANDOLE_SHARED_STORAGE_PATH", &file),
        &[&file.to_string_lossy(), "name another"],
    );
}

#[test]
fn a_port_that_is_taken() {
    let folder = tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refuses(
        program("farandole-manager", folder.path()).env("FARANDOLE_LISTEN", &address),
        &[&address, "another program listens there", "--listen"],
    );
}

#[test]
fn a_broken_configuration() {
    for name in ["farandole-manager", "farandole-worker"] {
        let folder = tempdir().unwrap();
        let file = format!("{name}.yaml");
        fs::write(folder.path().join(&file), "farm: x\nlog_level: [\n").unwrap();
        refuses(&mut program(name, folder.path()), &[&file, "line "]);
    }
    let folder = tempdir().unwrap();
    fs::write(
        folder.path().join("farandole-manager.yaml"),
        "worker_timeout: soon\n",
    )
    .unwrap();
    refuses(
        &mut program("farandole-manager", folder.path()),
        &["farandole-manager.yaml", "worker_timeout", "90s"],
    );
}

#[test]
fn a_variable_that_cannot_be_read() {
    let folder = tempdir().unwrap();
    refuses(
        program("farandole-manager", folder.path()).env("FARANDOLE_TASK_TIMEOUT", "soon"),
        &["FARANDOLE_TASK_TIMEOUT", "duration", "soon"],
    );
    refuses(
        program("farandole-worker", folder.path()).env("FARANDOLE_EPHEMERAL", "perhaps"),
        &["FARANDOLE_EPHEMERAL", "true or false", "perhaps"],
    );
}

#[test]
fn a_database_that_is_none() {
    for (name, file) in DATABASES {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join(file), "nothing of the kind\n".repeat(99)).unwrap();
        refuses(&mut program(name, folder.path()), &[file]);
    }
}
