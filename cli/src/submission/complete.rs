//! The last look at the settings: defaults are added, and what is missing is told before the Manager has to.

use farandole_protocol::api::{AvailableJobType, JobSettings};
use serde_json::{Map, Value};

use crate::error::{CliError, Outcome};

/// The settings with the type's defaults, which a Flamenco Manager does not add by itself.
pub(crate) fn complete(
    mut settings: Map<String, Value>,
    job_type: &AvailableJobType,
) -> Outcome<JobSettings> {
    for setting in &job_type.settings {
        if let Some(default) = setting.default.as_ref().filter(|value| !value.is_null()) {
            settings
                .entry(setting.key.clone())
                .or_insert_with(|| default.clone());
        }
    }
    let missing: Vec<&str> = job_type
        .settings
        .iter()
        .filter(|setting| setting.required == Some(true) && !settings.contains_key(&setting.key))
        .map(|setting| setting.key.as_str())
        .collect();
    let name = &job_type.name;
    match missing.as_slice() {
        [] => Ok(JobSettings(settings)),
        missing if missing.contains(&"blendfile") => Err(CliError::Usage(format!(
            "job type {name} renders a .blend file: farandole submit FILE.blend --type {name}"
        ))),
        missing => {
            let wanted: Vec<String> = missing.iter().map(|key| format!("--set {key}=…")).collect();
            Err(CliError::Usage(format!(
                "job type {name} needs more: {}",
                wanted.join(" ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn completed(given: Value) -> Outcome<Value> {
        let job_type = serde_json::from_value(json!({
            "name": "t", "label": "T", "etag": "e",
            "settings": [
                {"key": "chunk_size", "type": "int32", "default": 1},
                {"key": "message", "type": "string", "required": true},
                {"key": "blendfile", "type": "string", "required": true},
                {"key": "nothing", "type": "string", "default": null, "required": false},
            ],
        }))
        .unwrap();
        let Value::Object(given) = given else {
            panic!("settings are an object")
        };
        complete(given, &job_type).map(|settings| Value::Object(settings.0))
    }

    #[test]
    fn defaults_are_added_and_never_replace_a_value() {
        let given = json!({"message": "m", "blendfile": "/a"});
        assert_eq!(
            completed(given).unwrap(),
            json!({"message": "m", "blendfile": "/a", "chunk_size": 1})
        );
        let given = json!({"message": "m", "blendfile": "/a", "chunk_size": 4});
        assert_eq!(completed(given.clone()).unwrap(), given);
    }

    #[test]
    fn what_is_missing_is_named_with_the_way_to_give_it() {
        let said = |given| completed(given).unwrap_err().to_string();
        assert!(said(json!({})).contains("submit FILE.blend --type t"));
        assert!(said(json!({"blendfile": "/a"})).contains("--set message=…"));
    }
}
