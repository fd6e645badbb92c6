//! Settings that contradict the scene, or that lose what it has. Pure.

use serde_json::{Map, Value};

use super::finding::Finding;
use super::formats::{extension, fits, has_previews, is_opaque, is_video, is_written, meant};
use crate::error::CliError;
use crate::scene::Scene;
use crate::submission::nearest;

/// The error for a scene that the file does not have.
pub(crate) fn unknown_scene(name: &str, scenes: &[String]) -> CliError {
    let meant = nearest(name, scenes.iter().map(String::as_str));
    let meant = meant.map_or_else(String::new, |name| format!("did you mean {name}? "));
    CliError::Usage(format!(
        "the file has no scene {name:?}; {meant}it has: {}",
        scenes.join(", ")
    ))
}

/// What is wrong with the settings, or with the scene itself.
pub(super) fn findings(scene: &Scene, settings: &Map<String, Value>) -> Vec<Finding> {
    let text = |key: &str| settings.get(key).and_then(Value::as_str);
    let mut findings = Vec::new();
    if !scene.has_camera {
        findings.push(Finding::Error(format!(
            "the scene {:?} has no camera, so that there is nothing to render\nadd a camera, or render another scene: --set \
             scene=NAME{}",
            scene.name,
            others(scene)
        )));
    }
    if let Some(format) = text("format") {
        findings.extend(of_format(scene, format));
        if let Some(given) = text("image_file_extension")
            && !fits(format, given)
        {
            let own = extension(format).unwrap_or_default();
            findings.push(Finding::Error(format!(
                "image_file_extension={given} contradicts format={format}, whose files end in {own}\nleave it out: it \
                 follows the format"
            )));
        }
    }
    findings.extend(version(scene));
    findings
}

fn others(scene: &Scene) -> String {
    let others: Vec<&str> = scene
        .scenes
        .iter()
        .map(String::as_str)
        .filter(|name| *name != scene.name)
        .collect();
    if others.is_empty() {
        return String::new();
    }
    format!(" ({})", others.join(", "))
}

fn of_format(scene: &Scene, format: &str) -> Vec<Finding> {
    if is_video(format) {
        return vec![Finding::Error(format!(
            "format {format} is a video, with all frames in one file, which Workers cannot share\nrender pictures: --set \
             format=PNG; the job makes a preview video of them"
        ))];
    }
    if !scene.formats.is_empty() && !is_written(format, &scene.formats) {
        return vec![Finding::Error(unknown_format(scene, format))];
    }
    let mut findings = Vec::new();
    if scene.is_transparent && is_opaque(format) {
        findings.push(Finding::Note(format!(
            "the scene has a transparent background, which {format} cannot store; keep it with --set format=PNG or \
             --set format=OPEN_EXR"
        )));
    }
    if has_previews(&scene.format) && !has_previews(format) {
        let own = &scene.format;
        findings.push(Finding::Note(format!(
            "the scene is set to {own}; {format} stores fewer values for each colour, and no render passes; keep them with \
             --set format={own}"
        )));
    } else if scene.format == "OPEN_EXR_MULTILAYER" && !is_multilayer(format) {
        findings.push(Finding::Note(format!(
            "the scene is set to OPEN_EXR_MULTILAYER; {format} stores only the combined picture, without the render \
             passes; keep them with --set format=OPEN_EXR_MULTILAYER"
        )));
    }
    findings
}

fn is_multilayer(format: &str) -> bool {
    matches!(format, "OPEN_EXR_MULTILAYER" | "MULTILAYER")
}

fn unknown_format(scene: &Scene, format: &str) -> String {
    let meant = meant(format, &scene.formats);
    let meant = meant.map_or_else(String::new, |format| format!("; did you mean {format}?"));
    let [major, minor, _] = scene.version;
    let pictures: Vec<&str> = scene
        .formats
        .iter()
        .map(String::as_str)
        .filter(|format| !is_video(format))
        .collect();
    format!(
        "Blender {major}.{minor} writes no format {format:?}{meant}\nit writes: {}",
        pictures.join(", ")
    )
}

