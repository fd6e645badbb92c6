//! `farandole-manager import-flamenco` as a person runs it: what it says, with which code it ends, and that a Manager
//! goes on with what was taken over, of whatever version.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start the program that they test"
)]

mod flamenco;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use farandole_tests::harness::{Api, Manager, ManagerOptions, binary};
use serde_json::{Value, json};
use tempfile::tempdir;

use flamenco::{JOB, LOG, SECRET, TASK, Version, WORKER, make};

/// With which code it ended, and what it said.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn import<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>, data: &Path) -> Ended {
    let output = Command::new(binary("farandole-manager"))
        .arg("import-flamenco")
        .args(args)
        .current_dir("/")
        .env_clear()
        .env("FARANDOLE_DATA_DIR", data)
        .output()
        .unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// It took over what it should: one job with four tasks.
#[track_caller]
fn is_taken_over(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for said in [
        "1 jobs with 4 tasks, 2 workers, 0 tags, 1 sleep schedules, 1 entries of blocklists",
        "its configuration is now in",
        "copied 1 logs and pictures",
        "sign on with their old credentials",
    ] {
        assert!(ended.stdout.contains(said), "{said}: {ended:?}");
    }
    assert_eq!(ended.stderr, "");
}

/// It took over nothing, and said why in one line.
#[track_caller]
fn is_refused(ended: &Ended, code: i32, reasons: &[&str]) {
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(code), ""),
        "{ended:?}"
    );
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    assert!(ended.stderr.starts_with("farandole-manager: "), "{ended:?}");
    for reason in reasons {
        assert!(ended.stderr.contains(reason), "{reason}: {ended:?}");
    }
}

/// A Manager goes on with what is in this folder.
fn go_on(folder: &Path) -> Manager {
    Manager::start(ManagerOptions {
        data: folder.join("ours"),
        ..ManagerOptions::below(folder)
    })
}

/// The job is there with its tasks in their order; what ran waits again.
fn has_the_job(api: &Api) {
    let job = api.job(JOB);
    assert_eq!(
        (&job["name"], &job["status"], &job["priority"]),
        (&json!("a film"), &json!("active"), &json!(60))
    );
    assert_eq!(
        (&job["steps_total"], &job["steps_completed"]),
        (&json!(4), &json!(1))
    );
    let tasks = api.tasks(JOB);
    let tasks: Vec<(&Value, &Value)> = tasks
        .iter()
        .map(|task| (&task["name"], &task["status"]))
        .collect();
    let expected = [
        (json!("echo 1"), json!("completed")),
        (json!("echo 2"), json!("queued")),
        (json!("echo 3"), json!("queued")),
        (json!("echo 4"), json!("queued")),
    ];
    let expected: Vec<(&Value, &Value)> = expected
        .iter()
        .map(|(name, status)| (name, status))
        .collect();
    assert_eq!(tasks, expected);
    let blocked = api.get(&format!("/api/v3/jobs/{JOB}/blocklist"));
    assert_eq!(
        (&blocked[0]["worker_name"], &blocked[0]["task_type"]),
        (&json!("bert"), &json!("blender"))
    );
}

#[test]
fn a_farm_is_taken_over_and_goes_on() {
    let folder = tempdir().unwrap();
    let database = make(Version::Newest, &folder.path().join("flamenco"));
    let data = folder.path().join("ours");
    let before = fs::read(&database).unwrap();
    is_taken_over(&import([&database], &data));
    assert_eq!(fs::read(&database).unwrap(), before, "it is only read");
    let config = data.join("farandole-manager.yaml");
    assert!(fs::read_to_string(&config).unwrap().contains("Old studio"));
    assert_eq!(config.metadata().unwrap().mode() & 0o777, 0o600);

    is_refused(
        &import([&database], &data),
        1,
        &["1 jobs and 2 workers", "--merge"],
    );
    let merged = import([database.as_os_str(), OsStr::new("--merge")], &data);
    assert_eq!(merged.code, Some(0), "{merged:?}");
    assert!(
        merged.stdout.contains("0 jobs with 0 tasks, 0 workers"),
        "{merged:?}"
    );
    assert!(
        merged
            .stdout
            .contains("left as they are: 3 jobs and workers"),
        "{merged:?}"
    );

    let manager = go_on(folder.path());
    let api = manager.api();
    has_the_job(&api);
    let log = api.response(&format!("/api/v3/tasks/{TASK}/logtail"));
    assert_eq!(log.text().unwrap(), LOG);
    let sign_on = |secret: &str| {
        let request = api
            .request("POST", "/api/v3/worker/sign-on")
            .basic_auth(WORKER, Some(secret));
        let body =
            json!({"name": "anna", "supported_task_types": ["misc"], "software_version": "3.8"});
        request.json(&body).send().unwrap().status().as_u16()
    };
    assert_eq!((sign_on("another"), sign_on(SECRET)), (403, 200));

    let running = import([database.as_os_str(), OsStr::new("--merge")], &data);
    is_refused(
        &running,
        1,
        &["in use by process", "end that process first"],
    );
}

#[test]
fn what_older_managers_left_is_taken_over_too() {
    for version in [Version::Before3_9, Version::Before3_6] {
        let folder = tempdir().unwrap();
        let database = make(version, &folder.path().join("flamenco"));
        is_taken_over(&import([&database], &folder.path().join("ours")));
        has_the_job(&go_on(folder.path()).api());
    }
}

#[test]
fn what_is_too_old_is_refused_with_what_to_do_and_leaves_nothing() {
    let folder = tempdir().unwrap();
    let old = make(Version::WithClusters, &folder.path().join("old"));
    let data = folder.path().join("ours");
    is_refused(
        &import([&old], &data),
        1,
        &[
            &old.to_string_lossy(),
            "Flamenco 3.5 and newer",
            "start Flamenco 3.8 or newer on it once",
        ],
    );
    let database = make(Version::Newest, &folder.path().join("flamenco"));
    is_taken_over(&import([&database], &data));
}

#[test]
fn help_is_given_and_nonsense_refused() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("ours");
    for args in [&["--help"][..], &["x.sqlite", "-h"]] {
        let help = import(args, &data);
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""), "{help:?}");
        assert!(
            help.stdout
                .contains("Usage: farandole-manager import-flamenco FILE"),
            "{help:?}"
        );
    }
    is_refused(&import::<&str>([], &data), 2, &["import-flamenco FILE"]);
    is_refused(
        &import(["x.sqlite", "--flamenco-config"], &data),
        2,
        &["--flamenco-config"],
    );
    let unknown = import(["x.sqlite", "--no-such-flag"], &data);
    assert_eq!(
        (unknown.code, unknown.stdout.as_str()),
        (Some(2), ""),
        "{unknown:?}"
    );
    assert!(unknown.stderr.contains("--no-such-flag"), "{unknown:?}");
    let missing = folder.path().join("missing.sqlite");
    is_refused(
        &import([&missing], &data),
        1,
        &["cannot read", "missing.sqlite"],
    );
}
