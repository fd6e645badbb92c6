//! Settings come from the scene that is rendered, and those that contradict the file are refused.

use super::stage::Stage;

/// A second scene with everything set differently, and a third one without a camera.
const TEASER: &str = r#"
teaser = bpy.data.scenes.new("Teaser")
teaser.render.engine, teaser.cycles.samples, teaser.cycles.use_denoising = "CYCLES", 1, False
teaser.render.resolution_x = teaser.render.resolution_y = 32
teaser.frame_start, teaser.frame_end, teaser.frame_step = 10, 14, 2
teaser.render.fps, teaser.render.fps_base = 30, 1.001
teaser.render.image_settings.file_format = "JPEG"
teaser.camera = scene.camera
teaser.collection.objects.link(scene.camera)
bpy.data.scenes.new("Blind")
"#;

#[test]
fn the_chosen_scene_says_range_step_rate_and_format() {
    let stage = Stage::with_worker();
    let blend = stage.scene("two.blend", &[], TEASER);
    let job = stage.render(&blend, &["--set", "scene=Teaser"]);
    let settings = &job["settings"];
    assert_eq!(settings["frames"], "10-14x2");
    assert_eq!(settings["format"], "JPEG");
    assert_eq!(settings["image_file_extension"], ".jpg");
    let fps = settings["fps"].as_f64().unwrap();
    assert!((fps - 30.0 / 1.001).abs() < 1e-5, "{fps}");
    let expected = ["000010.jpg", "000012.jpg", "000014.jpg", "two-10-14x2.mp4"];
    assert_eq!(stage.fetched(&job), expected);

    // The extension follows the format where only the format is given.
    let job = stage.render(&blend, &["--set", "format=JPEG"]);
    assert_eq!(job["settings"]["frames"], "1-2");
    assert_eq!(job["settings"]["image_file_extension"], ".jpg");
    let expected = ["000001.jpg", "000002.jpg", "two-1-2.mp4"];
    assert_eq!(stage.fetched(&job), expected);

    // Blender's command line has another name for this one.
    let job = stage.render(&blend, &["--set", "format=TARGA", "--frames", "1"]);
    assert_eq!(stage.fetched(&job)[0], "000001.tga");
}

#[test]
fn what_the_file_does_not_have_is_refused_with_what_it_has() {
    let stage = Stage::empty();
    let blend = stage.scene("two.blend", &[], TEASER);
    let set = |setting: &str| stage.hold(&blend, &["--set", setting]);
    set("scene=Nope").assert_refused(2, &["no scene \"Nope\"", "it has: Blind, Scene, Teaser"]);
    set("scene=teaser").assert_refused(2, &["did you mean Teaser?"]);
    set("scene=Blind").assert_refused(2, &["\"Blind\" has no camera", "--set scene=NAME"]);
    set("format=JPG").assert_refused(2, &["did you mean JPEG?", "it writes: BMP"]);
    set("format=FFMPEG").assert_refused(2, &["is a video", "--set format=PNG"]);
    let both = ["--set", "format=JPEG", "--set", "image_file_extension=.png"];
    stage
        .hold(&blend, &both)
        .assert_refused(2, &["contradicts format=JPEG", "end in .jpg"]);
    set("fps=12").assert_submitted(&[]);
    // Also where all that the scene could say was given.
    let all = [
        "--set",
        "scene=Nope",
        "--frames",
        "1",
        "--set",
        "fps=1",
        "--set",
        "format=PNG",
        "--set",
        "image_file_extension=.png",
        "--set",
        "has_previews=no",
    ];
    stage
        .hold(&blend, &all)
        .assert_refused(2, &["no scene \"Nope\""]);
}

#[test]
fn what_is_lost_is_told() {
    let stage = Stage::empty();
    let more = "scene.render.film_transparent = True";
    let blend = stage.scene("clear.blend", &["format=OPEN_EXR_MULTILAYER"], more);
    stage.hold(&blend, &[]).assert_submitted(&[]);
    let said = stage.hold(&blend, &["--set", "format=JPEG"]);
    let lost = [
        "note: the scene has a transparent background",
        "fewer values for each colour",
    ];
    said.assert_submitted(&lost);
}
