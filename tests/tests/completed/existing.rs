//! A file that exists is not a finished frame of this job.

use serde_json::json;

use super::stage::{BLUE, RED, Stage, assert_colour};

#[test]
fn two_files_of_one_name_that_are_submitted_at_once_do_not_share_a_folder() {
    let stage = Stage::new();
    let red = stage.scene("shotA/main.blend", &["rgb=0.8,0,0"]);
    let blue = stage.scene("shotB/main.blend", &["rgb=0,0,0.8"]);
    let jobs = [&red, &blue].map(|file| stage.api.submit(&stage.job(file, &json!({}))));
    let [red, blue] = jobs.map(|id| stage.ended(&id));
    assert_eq!(
        (red.status.as_str(), blue.status.as_str()),
        ("completed", "completed")
    );
    assert_ne!(red.folder(), blue.folder());
    for name in ["000001.png", "000002.png"] {
        assert_colour(red.colour(name), RED);
        assert_colour(blue.colour(name), BLUE);
    }
}

#[test]
fn frames_of_another_job_in_the_same_folder_are_moved_aside() {
    let stage = Stage::new();
    let path = json!({"render_output_path": stage.storage.join("renders/######")});
    let red = stage.scene("red.blend", &["rgb=0.8,0,0"]);
    let blue = stage.scene("blue.blend", &["rgb=0,0,0.8"]);
    assert_eq!(stage.render(&red, &path).status, "completed");
    let second = stage.render(&blue, &path);
    assert_eq!(second.status, "completed");
    assert_colour(second.colour("000002.png"), BLUE);
    let aside = second.names();
    let replaced = aside.iter().filter(|name| name.contains(".png.replaced-"));
    assert_eq!(replaced.count(), 2, "{aside:?}");
    let log = stage.log(&second);
    assert!(
        log.contains("000001.png\" exists, and it was not rendered by this job; moved to"),
        "{log}"
    );
}

#[test]
fn frames_that_exist_are_kept_only_when_that_is_asked_for() {
    let stage = Stage::new();
    let path = json!({"render_output_path": stage.storage.join("renders/######")});
    let red = stage.scene("red.blend", &["rgb=0.8,0,0"]);
    let blue = stage.scene("blue.blend", &["rgb=0,0,0.8"]);
    let first = stage.render(&red, &path);
    // One of them is cut off, and is no frame that could be kept.
    let cut = first.folder().join("000002.png");
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let mut job = stage.job(&blue, &path);
    job["keep_existing"] = json!(true);
    let second = stage.ended(&stage.api.submit(&job));
    assert_eq!(second.status, "completed");
    assert_colour(second.colour("000001.png"), RED);
    assert_colour(second.colour("000002.png"), BLUE);
    let states: Vec<_> = stage.outputs(&second)[..2]
        .iter()
        .map(|output| output["state"].clone())
        .collect();
    assert_eq!(states, ["kept", "written"]);
}
