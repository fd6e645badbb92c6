//! The two built-in job types: their descriptions, and the task graphs that they make.

use serde_json::{Value, json};

use super::shop::shop;
use crate::compiler::messages::{CompileError, CompiledJob};

fn render(changes: &Value) -> Result<CompiledJob, CompileError> {
    let mut settings = json!({
        "frames": "1-10", "chunk_size": 3, "render_output_root": "/render", "add_path_components": 0,
        "render_output_path": "/render/sprites/farm/shot/######", "blendfile": "/shots/scene123.blend", "fps": 24.0,
        "format": "PNG", "image_file_extension": ".png", "has_previews": false, "scene": "Scene",
    });
    for (key, value) in changes.as_object().unwrap() {
        settings[key] = value.clone();
    }
    shop().compile("simple-blender-render", settings)
}

fn names(job: &CompiledJob) -> Vec<&str> {
    job.tasks.iter().map(|task| task.name.as_str()).collect()
}

fn video(job: &CompiledJob) -> &serde_json::Map<String, Value> {
    let task = job.tasks.last().unwrap();
    assert_eq!(task.task_type, "ffmpeg");
    &task.commands[0].parameters
}

#[test]
fn the_types_are_listed_with_their_settings() {
    let types = shop().job_types();
    let names: Vec<&str> = types.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["echo-sleep-test", "simple-blender-render"]);
    assert_eq!(types[0].etag, "eba586e16d6b55baaa43e32f9e78ae514b457fee");
    assert_eq!(
        serde_json::to_value(&types[0].settings).unwrap(),
        json!([
            {"key": "message", "type": "string", "required": true},
            {"key": "sleep_duration_seconds", "type": "int32", "default": 1},
            {"key": "sleep_repeats", "type": "int32", "default": 1},
        ])
    );
    let settings = serde_json::to_value(&types[1].settings).unwrap();
    let facts: Vec<Value> = settings
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            json!([
                it["key"],
                it["type"],
                it.get("subtype"),
                it.get("required"),
                it.get("default"),
                it.get("visible"),
                it.get("editable")
            ])
        })
        .collect();
    assert_eq!(
        json!(facts),
        json!([
            ["frames", "string", null, true, null, null, null],
            ["chunk_size", "int32", null, null, 1, "submission", null],
            [
                "render_output_root",
                "string",
                "dir_path",
                true,
                null,
                "submission",
                null
            ],
            [
                "add_path_components",
                "int32",
                null,
                true,
                0,
                "submission",
                null
            ],
            [
                "render_output_path",
                "string",
                "file_path",
                null,
                null,
                null,
                false
            ],
            ["blendfile", "string", null, true, null, "web", null],
            ["fps", "float", null, null, null, "hidden", null],
            ["format", "string", null, true, null, "web", null],
            [
                "image_file_extension",
                "string",
                null,
                true,
                null,
                "hidden",
                null
            ],
            ["has_previews", "bool", null, false, null, "hidden", null],
            ["scene", "string", null, true, null, "web", null],
            ["gather_outputs", "bool", null, false, null, "hidden", null],
        ])
    );
    assert_eq!(settings[0]["evalInfo"]["showLinkButton"], json!(true));
    assert_eq!(settings[3]["propargs"], json!({"min": 0, "max": 32}));
}

#[test]
fn echo_sleep_test_says_something_and_sleeps() {
    let settings = json!({"message": "hello", "sleep_duration_seconds": 2, "sleep_repeats": 3});
    let job = shop().compile("echo-sleep-test", settings).unwrap();
    assert_eq!(names(&job), ["echo", "sleep", "sleep", "sleep"]);
    assert!(
        job.tasks
            .iter()
            .all(|task| task.task_type == "misc" && task.priority == 50 && task.steps_total == 1)
    );
    assert_eq!(
        json!(job.tasks[0].commands),
        json!([{"name": "echo", "parameters": {"message": "hello"}, "total_step_count": 0}])
    );
    assert_eq!(
        json!(job.tasks[3].commands),
        json!([{"name": "sleep", "parameters": {"duration_in_seconds": 2}, "total_step_count": 0}])
    );
    assert!(job.tasks[0].dependencies.is_empty());
    assert!(job.tasks[1..].iter().all(|task| task.dependencies == [1]));
}

#[test]
fn echo_sleep_test_fills_in_its_defaults_and_needs_a_message() {
    let job = shop()
        .compile("echo-sleep-test", json!({"message": "only"}))
        .unwrap();
    assert_eq!(names(&job), ["echo", "sleep"]);
    assert_eq!(
        json!(job.settings),
        json!({"message": "only", "sleep_duration_seconds": 1, "sleep_repeats": 1})
    );
    assert!(job.remarks.is_empty());
    let job = shop().compile("echo-sleep-test", json!({})).unwrap();
    assert_eq!(
        job.remarks,
        ["setting \"message\" is required by the job type, but was not given; passed on as it is"]
    );
}

