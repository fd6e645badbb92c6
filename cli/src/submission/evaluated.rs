//! What the Flamenco add-on would evaluate in Blender, for the settings that nobody gave.

use std::path::Path;

use farandole_protocol::api::AvailableJobType;
use serde_json::{Map, Value};

use super::output_path::{absolute_root, output_path};
use crate::look::{GATHER, extension, has_previews};
use crate::scene::{NodeOutput, Scene};

/// The settings that only the scene can tell.
const OF_THE_SCENE: [&str; 6] = [
    "frames",
    "fps",
    "format",
    "image_file_extension",
    "has_previews",
    "scene",
];

/// What settings are evaluated from.
#[derive(Debug)]
pub(crate) struct Evaluated<'a> {
    /// The .blend file, by an absolute path.
    pub(crate) file: &'a Path,
    /// Where Workers find it; the same unless it is uploaded.
    pub(crate) blendfile: &'a Path,
    /// Its scene, where it was needed.
    pub(crate) scene: Option<&'a Scene>,
    /// The job's name.
    pub(crate) job_name: &'a str,
    /// Where frames go unless the settings say otherwise.
    pub(crate) output_root: &'a str,
    /// Whether the file goes to another folder than the one that it is in here.
    pub(crate) is_moved: bool,
    /// The present folder.
    pub(crate) here: &'a Path,
}

/// Whether Blender has to be asked: not when all that it could tell was given.
pub(crate) fn needs_scene(given: &Map<String, Value>, job_type: &AvailableJobType) -> bool {
    OF_THE_SCENE
        .iter()
        .any(|key| has(job_type, key) && !given.contains_key(*key))
}

/// Adds what was not given, as far as the job type wants it.
pub(crate) fn evaluate(
    settings: &mut Map<String, Value>,
    from: &Evaluated<'_>,
    job_type: &AvailableJobType,
) {
    let root = match settings.get("render_output_root").and_then(Value::as_str) {
        Some(root) => absolute_root(root, from.blendfile, from.here),
        None => from.output_root.to_owned(),
    };
    let components = settings
        .get("add_path_components")
        .and_then(Value::as_u64)
        .and_then(|components| usize::try_from(components).ok())
        .unwrap_or(0);
    let output = output_path(&root, from.file, components, from.job_name);
    if settings.contains_key("render_output_root") {
        settings.insert("render_output_root".to_owned(), Value::from(root.as_str()));
    }
    let mut values = vec![
        ("blendfile", Value::from(from.blendfile.to_string_lossy())),
        ("render_output_root", Value::from(root)),
        ("add_path_components", Value::from(components)),
        ("render_output_path", Value::from(output)),
    ];
    if let Some(scene) = from.scene {
        let format = settings.get("format").and_then(Value::as_str);
        values.extend(of_scene(scene, format));
        // Beside the uploaded file, where the compositor would write, is no place that is looked at.
        if from.is_moved && scene.node_outputs.iter().any(NodeOutput::is_relative) {
            values.push((GATHER, Value::from(true)));
        }
    }
    for (key, value) in values {
        if has(job_type, key) {
            settings.entry(key).or_insert(value);
        }
    }
}

