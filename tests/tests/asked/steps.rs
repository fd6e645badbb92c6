//! The step between frames is the one of the scene, or is written with the frames.

use std::path::Path;

use serde_json::Value;

use super::stage::Stage;

fn images(stage: &Stage, job: &Value) -> Vec<String> {
    let mut files = stage.fetched(job);
    files.retain(|file| Path::new(file).extension().is_some_and(|it| it != "mp4"));
    files
}

#[test]
fn a_scene_with_a_step_renders_the_frames_that_it_renders_in_blender() {
    let stage = Stage::with_worker();
    let blend = stage.scene("step.blend", &["end=9"], "scene.frame_step = 4");
    let job = stage.render(&blend, &[]);
    assert_eq!(job["settings"]["frames"], "1-9x4");
    let files = stage.fetched(&job);
    let expected = ["000001.png", "000005.png", "000009.png", "step-1-9x4.mp4"];
    assert_eq!(files, expected);

    // Frames that are given win over the scene, and a chunk may have several with a step.
    let chunked = ["--frames", "2-7x2,20", "--set", "chunk_size=3"];
    let job = stage.render(&blend, &chunked);
    let expected = ["000002.png", "000004.png", "000006.png", "000020.png"];
    assert_eq!(images(&stage, &job), expected);
    let id = job["id"].as_str().unwrap();
    let tasks = stage.farandole(&["tasks", id]).out;
    assert!(
        tasks.contains("render-2,4,6") && tasks.contains("render-20"),
        "{tasks}"
    );
}

#[test]
fn what_is_no_step_is_refused() {
    let stage = Stage::empty();
    let blend = stage.scene("step.blend", &["end=9"], "scene.frame_step = 4");
    for frames in ["1-9x0", "1x4", "1-9x"] {
        let said = stage.hold(&blend, &["--frames", frames]);
        said.assert_refused(1, &[&format!("invalid frame range {frames:?}")]);
    }
    let said = stage.hold(&blend, &["--frames", "3-3x2"]);
    said.assert_submitted(&[]);
    assert_eq!(stage.job(&said)["settings"]["frames"], "3-3x2");
}