#[test]
fn frames_are_rendered_in_chunks_and_made_into_a_video() {
    let job = render(&json!({})).unwrap();
    assert_eq!(
        names(&job),
        [
            "render-1-3",
            "render-4-6",
            "render-7-9",
            "render-10",
            "preview-video"
        ]
    );
    let steps: Vec<i64> = job.tasks.iter().map(|task| task.steps_total).collect();
    assert_eq!(steps, [3, 3, 3, 1, 1]);
    assert_eq!(job.tasks[4].dependencies, [1, 2, 3, 4]);
    assert_eq!(
        video(&job)["outputFile"],
        json!("/render/sprites/farm/shot/scene123-1-10.mp4")
    );
    assert_eq!(job.settings.0["fps"], json!(24));
}

#[test]
fn blender_is_told_not_to_overwrite() {
    let job = render(&json!({})).unwrap();
    let args = job.tasks[0].commands[0].parameters["args"].clone();
    let python = args[3].as_str().unwrap();
    assert!(!python.contains('\n'));
    for part in [
        "import bpy",
        "use_file_extension = True",
        "use_overwrite = False",
        "use_placeholder = False",
    ] {
        assert!(python.contains(part), "{python}");
    }
}

#[test]
fn windows_paths_keep_their_notation_in_settings_only() {
    let path = r"R:\out\{timestamp}\######";
    let job =
        render(&json!({"render_output_path": path, "blendfile": r"{shots}\a.flamenco.blend"}))
            .unwrap();
    let stored = job.settings.0["render_output_path"].as_str().unwrap();
    assert!(
        stored.starts_with(r"R:\out\20") && stored.ends_with(r"\######"),
        "{stored}"
    );
    let parameters = &job.tasks[0].commands[0].parameters;
    assert_eq!(parameters["blendfile"], json!(r"{shots}\a.flamenco.blend"));
    assert_eq!(parameters["args"][5], json!(stored.replace('\\', "/")));
    let folder = stored.replace('\\', "/").replace("/######", "");
    assert_eq!(
        video(&job)["outputFile"],
        json!(format!("{folder}/a-1-10.mp4"))
    );
}

#[test]
fn variables_in_the_output_path_stay() {
    let job = render(&json!({"render_output_path": "{render}/x/{timestamp}_$&/######"})).unwrap();
    let stored = job.settings.0["render_output_path"].as_str().unwrap();
    assert!(
        stored.starts_with("{render}/x/20") && stored.ends_with("_$&/######"),
        "{stored}"
    );
}

#[test]
fn two_jobs_of_one_name_and_second_have_folders_of_their_own() {
    let settings = json!({"render_output_path": "/render/x/{timestamp}/######"});
    let folders = [(); 2].map(|()| {
        let job = render(&settings).unwrap();
        job.settings.0["render_output_path"].clone()
    });
    assert_ne!(folders[0], folders[1]);
}

#[test]
fn a_name_that_is_too_long_for_a_folder_is_shortened() {
    let name = "ü".repeat(200);
    let path = format!("/render/{name}/short/######");
    let job = render(&json!({ "render_output_path": path })).unwrap();
    let stored = job.settings.0["render_output_path"].as_str().unwrap();
    let expected = format!("/render/{}/short/######", "ü".repeat(127));
    assert_eq!(stored, expected);
}

#[test]
fn a_video_of_listed_frames_is_named_by_first_and_last() {
    let job = render(&json!({"frames": "12,1,5..7", "format": "OPEN_EXR_MULTILAYER", "has_previews": true, "scene": ""})).unwrap();
    let parameters = video(&job);
    assert_eq!(
        parameters["outputFile"],
        json!("/render/sprites/farm/shot/scene123-1-12.mp4")
    );
    assert_eq!(
        parameters["inputGlob"],
        json!("/render/sprites/farm/shot/*.jpg")
    );
    assert_eq!(
        job.tasks[0].commands[0].parameters["args"][0],
        json!("--python-expr")
    );
}

#[test]
fn the_video_is_optional_and_the_frames_are_not() {
    let job = render(&json!({})).unwrap();
    let optional: Vec<bool> = job.tasks.iter().map(|task| task.optional).collect();
    assert_eq!(optional, [false, false, false, false, true]);
}

#[test]
fn the_video_is_made_of_the_jobs_own_frames() {
    let job = render(&json!({"frames": "12, 1,5..7"})).unwrap();
    let parameters = video(&job);
    assert_eq!(
        parameters["inputPattern"],
        json!("/render/sprites/farm/shot/######.png")
    );
    assert_eq!(parameters["frames"], json!("12, 1,5..7"));
    assert_eq!(parameters["frameRate"], json!("24"));
    assert_eq!(parameters["fps"], json!(24));
}

