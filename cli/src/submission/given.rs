//! Settings as they were written, brought to the types that the job type says.

use farandole_protocol::api::{AvailableJobSetting, AvailableJobSettingType, AvailableJobType};
use serde_json::{Map, Value};

use crate::error::{CliError, Outcome};

/// Below this likeness a suggestion would only be odd.
const LIKE: f64 = 0.7;

/// The settings of `--set KEY=VALUE` and `--frames`. Of a key that is set twice the last value counts.
pub(crate) fn given(
    texts: &[String],
    frames: Option<&str>,
    job_type: &AvailableJobType,
) -> Outcome<Map<String, Value>> {
    let mut settings = Map::new();
    for text in texts {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| CliError::Usage(format!("--set {text}: write it as KEY=VALUE")))?;
        let setting = known(key.trim(), job_type)?;
        settings.insert(setting.key.clone(), typed(setting, value)?);
    }
    if let Some(frames) = frames {
        let setting = known("frames", job_type)?;
        if settings.contains_key("frames") {
            return Err(CliError::Usage(
                "--frames and --set frames= say the same; give one of them".to_owned(),
            ));
        }
        settings.insert("frames".to_owned(), typed(setting, frames)?);
    }
    Ok(settings)
}

fn known<'a>(key: &str, job_type: &'a AvailableJobType) -> Outcome<&'a AvailableJobSetting> {
    let found = job_type.settings.iter().find(|setting| setting.key == key);
    found.ok_or_else(|| {
        let keys = job_type.settings.iter().map(|setting| setting.key.as_str());
        let hint = nearest(key, keys.clone()).map_or_else(
            || format!("it has: {}", keys.collect::<Vec<_>>().join(", ")),
            |nearest| format!("did you mean {nearest}? all of them: farandole types"),
        );
        CliError::Usage(format!(
            "job type {} has no setting {key}; {hint}",
            job_type.name
        ))
    })
}

/// The known word that looks most like what was written, in whatever case, if one does.
pub(crate) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|word| {
            (
                strsim::jaro_winkler(&text.to_lowercase(), &word.to_lowercase()),
                word,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

fn typed(setting: &AvailableJobSetting, text: &str) -> Outcome<Value> {
    let wrong = |expected: &str| {
        let key = &setting.key;
        CliError::Usage(format!("setting {key} is {expected}, not {text:?}"))
    };
    let trimmed = text.trim();
    match &setting.setting_type {
        AvailableJobSettingType::String => match &setting.choices {
            Some(choices)
                if !choices.is_empty() && !choices.iter().any(|choice| choice == text) =>
            {
                Err(wrong(&format!("one of {}", choices.join(", "))))
            }
            _ => Ok(Value::from(text)),
        },
        AvailableJobSettingType::Int32 => trimmed
            .parse::<i32>()
            .map(Value::from)
            .map_err(|_| wrong("a whole number")),
        AvailableJobSettingType::Float => match trimmed.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::from(number)),
            _ => Err(wrong("a number")),
        },
        AvailableJobSettingType::Bool => match trimmed.to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Value::from(true)),
            "false" | "no" | "off" | "0" => Ok(Value::from(false)),
            _ => Err(wrong("true or false")),
        },
        // The script knows what it expects: a list, for instance.
        AvailableJobSettingType::Foreign(_) => {
            Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
        }
    }
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
                {"key": "quality", "type": "string", "choices": ["draft", "final"]},
            ],
        }))
        .unwrap()
    }

    fn read(texts: &[&str], frames: Option<&str>) -> Outcome<Value> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        given(&texts, frames, &job_type()).map(Value::Object)
    }

    #[test]
    fn a_setting_has_the_type_that_the_job_type_says() {
        let settings = read(
            &[
                "chunk_size=4",
                "fps=23.976",
                "has_previews=yes",
                "quality=draft",
            ],
            Some("1-4"),
        );
        assert_eq!(
            settings.unwrap(),
            json!({
                "chunk_size": 4, "fps": 23.976, "has_previews": true, "quality": "draft", "frames": "1-4",
            })
        );
    }

    #[test]
    fn a_value_may_hold_an_equals_sign_and_the_last_one_counts() {
        let settings = read(&["frames=1", "frames=a=b", " chunk_size= 3 "], None);
        assert_eq!(settings.unwrap(), json!({"frames": "a=b", "chunk_size": 3}));
    }

    #[track_caller]
    fn check_refusal(texts: &[&str], frames: Option<&str>, part: &str) {
        let error = read(texts, frames).unwrap_err();
        assert!(matches!(error, CliError::Usage(_)), "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        check_refusal(&["chunk_size=x"], None, "chunk_size is a whole number");
        check_refusal(&["chunk_size=4000000000"], None, "a whole number");
        check_refusal(&["fps=NaN"], None, "a number");
        check_refusal(&["has_previews=maybe"], None, "true or false");
        check_refusal(&["quality=best"], None, "one of draft, final");
        check_refusal(&["chunk_size"], None, "KEY=VALUE");
        check_refusal(&["frames=1"], Some("1"), "give one of them");
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        check_refusal(&["chunksize=4"], None, "did you mean chunk_size?");
        check_refusal(&["FPS=4"], None, "did you mean fps?");
        check_refusal(&["zzz=4"], None, "it has: chunk_size, frames");
    }

    #[test]
    fn frames_for_a_type_without_them_are_refused() {
        let mut job_type = job_type();
        job_type.settings.retain(|setting| setting.key == "fps");
        let error = given(&[], Some("1-4"), &job_type).unwrap_err();
        assert!(error.to_string().contains("no setting frames"), "{error}");
    }
}
