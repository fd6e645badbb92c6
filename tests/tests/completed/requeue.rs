//! Rendering again: what is kept, what is overwritten, and what is found missing later.

use std::fs;

use serde_json::json;

use super::stage::{BLUE, RED, Stage, assert_colour};

#[test]
fn a_requeue_keeps_whole_frames_and_one_that_overwrites_renders_them_again() {
    let stage = Stage::new();
    let blend = stage.scene("fix.blend", &["rgb=0.8,0,0"]);
    let first = stage.render(&blend, &json!({}));
    assert_colour(first.colour("000001.png"), RED);
    stage.scene("fix.blend", &["rgb=0,0,0.8"]);
    let kept = stage.requeue(&first, false);
    assert_eq!(kept.status, "completed");
    assert_colour(kept.colour("000001.png"), RED);
    let overwritten = stage.requeue(&kept, true);
    assert_eq!(overwritten.status, "completed");
    for name in ["000001.png", "000002.png"] {
        assert_colour(overwritten.colour(name), BLUE);
    }
}

#[test]
fn a_task_that_overwrites_renders_only_its_own_frames_again() {
    let stage = Stage::new();
    let blend = stage.scene("fix.blend", &["rgb=0.8,0,0"]);
    let first = stage.render(&blend, &json!({"chunk_size": 1}));
    stage.scene("fix.blend", &["rgb=0,0,0.8"]);
    let task = stage.api.tasks(&first.id)[1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let change = json!({"status": "queued", "reason": "test", "overwrite": true});
    let path = format!("/api/v3/tasks/{task}/setstatus");
    assert_eq!(stage.api.post(&path, &change).0, 204);
    let again = stage.ended(&first.id);
    assert_eq!(again.status, "completed");
    assert_colour(again.colour("000001.png"), RED);
    assert_colour(again.colour("000002.png"), BLUE);
}

#[test]
fn verifying_finds_what_is_missing_or_broken_and_renders_just_that_again() {
    let stage = Stage::new();
    let blend = stage.scene("whole.blend", &[]);
    let settings = json!({"frames": "1-3", "chunk_size": 1});
    let first = stage.render(&blend, &settings);
    let verify = |requeue: bool| {
        let path = format!("/api/farm/v1/jobs/{}/verify", first.id);
        let (status, found) = stage.api.post(&path, &json!({ "requeue": requeue }));
        assert_eq!(status, 200, "{found}");
        found
    };
    assert_eq!(verify(false)["faults"], json!([]));
    fs::remove_file(first.folder().join("000001.png")).unwrap();
    fs::write(first.folder().join("000003.png"), "no picture").unwrap();
    let found = verify(true);
    let faults: Vec<_> = found["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["frame"].clone(), fault["class"].clone()))
        .collect();
    let expected = [
        (json!(1), json!("output-missing")),
        (json!(3), json!("output-broken")),
    ];
    assert_eq!(faults, expected);
    assert_eq!(found["requeued"].as_array().unwrap().len(), 2);
    let again = stage.ended(&first.id);
    assert_eq!(again.status, "completed");
    assert_eq!(verify(false)["faults"], json!([]));
}