#[track_caller]
fn check_pattern(changes: Value, pattern: &str, glob: &str) {
    let job = render(&changes).unwrap();
    let folder = "/render/sprites/farm/shot/";
    let name = |key: &str| {
        let path = video(&job)[key].as_str().unwrap();
        path.strip_prefix(folder).unwrap().to_owned()
    };
    let names = (name("inputPattern"), name("inputGlob"));
    assert_eq!(names, (pattern.to_owned(), glob.to_owned()), "{changes}");
}

#[test]
fn the_extension_is_that_of_the_format() {
    for (format, extension) in [
        ("JPEG", ".jpg"),
        ("TIFF", ".tif"),
        ("HDR", ".hdr"),
        ("IRIS", ".rgb"),
        ("TARGA_RAW", ".tga"),
        ("JPEG2000", ".jp2"),
        ("WEBP", ".webp"),
        ("NEW", ".png"),
    ] {
        let pattern = format!("######{extension}");
        check_pattern(
            json!({ "format": format }),
            &pattern,
            &format!("*{extension}"),
        );
    }
    let codestream = json!({"format": "JPEG2000", "image_file_extension": ".j2c"});
    check_pattern(codestream, "######.j2c", "*.j2c");
    let previews =
        json!({"format": "OPEN_EXR", "image_file_extension": ".exr", "has_previews": true});
    check_pattern(previews, "######.jpg", "*.jpg");
}

/// Each of these names was given by a Blender 3.4.1.
#[test]
fn frames_are_looked_for_under_the_names_that_blender_gives() {
    for (name, format, pattern) in [
        ("f-####", "PNG", "f-####.png"),
        ("f", "PNG", "f####.png"),
        ("f.png", "PNG", "f.png####.png"),
        ("f##.png", "PNG", "f##.png"),
        ("##.PNG", "PNG", "##.PNG"),
        ("f##.jpg", "PNG", "f##.png"),
        ("f##.tar", "PNG", "f##.tar.png"),
        ("#.##", "PNG", "#.##.png"),
        ("##.jpeg", "JPEG", "##.jpeg"),
        ("##.tiff", "TIFF", "##.tiff"),
        ("##.sgi", "IRIS", "##.rgb"),
        ("##.psd", "PNG", "##.png"),
    ] {
        let path = format!("/render/sprites/farm/shot/{name}");
        let job = render(&json!({"render_output_path": path, "format": format})).unwrap();
        let expected = format!("/render/sprites/farm/shot/{pattern}");
        assert_eq!(
            video(&job)["inputPattern"],
            json!(expected),
            "{name} {format}"
        );
    }
}

#[test]
fn television_rates_are_fractions() {
    for (fps, rate) in [
        (24.0 / 1.001, "24000/1001"),
        // What Blender makes of its single-precision numbers.
        (24.0 / 1.001_000_046_730_041_5, "24000/1001"),
        (23.976, "24000/1001"),
        (29.97, "30000/1001"),
        (59.94, "60000/1001"),
        (119.88, "120000/1001"),
        (24.0, "24"),
        (25.0, "25"),
        (1000.0, "1000"),
        (12.5, "12.5"),
        (23.9, "23.9"),
        (0.1, "0.1"),
    ] {
        let job = render(&json!({ "fps": fps })).unwrap();
        assert_eq!(video(&job)["frameRate"], json!(rate), "{fps}");
    }
}

#[test]
fn there_is_no_video_without_pictures_to_make_it_of() {
    for changes in [
        json!({"format": "OPEN_EXR"}),
        json!({"format": "CINEON"}),
        json!({"format": "AVIF"}),
        json!({"fps": null}),
        json!({"fps": 0}),
    ] {
        let job = render(&changes).unwrap();
        assert!(
            job.tasks.iter().all(|task| task.task_type == "blender"),
            "{changes}"
        );
    }
}

#[test]
fn settings_as_text_make_the_same_tasks() {
    let job = render(&json!({"chunk_size": "3", "fps": "24", "has_previews": "False", "add_path_components": 0.0})).unwrap();
    let same = render(&json!({})).unwrap();
    assert_eq!(job, same);
}

#[test]
fn what_cannot_be_rendered_is_refused() {
    for changes in [
        json!({"format": "FFMPEG"}),
        json!({"format": "AVI_RAW"}),
        json!({"format": "AVI_JPEG"}),
        json!({"render_output_path": null}),
        json!({"chunk_size": 0}),
        json!({"frames": "1-2000000000"}),
    ] {
        let refused = render(&changes).unwrap_err();
        assert!(
            matches!(refused, CompileError::Refused { .. }),
            "{changes}: {refused}"
        );
    }
}