/// What the scene says. The extension and the previews are those of the format that was given, if one was.
fn of_scene(scene: &Scene, given: Option<&str>) -> [(&'static str, Value); 6] {
    let changed = given.filter(|format| *format != scene.format);
    let extension = changed.and_then(extension);
    let has_previews = scene.has_previews && changed.is_none_or(has_previews);
    [
        ("frames", Value::from(scene.frames())),
        ("fps", Value::from(scene.fps)),
        ("format", Value::from(scene.format.as_str())),
        (
            "image_file_extension",
            Value::from(extension.unwrap_or_else(|| scene.extension.clone())),
        ),
        ("has_previews", Value::from(has_previews)),
        ("scene", Value::from(scene.name.as_str())),
    ]
}

fn has(job_type: &AvailableJobType, key: &str) -> bool {
    job_type.settings.iter().any(|setting| setting.key == key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job_type(keys: &[&str]) -> AvailableJobType {
        let settings: Vec<Value> = keys
            .iter()
            .map(|key| json!({"key": key, "type": "string"}))
            .collect();
        serde_json::from_value(
            json!({"name": "t", "label": "T", "etag": "e", "settings": settings}),
        )
        .unwrap()
    }

    fn scene() -> Scene {
        Scene {
            name: "Scene".to_owned(),
            frame_start: 1,
            frame_end: 250,
            fps: 24.0,
            format: "PNG".to_owned(),
            extension: ".png".to_owned(),
            ..Scene::default()
        }
    }

    fn evaluated(given: Value, keys: &[&str]) -> Value {
        of(&scene(), false, given, keys)
    }

    fn of(scene: &Scene, is_moved: bool, given: Value, keys: &[&str]) -> Value {
        let Value::Object(mut settings) = given else {
            panic!("settings are an object")
        };
        let from = Evaluated {
            file: Path::new("/farm/shot/a.blend"),
            blendfile: Path::new("/farm/shot/a.blend"),
            scene: Some(scene),
            job_name: "a",
            output_root: "/farm/renders",
            is_moved,
            here: Path::new("/home/me"),
        };
        evaluate(&mut settings, &from, &job_type(keys));
        Value::Object(settings)
    }

    #[test]
    fn all_that_the_type_wants_is_evaluated() {
        let keys = [
            "frames",
            "render_output_root",
            "add_path_components",
            "render_output_path",
            "blendfile",
            "fps",
            "format",
            "image_file_extension",
            "has_previews",
            "scene",
            "chunk_size",
        ];
        assert_eq!(
            evaluated(json!({}), &keys),
            json!({
                "blendfile": "/farm/shot/a.blend", "render_output_root": "/farm/renders",
                "add_path_components": 0, "render_output_path": "/farm/renders/a/{timestamp}/######",
                "frames": "1-250", "fps": 24.0, "format": "PNG", "image_file_extension": ".png",
                "has_previews": false, "scene": "Scene",
            })
        );
    }

    #[test]
    fn what_was_given_wins_and_what_the_type_does_not_know_stays_out() {
        let given = json!({"fps": 12.0, "render_output_path": "/x/######"});
        assert_eq!(
            evaluated(given.clone(), &["fps", "render_output_path"]),
            given
        );
    }

    #[test]
    fn the_extension_and_the_previews_follow_a_format_that_was_given() {
        let keys = ["format", "image_file_extension", "has_previews"];
        let scene = Scene {
            format: "OPEN_EXR".to_owned(),
            extension: ".exr".to_owned(),
            has_previews: true,
            ..scene()
        };
        let check = |format: &str, extension: &str, previews: bool| {
            let expected = json!({
                "format": format, "image_file_extension": extension, "has_previews": previews,
            });
            assert_eq!(
                of(&scene, false, json!({"format": format}), &keys),
                expected
            );
        };
        check("JPEG", ".jpg", false);
        check("OPEN_EXR", ".exr", true);
        check("OPEN_EXR_MULTILAYER", ".exr", true);
    }

    #[test]
    fn the_compositors_files_are_gathered_where_the_file_is_moved() {
        let scene = Scene {
            node_outputs: vec![NodeOutput {
                path: "//passes/".to_owned(),
                absolute: "/farm/shot/passes".into(),
            }],
            ..scene()
        };
        let gathered = json!({GATHER: true});
        assert_eq!(of(&scene, true, json!({}), &[GATHER]), gathered);
        assert_eq!(of(&scene, false, json!({}), &[GATHER]), json!({}));
        assert_eq!(of(&scene, true, json!({}), &["fps"]), json!({"fps": 24.0}));
        let kept = json!({GATHER: false});
        assert_eq!(of(&scene, true, kept.clone(), &[GATHER]), kept);
    }

    #[test]
    fn the_output_follows_a_root_and_components_that_were_given() {
        let given = json!({"render_output_root": "out", "add_path_components": 1});
        let settings = evaluated(given, &["render_output_path"]);
        assert_eq!(settings["render_output_root"], "/home/me/out");
        assert_eq!(
            settings["render_output_path"],
            "/home/me/out/shot/a/{timestamp}/######"
        );
    }

    #[test]
    fn blender_is_asked_only_for_what_is_missing() {
        let job_type = job_type(&["fps", "scene", "blendfile"]);
        let needs = |given: Value| needs_scene(given.as_object().unwrap(), &job_type);
        assert!(needs(json!({})));
        assert!(needs(json!({"fps": 24})));
        assert!(!needs(json!({"fps": 24, "scene": "S"})));
    }
}
