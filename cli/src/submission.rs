//! From the command line, the scene and the job type to what is submitted. Pure.

use std::path::Path;

use farandole_protocol::api::{
    AvailableJobSetting, AvailableJobSettingType, AvailableJobType, JobSettings,
};
use serde_json::{Map, Value};

use crate::error::{CliError, Outcome};
use crate::scene::Scene;

/// The settings as they were given: `key=value`, each of a type that the job type says.
pub(crate) fn given(texts: &[String], job_type: &AvailableJobType) -> Outcome<Map<String, Value>> {
    let mut settings = Map::new();
    for text in texts {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| CliError::Local(format!("--set {text}: write it as KEY=VALUE")))?;
        let known = job_type.settings.iter().find(|setting| setting.key == key);
        let setting = known.ok_or_else(|| unknown(key, job_type))?;
        settings.insert(key.to_owned(), typed(setting, value)?);
    }
    Ok(settings)
}

fn unknown(key: &str, job_type: &AvailableJobType) -> CliError {
    let nearest = job_type
        .settings
        .iter()
        .map(|setting| setting.key.as_str())
        .max_by(|a, b| strsim::jaro_winkler(key, a).total_cmp(&strsim::jaro_winkler(key, b)));
    let hint = nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
    CliError::Local(format!(
        "job type {} has no setting {key}{hint} See them with: farandole types",
        job_type.name
    ))
}

fn typed(setting: &AvailableJobSetting, text: &str) -> Outcome<Value> {
    let wrong = |expected: &str| {
        CliError::Local(format!(
            "--set {}={text}: it must be {expected}",
            setting.key
        ))
    };
    match setting.setting_type {
        AvailableJobSettingType::String => Ok(Value::from(text)),
        AvailableJobSettingType::Int32 => text
            .parse::<i32>()
            .map(Value::from)
            .map_err(|_| wrong("a whole number")),
        AvailableJobSettingType::Float => text
            .parse::<f64>()
            .map(Value::from)
            .map_err(|_| wrong("a number")),
        AvailableJobSettingType::Bool => match text {
            "true" | "yes" | "1" => Ok(Value::from(true)),
            "false" | "no" | "0" => Ok(Value::from(false)),
            _ => Err(wrong("true or false")),
        },
    }
}

/// What is asked of a file and its scene.
#[derive(Debug)]
pub(crate) struct Render<'a> {
    pub(crate) file: &'a Path,
    pub(crate) scene: &'a Scene,
    pub(crate) frames: Option<&'a str>,
    pub(crate) job_name: &'a str,
    /// Where frames go unless the settings say otherwise.
    pub(crate) output_root: &'a Path,
}

/// Fills in what the add-on would evaluate in Blender, where it is a setting of the type and was not given.
pub(crate) fn complete(
    mut settings: Map<String, Value>,
    render: &Render<'_>,
    job_type: &AvailableJobType,
) -> JobSettings {
    let scene = render.scene;
    let frames = render.frames.map_or_else(|| scene.frames(), str::to_owned);
    let root = text(&settings, "render_output_root")
        .unwrap_or_else(|| render.output_root.to_string_lossy().into_owned());
    let components = settings
        .get("add_path_components")
        .and_then(Value::as_u64)
        .unwrap_or(0);
    let output = output_path(&root, render.file, components, render.job_name);
    let evaluated = [
        ("blendfile", Value::from(render.file.to_string_lossy())),
        ("frames", Value::from(frames)),
        ("render_output_root", Value::from(root)),
        ("add_path_components", Value::from(components)),
        ("render_output_path", Value::from(output)),
        ("fps", Value::from(scene.fps)),
        ("format", Value::from(scene.format.as_str())),
        (
            "image_file_extension",
            Value::from(scene.extension.as_str()),
        ),
        ("has_previews", Value::from(scene.has_previews)),
        ("scene", Value::from(scene.name.as_str())),
    ];
    for (key, value) in evaluated {
        if job_type.settings.iter().any(|setting| setting.key == key) {
            settings.entry(key).or_insert(value);
        }
    }
    JobSettings(settings)
}

fn text(settings: &Map<String, Value>, key: &str) -> Option<String> {
    settings.get(key)?.as_str().map(str::to_owned)
}

/// Where the frames go: below the root, the last folders of the file's path, the job's name and the time.
fn output_path(root: &str, file: &Path, components: u64, job_name: &str) -> String {
    let folders: Vec<String> = file
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .filter(|part| matches!(part, std::path::Component::Normal(_)))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let kept = usize::try_from(components)
        .unwrap_or(usize::MAX)
        .min(folders.len());
    let mut parts = vec![root.trim_end_matches('/').to_owned()];
    parts.extend(folders.into_iter().rev().take(kept).rev());
    parts.push(job_name.replace('/', "-"));
    parts.push("{timestamp}".to_owned());
    parts.push("######".to_owned());
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job_type() -> AvailableJobType {
        serde_json::from_value(json!({
            "name": "t", "label": "T", "etag": "e",
            "settings": [
                {"key": "chunk_size", "type": "int32"}, {"key": "frames", "type": "string"},
                {"key": "fps", "type": "float"}, {"key": "has_previews", "type": "bool"},
                {"key": "render_output_path", "type": "string"}, {"key": "render_output_root", "type": "string"},
                {"key": "add_path_components", "type": "int32"},
            ],
        }))
        .unwrap()
    }

    fn given_as(texts: &[&str]) -> Outcome<Map<String, Value>> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        given(&texts, &job_type())
    }

    #[test]
    fn a_setting_has_the_type_that_the_job_type_says() {
        let settings = given_as(&[
            "chunk_size=4",
            "frames=1-4",
            "fps=23.976",
            "has_previews=yes",
        ])
        .unwrap();
        assert_eq!(
            Value::Object(settings),
            json!({"chunk_size": 4, "frames": "1-4", "fps": 23.976, "has_previews": true})
        );
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let said = |text: &str| given_as(&[text]).unwrap_err().to_string();
        assert!(said("chunk_size=x").contains("whole number"));
        assert!(said("chunksize=4").contains("did you mean chunk_size?"));
        assert!(said("chunk_size").contains("KEY=VALUE"));
    }

    #[test]
    fn the_output_path_is_the_one_that_the_add_on_would_make() {
        let file = Path::new("/mnt/farm/show/shot/a.blend");
        assert_eq!(
            output_path("/out/", file, 0, "a"),
            "/out/a/{timestamp}/######"
        );
        assert_eq!(
            output_path("/out", file, 2, "a/b"),
            "/out/show/shot/a-b/{timestamp}/######"
        );
        assert_eq!(
            output_path("/out", file, 99, "a"),
            "/out/mnt/farm/show/shot/a/{timestamp}/######"
        );
    }

    #[test]
    fn what_was_given_wins_over_what_the_scene_says() {
        let scene = Scene {
            name: "Scene".to_owned(),
            frame_start: 1,
            frame_end: 250,
            fps: 24.0,
            format: "PNG".to_owned(),
            extension: ".png".to_owned(),
            has_previews: false,
        };
        let render = Render {
            file: Path::new("/f/a.blend"),
            scene: &scene,
            frames: Some("1-48"),
            job_name: "a",
            output_root: Path::new("/out"),
        };
        let JobSettings(settings) = complete(given_as(&["fps=12"]).unwrap(), &render, &job_type());
        assert_eq!(settings["fps"], json!(12.0));
        assert_eq!(settings["frames"], json!("1-48"));
        assert!(
            !settings.contains_key("blendfile"),
            "the type does not know it"
        );
    }
}
