//! What was rendered is recorded, verified, and rendered again where it is missing or broken: with real Blender.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use farandole_tests::harness::{Manager, ManagerOptions, Worker, WorkerOptions};
use serde_json::Value;
use tempfile::tempdir;

use super::said::{Said, client};
use super::session::make_scene;

#[test]
fn frames_that_are_missing_or_broken_are_found_and_rendered_again() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let _worker = Worker::start(WorkerOptions::below(folder.path(), "anna", &manager.url()));
    manager.api().wait_for_workers(1);
    let storage = &manager.options.storage;
    make_scene(storage);
    let run = |args: &[&str]| {
        let output = client(&manager.url(), args).current_dir(storage).output();
        Said::from(output.unwrap())
    };
    let submit = [
        "submit",
        "shot.blend",
        "--frames",
        "1-4",
        "--set",
        "chunk_size=2",
    ];
    let job = run(&submit).ended_with(0).out.trim().to_owned();
    manager.api().wait_for_job(&job, "completed");

    let outputs = run(&["job", &job, "--outputs", "--json"])
        .ended_with(0)
        .json();
    let outputs = outputs.as_array().unwrap();
    let file = |frame: i64| {
        let found = outputs.iter().find(|output| output["frame"] == frame);
        PathBuf::from(found.unwrap()["path"].as_str().unwrap())
    };
    let said = run(&["job", &job]).ended_with(0);
    assert!(said.out.contains("  outputs   "), "{said:?}");
    run(&["verify", &job]).ended_with(0);

    fs::remove_file(file(2)).unwrap();
    let whole = fs::read(file(3)).unwrap();
    fs::write(file(3), &whole[..whole.len() / 2]).unwrap();
    let said = run(&["verify", &job, "--json"]).ended_with(1).json();
    let found: BTreeSet<(i64, &str)> = faults(&said).collect();
    let expected = [(2, "output-missing"), (3, "output-broken")];
    assert_eq!(found, expected.into());
    assert_eq!(said["requeued"], serde_json::json!([]));

    let said = run(&["verify", &job, "--requeue"]).ended_with(0);
    assert!(said.out.contains("requeued: "), "{said:?}");
    run(&["watch", &job]).ended_with(0);
    run(&["verify", &job]).ended_with(0);
    assert!(file(2).is_file());
    assert!(fs::read(file(3)).unwrap().len() > whole.len() / 2);
    let kept = fs::read_dir(file(3).parent().unwrap()).unwrap();
    let names = kept.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    assert_eq!(
        names.filter(|name| name.contains(".png.broken-")).count(),
        1
    );
}

fn faults(verification: &Value) -> impl Iterator<Item = (i64, &str)> {
    let faults = verification["faults"].as_array().unwrap();
    faults.iter().map(|fault| {
        let class = fault["class"].as_str().unwrap();
        (fault["frame"].as_i64().unwrap(), class)
    })
}
