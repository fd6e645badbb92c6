//! The frames make the job; the preview video is an extra.

use serde_json::json;

use super::stage::Stage;

#[test]
fn formats_that_are_not_decoded_or_make_no_video_complete_their_job() {
    let stage = Stage::new();
    for (format, extension) in [("HDR", ".hdr"), ("IRIS", ".rgb"), ("CINEON", ".cin")] {
        let blend = stage.scene(&format!("{format}.blend"), &[&format!("format={format}")]);
        let settings = json!({"format": format, "image_file_extension": extension});
        let ended = stage.render(&blend, &settings);
        assert_eq!(ended.status, "completed", "{format}: {}", ended.job);
        let names = ended.names();
        let frames = names.iter().filter(|name| name.ends_with(extension));
        assert_eq!(frames.count(), 2, "{format}: {names:?}");
        assert_eq!(ended.findings("header-only"), 2, "{format}: {}", ended.job);
    }
}

#[test]
fn a_format_that_was_chosen_at_submission_has_its_own_extension() {
    let stage = Stage::new();
    let blend = stage.scene("a.blend", &[]);
    // The extension is the one of the file's own format, as a client sends it.
    let ended = stage.render(&blend, &json!({"format": "JPEG"}));
    assert_eq!(ended.status, "completed");
    assert_eq!(ended.names(), ["000001.jpg", "000002.jpg", "a-1-2.mp4"]);
}

#[test]
fn each_view_has_its_own_frames_and_video() {
    let stage = Stage::new();
    let more = "more=scene.render.use_multiview = True; scene.render.image_settings.views_format = 'INDIVIDUAL'";
    let blend = stage.scene("views.blend", &[more]);
    let ended = stage.render(&blend, &json!({}));
    assert_eq!(ended.status, "completed");
    let expected = [
        "000001_L.png",
        "000001_R.png",
        "000002_L.png",
        "000002_R.png",
        "views-1-2_L.mp4",
        "views-1-2_R.mp4",
    ];
    assert_eq!(ended.names(), expected);
    let outputs = stage.outputs(&ended);
    let views: Vec<_> = outputs[..4].iter().map(|output| &output["view"]).collect();
    assert_eq!(views, ["left", "right", "left", "right"]);
}

#[test]
fn a_video_that_fails_is_a_warning() {
    let stage = Stage::new();
    let blend = stage.scene("a.blend", &[]);
    let mut job = stage.job(&blend, &json!({}));
    // The video's name is taken by a folder.
    let folder = stage.storage.join("renders");
    std::fs::create_dir_all(folder.join("a-1-2.mp4")).unwrap();
    job["settings"]["render_output_path"] = json!(folder.join("######"));
    let ended = stage.ended(&stage.api.submit(&job));
    assert_eq!(ended.status, "completed");
    assert_eq!(ended.findings("video-failed"), 1, "{}", ended.job);
    assert_eq!(stage.api.tasks(&ended.id)[1]["status"], "failed");
}
