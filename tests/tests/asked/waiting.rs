//! A job that stands still says why, and what can be done about it.

use farandole_tests::harness::{Worker, WorkerOptions, eventually};
use serde_json::Value;

use super::stage::{Said, Stage};

/// The second frame ends Blender.
const CRASHES: &str = r#"
script("import bpy, os, signal\ndef boom(scene, *rest):\n    if scene.frame_current == 2: os.kill(os.getpid(), signal.SIGSEGV)\nbpy.app.handlers.render_pre.append(boom)\n")
"#;

/// The status of a job.
fn status(stage: &Stage, id: &str) -> String {
    stage.api().job(id)["status"].as_str().unwrap().to_owned()
}

/// The answer and the advice.
fn all(said: &Said) -> String {
    format!("{}{}", said.out, said.errors)
}

#[test]
fn a_job_that_waits_for_a_worker_that_is_gone_says_so_until_that_worker_is_forgotten() {
    let stage = Stage::with_worker();
    let bert = Worker::start(WorkerOptions::below(&stage.home, "bert", &stage.url()));
    stage.api().wait_for_workers(2);
    let mut bert = bert;
    bert.process.terminate();
    let blend = stage.scene("crash.blend", &["end=3"], CRASHES);
    let said = stage.farandole(&["submit", blend.to_str().unwrap(), "--set", "chunk_size=3"]);
    let id = said.out.trim().to_owned();
    let why = eventually("the task has failed on anna", || {
        let why = all(&stage.farandole(&["why", &id]));
        why.contains("waits for bert").then_some(why)
    });
    for part in [
        "the worker has been offline since",
        "farandole worker bert forget",
    ] {
        assert!(why.contains(part), "{why}");
    }
    assert!(!why.contains("asked to be awake"), "{why}");
    let shown = all(&stage.farandole(&["worker", "bert"]));
    assert!(
        shown.contains("offline") && shown.contains("forget"),
        "{shown}"
    );

    let refused = stage.farandole(&["worker", "anna", "forget"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.errors.contains("farandole worker anna shutdown"),
        "{refused:?}"
    );
    let forgotten = stage.farandole(&["worker", "bert", "forget"]);
    assert_eq!(forgotten.code, 0, "{forgotten:?}");
    eventually("the job ends", || {
        (status(&stage, &id) == "failed").then_some(())
    });
    let activity = stage.api().job(&id)["activity"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(!activity.contains("too many tasks"), "{activity}");
}

#[test]
fn a_job_without_a_worker_says_that_it_has_none() {
    let stage = Stage::empty();
    let blend = stage.scene("still.blend", &[], "");
    let said = stage.farandole(&["submit", blend.to_str().unwrap()]);
    let why = all(&stage.farandole(&["why", said.out.trim()]));
    assert!(
        why.contains("there are no workers") && why.contains("farandole-worker"),
        "{why}"
    );
}

#[test]
fn it_is_shown_which_host_lacks_a_program() {
    let stage = Stage::empty();
    let path = format!("{}", stage.home.display());
    let options = WorkerOptions::below(&stage.home, "anna", &stage.url());
    let _worker = Worker::start(options.with_search_path(&path));
    eventually("the Worker says what it has found", || {
        let workers = stage.api().get("/api/v3/worker-mgt/workers");
        let programs = workers["workers"][0]["condition"]["programs"].clone();
        programs.as_array().filter(|programs| programs.len() == 2)?;
        Some(())
    });
    let shown = stage.farandole(&["workers"]).out;
    assert!(shown.contains("no blender, no ffmpeg"), "{shown}");
    let shown = stage.farandole(&["worker", "anna"]).out;
    assert!(
        shown.contains("it cannot run blender (blender): it was not found"),
        "{shown}"
    );
    let checked: Value =
        serde_json::from_str(&stage.farandole(&["config", "check", "--json"]).out).unwrap();
    let hosts = checked
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["check"] == "hosts");
    assert_eq!(hosts.count(), 2, "{checked}");
    let blend = stage.scene("still.blend", &[], "");
    let said = stage.hold(&blend, &[]);
    let why = stage.farandole(&["why", said.out.trim(), "--json"]).out;
    assert!(why.contains("it was not found"), "{why}");
}
