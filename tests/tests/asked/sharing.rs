//! What goes in and what comes out has to be where all Workers find it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use farandole_tests::harness::{Worker, WorkerOptions, eventually};
use serde_json::json;

use super::stage::Stage;

/// A world that is lit by a picture of this path.
fn textured(path: &Path) -> String {
    format!(
        r#"
nodes = world.node_tree.nodes
node = nodes.new("ShaderNodeTexEnvironment")
node.image = bpy.data.images.new("c", 8, 8)
node.image.filepath_raw, node.image.file_format = "FOLDER/c.png", "PNG"
node.image.save()
node.image.source, node.image.filepath = "FILE", "{}"
"#,
        path.display()
    )
}

#[test]
fn a_file_that_is_reached_over_a_link_is_handed_out_by_the_path_that_workers_have() {
    let stage = Stage::empty();
    let blend = stage.scene("shot/main.blend", &[], "");
    symlink(stage.storage.join("shot"), stage.home.join("project")).unwrap();
    let said = stage.hold(&stage.home.join("project/main.blend"), &[]);
    said.assert_submitted(&[]);
    assert_eq!(stage.job(&said)["settings"]["blendfile"], json!(blend));

    // A link inside of the storage that leads out of it is no way for a Worker either.
    let private = stage.private_scene("own/main.blend", &[], "");
    symlink(private.parent().unwrap(), stage.storage.join("own")).unwrap();
    let said = stage.hold(&stage.storage.join("own/main.blend"), &[]);
    said.assert_submitted(&[]);
    let uploaded = stage.job(&said)["settings"]["blendfile"].clone();
    assert!(
        uploaded.as_str().unwrap().contains("submitted"),
        "{uploaded}"
    );
}

#[test]
fn a_texture_that_is_named_over_a_link_is_one_that_workers_miss() {
    let stage = Stage::empty();
    fs::create_dir_all(stage.storage.join("shot")).unwrap();
    symlink(stage.storage.join("shot"), stage.home.join("seqlink")).unwrap();
    let path = stage.home.join("seqlink/c.png");
    let blend = stage.scene("shot/link.blend", &[], &textured(&path));
    let known = stage.storage.join("shot/c.png");
    let known = format!("name it in the scene as {}", known.display());
    let path = path.to_str().unwrap();
    stage
        .hold(&blend, &[])
        .assert_refused(1, &[path, &known, "--allow-missing"]);
}

#[test]
fn an_output_folder_has_to_be_shared() {
    let stage = Stage::empty();
    let blend = stage.private_scene("fix.blend", &[], "");
    let refused = [
        "which Workers do not share",
        "--storage {jobs}/NAME",
        "--allow private-output",
    ];
    stage
        .hold(&blend, &["--storage", "out"])
        .assert_refused(1, &refused);
    let path = format!("render_output_path={}/######", stage.home.display());
    stage
        .hold(&blend, &["--set", &path])
        .assert_refused(1, &refused);
    assert!(
        !stage.storage.join("jobs/submitted").exists(),
        "nothing is uploaded for a job that is refused"
    );

    // One that is reached over a link is named as Workers know it.
    symlink(&stage.storage, stage.home.join("farm")).unwrap();
    let said = stage.hold(&blend, &["--storage", "farm/out"]);
    said.assert_submitted(&[]);
    let root = &stage.job(&said)["settings"]["render_output_root"];
    assert_eq!(*root, json!(stage.storage.join("out")));

    let said = stage.hold(&blend, &["--storage", "out", "--allow", "private-output"]);
    said.assert_submitted(&[]);
    assert_eq!(stage.job(&said)["findings"][0]["class"], "private-output");
}

/// The add-on with an empty output root sends such a path.
#[test]
fn a_stock_clients_job_that_writes_to_the_root_of_each_disk_has_a_warning() {
    let stage = Stage::empty();
    let submit = |output: &str| {
        let job = json!({
            "name": "shot", "type": "simple-blender-render", "submitter_platform": "linux", "initial_status": "paused",
            "settings": {
                "frames": "1-3", "chunk_size": 1, "blendfile": stage.storage.join("shot.blend"), "fps": 24,
                "format": "PNG", "image_file_extension": ".png", "render_output_root": "", "render_output_path": output,
            },
        });
        let (status, job) = stage.api().post("/api/v3/jobs", &job);
        assert_eq!(status, 200, "{job}");
        assert_eq!(
            stage.api().job(job["id"].as_str().unwrap())["findings"],
            job["findings"]
        );
        job["findings"].clone()
    };
    let findings = submit("/shot/{timestamp}/######");
    assert_eq!(findings[0]["class"], "private-output");
    let line = findings[0]["line"].as_str().unwrap();
    assert!(line.starts_with("frames go to /shot/"), "{line}");
    assert!(submit("{jobs}/shot/{timestamp}/######").is_null());
    assert!(submit(stage.storage.join("x/######").to_str().unwrap()).is_null());
}

/// Runs as root, or in a namespace of its own, since it mounts a disk where the Worker has the storage.
#[test]
fn a_worker_that_has_another_folder_where_the_storage_should_be_fails_its_tasks_and_is_shown_so() {
    let stage = Stage::empty();
    let options = WorkerOptions::below(&stage.home, "anna", &stage.url());
    let worker = Worker::start(options.with_own_disk(&stage.storage));
    let condition =
        || stage.api().get("/api/v3/worker-mgt/workers")["workers"][0]["condition"].clone();
    let problem = eventually("the Worker says what it has found", || {
        condition()["storage"]["problem"]
            .as_str()
            .map(str::to_owned)
    });
    assert!(problem.contains("is another folder here"), "{problem}");
    let blend = stage.scene("a.blend", &[], "");
    let said = stage.farandole(&["submit", blend.to_str().unwrap(), "--watch"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.errors.contains("no worker is left"), "{said:?}");
    let log = stage
        .farandole(&["log", &format!("{}/1", said.out.trim())])
        .out;
    assert!(log.contains(&problem), "{log}");
    let shown = stage.farandole(&["workers"]).out;
    assert!(shown.contains("no shared storage"), "{shown}");

    // Where the storage is mounted, nothing is wrong.
    drop(worker);
    let options = WorkerOptions::below(&stage.home, "anna", &stage.url());
    let _worker = Worker::start(options);
    eventually("the Worker finds the storage", || {
        condition()["storage"]["problem"].is_null().then_some(())
    });
    stage.render(&blend, &[]);
}