/// An older Blender opens many files of newer ones, and leaves out what it does not know.
fn version(scene: &Scene) -> Option<Finding> {
    let [major, minor, _] = scene.saved_by;
    let [own_major, own_minor, patch] = scene.version;
    ((major, minor) > (own_major, own_minor)).then(|| {
        Finding::Note(format!(
            "the file was saved by Blender {major}.{minor}; this is {own_major}.{own_minor}.{patch}, which leaves out what it \
             does not know; use the newer one here (--blender PATH) and on the Workers"
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scene() -> Scene {
        Scene {
            name: "Shot".to_owned(),
            scenes: vec!["Shot".to_owned(), "Teaser".to_owned()],
            format: "PNG".to_owned(),
            formats: ["FFMPEG", "JPEG", "OPEN_EXR", "OPEN_EXR_MULTILAYER", "PNG"]
                .map(str::to_owned)
                .to_vec(),
            has_camera: true,
            saved_by: [3, 4, 6],
            version: [3, 4, 1],
            ..Scene::default()
        }
    }

    #[track_caller]
    fn check(scene: &Scene, settings: &Value, expected: &[(&str, &str)]) {
        let found = findings(scene, settings.as_object().unwrap());
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (finding, (kind, part)) in found.iter().zip(expected) {
            let (is, text) = match finding {
                Finding::Error(text) => ("error", text),
                Finding::Note(text) => ("note", text),
                Finding::Unless(class, text) => (class.as_str(), text),
            };
            assert!(is == *kind && text.contains(part), "{is}: {text}");
        }
    }

    #[test]
    fn what_fits_is_not_mentioned() {
        let settings = json!({"format": "JPEG", "image_file_extension": ".jpg", "fps": 12});
        check(&scene(), &settings, &[]);
        check(&scene(), &json!({"message": "hello"}), &[]);
    }

    #[test]
    fn a_format_that_does_not_exist_is_refused_with_those_that_do() {
        let expected = [(
            "error",
            "did you mean JPEG?\nit writes: JPEG, OPEN_EXR, OPEN_EXR_MULTILAYER, PNG",
        )];
        check(&scene(), &json!({"format": "JPG"}), &expected);
        check(
            &scene(),
            &json!({"format": "FFMPEG"}),
            &[("error", "is a video")],
        );
    }

    #[test]
    fn an_extension_of_another_format_is_refused() {
        let settings = json!({"format": "JPEG", "image_file_extension": ".png"});
        check(&scene(), &settings, &[("error", "whose files end in .jpg")]);
    }

    #[test]
    fn what_a_format_loses_is_told() {
        let transparent = Scene {
            is_transparent: true,
            ..scene()
        };
        let expected = [("note", "transparent background, which JPEG")];
        check(&transparent, &json!({"format": "JPEG"}), &expected);
        check(&transparent, &json!({"format": "PNG"}), &[]);
        let layers = Scene {
            format: "OPEN_EXR_MULTILAYER".to_owned(),
            ..scene()
        };
        check(
            &layers,
            &json!({"format": "PNG"}),
            &[("note", "fewer values")],
        );
        check(
            &layers,
            &json!({"format": "OPEN_EXR"}),
            &[("note", "only the combined")],
        );
    }

    #[test]
    fn a_scene_without_a_camera_is_refused() {
        let blind = Scene {
            has_camera: false,
            ..scene()
        };
        check(&blind, &json!({}), &[("error", "scene=NAME (Teaser)")]);
    }

    #[test]
    fn a_newer_file_is_mentioned() {
        let newer = Scene {
            saved_by: [4, 3, 2],
            ..scene()
        };
        check(
            &newer,
            &json!({}),
            &[("note", "saved by Blender 4.3; this is 3.4.1")],
        );
    }

    #[test]
    fn an_unknown_scene_names_those_that_exist() {
        let said = unknown_scene("teasr", &scene().scenes).to_string();
        assert_eq!(
            said,
            "the file has no scene \"teasr\"; did you mean Teaser? it has: Shot, Teaser"
        );
    }
}
