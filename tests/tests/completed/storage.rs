//! Frames that could not be saved, or not whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::stage::Stage;

/// A disk of its own, of this size, mounted until the end of the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: PathBuf, size: &str) -> Self {
        fs::create_dir_all(&path).unwrap();
        run(
            "mount",
            &["-t", "tmpfs", "-o", &format!("size={size}"), "none"],
            &path,
        );
        Self(path)
    }

    fn grow(&self, size: &str) {
        run("mount", &["-o", &format!("remount,size={size}")], &self.0);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &["--lazy"], &self.0);
    }
}

/// These tests mount disks, so they run as root, or in a namespace of their own (`unshare --map-root-user --mount`).
fn run(program: &str, args: &[&str], path: &Path) {
    let status = Command::new(program).args(args).arg(path).status().unwrap();
    assert!(status.success(), "{program} needs root");
}

const NOISE: &str = "more=nodes = world.node_tree.nodes; links = world.node_tree.links; \
    noise = nodes.new('ShaderNodeTexWhiteNoise'); place = nodes.new('ShaderNodeTexCoord'); \
    links.new(place.outputs['Generated'], noise.inputs[0]); \
    links.new(noise.outputs['Color'], nodes['Background'].inputs[0])";

#[test]
fn a_frame_that_does_not_fit_on_the_disk_fails_and_is_rendered_when_there_is_room() {
    let stage = Stage::new();
    let disk = SmallDisk::mount(stage.storage.join("small"), "24k");
    let blend = stage.scene("full.blend", &["end=4"]);
    let settings = json!({
        "frames": "1-7", "chunk_size": 7, "render_output_path": disk.0.join("######"),
    });
    let ended = stage.render(&blend, &settings);
    assert_eq!(ended.status, "failed");
    let task = &stage.api.tasks(&ended.id)[0];
    let steps = task["steps_completed"].as_i64().unwrap();
    assert!((1..7).contains(&steps), "{steps} whole frames");
    let activity = stage
        .api
        .get(&format!("/api/v3/tasks/{}", task["id"].as_str().unwrap()));
    let activity = activity["activity"].as_str().unwrap();
    assert!(
        activity.contains("output-broken") || activity.contains("save-failed"),
        "{activity}"
    );

    disk.grow("10m");
    let again = stage.requeue(&ended, false);
    assert_eq!(again.status, "completed");
    let frames = stage
        .outputs(&again)
        .into_iter()
        .filter(|it| it["frame"].is_number());
    assert_eq!(frames.count(), 7);
    assert_eq!(count_frames(&again.folder().join("full-1-7.mp4")), 7);
}

#[test]
fn an_exr_that_does_not_fit_fails_although_blender_says_that_it_was_saved() {
    let stage = Stage::new();
    let disk = SmallDisk::mount(stage.storage.join("small"), "300k");
    let blend = stage.scene(
        "noise.blend",
        &["width=320", "height=180", "format=OPEN_EXR", NOISE],
    );
    let settings = json!({
        "format": "OPEN_EXR", "image_file_extension": ".exr", "chunk_size": 1,
        "render_output_path": disk.0.join("######"),
    });
    let ended = stage.render(&blend, &settings);
    assert_eq!(ended.status, "failed");
    let whole = stage.outputs(&ended).len();
    assert!(whole < 2, "two frames of 300 kB fit on a disk of 300 kB");
}

#[test]
fn a_folder_that_is_a_file_fails_the_task() {
    let stage = Stage::new();
    let blend = stage.scene("a.blend", &[]);
    fs::write(stage.storage.join("occupied"), "a file").unwrap();
    let path = stage.storage.join("occupied/######");
    let ended = stage.render(&blend, &json!({ "render_output_path": path }));
    assert_eq!(ended.status, "failed");
    assert!(stage.outputs(&ended).is_empty());
}

#[test]
fn a_frame_that_is_cut_off_after_it_was_saved_is_found() {
    let stage = Stage::new();
    let more = "more=script('''import bpy, os
def cut(scene, *_):
    if scene.frame_current == 2: os.truncate(scene.render.frame_path(frame=2), 100)
bpy.app.handlers.render_write.append(cut)
''')";
    let blend = stage.scene("cut.blend", &[more]);
    let ended = stage.render(&blend, &json!({}));
    assert_eq!(ended.status, "failed");
    let outputs = stage.outputs(&ended);
    let frames: Vec<_> = outputs.iter().map(|output| &output["frame"]).collect();
    assert_eq!(frames, [&json!(1)]);
}

/// How many frames a video has.
fn count_frames(video: &Path) -> u32 {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-count_frames",
            "-show_entries",
            "stream=nb_read_frames",
        ])
        .args(["-of", "csv=p=0"])
        .arg(video)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.trim()
        .parse()
        .unwrap_or_else(|_| panic!("{} has {text:?} frames", video.display()))
}
