//! Whole farms: real Managers and Workers, found by discovery, rendering with real Blender.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use farandole_tests::harness::{Manager, ManagerOptions, Worker, WorkerOptions, binary};
use serde_json::{Value, json};
use tempfile::tempdir;

#[test]
fn workers_find_their_manager_and_do_what_is_to_be_done() {
    let folder = tempdir().unwrap();
    let farm = format!("test-{}", std::process::id());
    let options = ManagerOptions {
        farm: Some(farm.clone()),
        ..ManagerOptions::below(folder.path())
    };
    let manager = Manager::start(options);
    let start = |name: &str| {
        let options = WorkerOptions::below(folder.path(), name, "");
        Worker::start(
            WorkerOptions {
                manager: None,
                ..options
            }
            .with("farm", &farm),
        )
    };
    let mut workers = [start("anna"), start("bert")];
    let api = manager.api();
    api.wait_for_workers(2);
    let job = api.submit_echo_sleep("hello farm", 4, 0);
    api.wait_for_job(&job, "completed");
    let job = api.job(&job);
    assert_eq!(
        (&job["steps_completed"], &job["steps_total"]),
        (&json!(5), &json!(5))
    );
    for worker in &mut workers {
        assert!(
            worker.process.terminate().success(),
            "a clean stop is a success"
        );
    }
}

#[test]
fn a_script_reads_where_the_manager_is() {
    let folder = tempdir().unwrap();
    let farm = format!("script-{}", std::process::id());
    let options = ManagerOptions {
        farm: Some(farm.clone()),
        ..ManagerOptions::below(folder.path())
    };
    let manager = Manager::start(options);
    let found = Command::new(binary("farandole-worker"))
        .args(["--find-manager", "--log-level=debug", "--farm", &farm])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&found.stderr);
    assert!(found.status.success(), "{log}");
    let said = String::from_utf8_lossy(&found.stdout);
    assert_eq!(said, format!("{}/\n", manager.url()));
    assert!(log.contains("a Manager answers"), "{log}");
}

#[test]
fn files_are_made_moved_and_copied_by_a_job_type_of_ones_own() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let _worker = Worker::start(WorkerOptions::below(folder.path(), "anna", &manager.url()));
    let scripts = manager.options.data.join("scripts");
    fs::create_dir_all(&scripts).unwrap();
    fs::write(
        scripts.join("file_work.js"),
        r#"
        const JOB_TYPE = { label: "File work", settings: [{ key: "folder", type: "string", required: true }] };
        function compileJob(job) {
            const task = author.Task("files", "file-management");
            const at = (name) => path.join(job.settings.folder, name);
            task.addCommand(author.Command("make-directory", { path: at("new/deep") }));
            task.addCommand(author.Command("copy-file", { src: at("source.txt"), dest: at("new/deep/copy.txt") }));
            task.addCommand(author.Command("move-directory", { src: at("new"), dest: at("moved") }));
            job.addTask(task);
        }
        "#,
    )
    .unwrap();
    let work = folder.path().join("work [with] *signs*");
    fs::create_dir_all(&work).unwrap();
    fs::write(work.join("source.txt"), "text").unwrap();
    let api = manager.api();
    let job = api.submit(&json!({
        "name": "files", "type": "file-work", "priority": 50, "submitter_platform": "linux",
        "settings": { "folder": work },
    }));
    api.wait_for_job(&job, "completed");
    assert_eq!(
        fs::read_to_string(work.join("moved/deep/copy.txt")).unwrap(),
        "text"
    );
}

#[test]
fn the_demo_renders_frames_and_a_video() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = tempdir().unwrap();
    let program = binary("farandole");
    let output = Command::new(root.join("farm"))
        .args(["demo", "--dir"])
        .arg(folder.path())
        .env("FARANDOLE_DEMO_PROGRAMS", program.parent().unwrap())
        .output()
        .unwrap();
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains("24 frames"), "{said}");
    let frames = find(folder.path(), "png");
    assert_eq!(frames.len(), 24);
    for frame in frames {
        image::open(&frame).unwrap_or_else(|error| panic!("{}: {error}", frame.display()));
    }
    assert_eq!(find(folder.path(), "mp4").len(), 1);
}

#[test]
fn a_frame_that_a_killed_renderer_left_half_written_is_rendered_again() {
    let folder = tempdir().unwrap();
    let options = ManagerOptions::below(folder.path()).with("worker-timeout", "3s");
    let manager = Manager::start(options);
    let start = |name: &str| {
        Worker::start(
            WorkerOptions::below(folder.path(), name, &manager.url()).with("heartbeat", "1s"),
        )
    };
    let storage = manager.options.storage.clone();
    let blend = make_scene(&storage);
    let api = manager.api();
    let mut first = start("anna");
    let job = api.submit(&render_job(&blend, &storage, "1-6", 6));
    // It has begun to write frames.
    let (frames, newest) = farandole_tests::harness::eventually("two frames are written", || {
        let frames = find(&storage, "png");
        let newest = frames.iter().max()?.clone();
        (frames.len() >= 2).then_some((frames, newest))
    });
    first.process.kill();
    // As if it had been killed in the middle of a frame, and of another before it had written anything.
    let whole = fs::read(&newest).unwrap();
    fs::write(&newest, &whole[..whole.len() / 2]).unwrap();
    fs::write(&frames[0], b"").unwrap();
    let _second = start("bert");
    api.wait_for_job(&job, "completed");
    let frames = find(&storage, "png");
    let whole: Vec<_> = frames
        .iter()
        .filter(|frame| image::open(frame).is_ok())
        .collect();
    assert_eq!(whole.len(), 6, "{frames:?}");
    let task = &api.tasks(&job)[0];
    let log = api.response(&format!(
        "/api/v3/tasks/{}/log",
        task["id"].as_str().unwrap()
    ));
    let url = log.json::<Value>().unwrap()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let text = api.response(&url).text().unwrap();
    let name = newest.file_name().unwrap().to_string_lossy().into_owned();
    assert!(text.contains(&format!("{name}.broken-")), "{text}");
}

/// All files below a folder with this extension, without those that were moved aside.
fn find(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(find(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn make_scene(storage: &Path) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("demo/scene.py");
    let blend = storage.join("scene.blend");
    let output = Command::new("blender")
        .args(["--background", "--python-exit-code", "1", "--python"])
        .arg(script)
        .arg("--")
        .arg(&blend)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    blend
}

fn render_job(blend: &Path, storage: &Path, frames: &str, chunk_size: u32) -> Value {
    json!({
        "name": "render", "type": "simple-blender-render", "priority": 50, "submitter_platform": "linux",
        "settings": {
            "frames": frames, "chunk_size": chunk_size, "blendfile": blend, "scene": "Scene", "fps": 12,
            "format": "PNG", "image_file_extension": ".png", "add_path_components": 0,
            "render_output_root": storage.join("out"), "render_output_path": storage.join("out/######"),
        },
    })
}
