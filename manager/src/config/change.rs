//! Pure: what of a configuration that somebody sends is new, and whether it can be used.
//!
//! What is sent is merged, key by key: what was not sent stays, what is in force already is no change, `null` takes a
//! key out of the file. `variables` is one key: whoever sends it sends all of them.

use std::path::Path;

use farandole_settings::{Key, Kind};
use serde_json::{Map, Value};

use super::keys::KEYS;
use super::types::Config;

/// What stands for a secret that is not shown. Whoever sends it back leaves the secret as it is.
pub const HIDDEN: &str = "(hidden)";

/// The keys that Flamenco has, too. Its web application shows them, and stops at any other.
const FLAMENCOS: [&str; 15] = [
    "_meta",
    "manager_name",
    "database",
    "database_check_period",
    "listen",
    "autodiscoverable",
    "local_manager_storage_path",
    "shared_storage_path",
    "shaman",
    "task_timeout",
    "worker_timeout",
    "blocklist_threshold",
    "task_fail_after_softfail_count",
    "mqtt",
    "variables",
];

/// What is new.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Change {
    /// Keys and what they shall have in the file; nothing for those that are taken out.
    pub(super) keys: Vec<(&'static str, Option<Value>)>,
    /// What was sent and is no key.
    pub(super) unknown: Vec<String>,
}

/// Finds out what is new. What cannot be used is told by its key.
pub(super) fn understand(
    sent: Map<String, Value>,
    in_force: &Config,
    data_dir: &Path,
) -> Result<Change, String> {
    let mut change = Change::default();
    let mut leaves = Vec::new();
    flatten(sent, "", &mut leaves, &mut change.unknown)?;
    let before = tree(in_force)?;
    for (key, value) in leaves {
        if value.is_null() {
            change.keys.push((key.path, None));
            continue;
        }
        if key.secret && value == HIDDEN {
            continue;
        }
        let value = whole(key, value);
        let mut wanted = before.clone();
        if let Some(place) = wanted.pointer_mut(&pointer(key)) {
            place.clone_from(&value);
        }
        if key.kind == Kind::Path && value != "" {
            let absolute = value
                .as_str()
                .map(|path| data_dir.join(path).to_string_lossy().into_owned());
            if let (Some(place), Some(absolute)) = (wanted.pointer_mut(&pointer(key)), absolute) {
                *place = absolute.into();
            }
        }
        let normal = usable(wanted, data_dir, key)?;
        let normal = normal.pointer(&pointer(key)).cloned().unwrap_or_default();
        if before.pointer(&pointer(key)) != Some(&normal) {
            // A relative path is written as it was sent.
            let written = if key.kind == Kind::Path {
                value
            } else {
                normal
            };
            change.keys.push((key.path, Some(written)));
        }
    }
    Ok(change)
}

/// A number as it was meant: Flamenco's Python client reads every number as one with a fraction, and sends `3.0` back.
fn whole(key: &Key, value: Value) -> Value {
    let number = value.as_f64().filter(|_| key.kind == Kind::Int);
    let whole = number.filter(|number| number.fract() == 0.0);
    // Its text has no point then, and is a number unless it is larger than any that can be used.
    whole
        .and_then(|number| number.to_string().parse::<i64>().ok())
        .map_or(value, Value::from)
}

/// The configuration with one key changed, as it would be in force.
fn usable(wanted: Value, data_dir: &Path, key: &Key) -> Result<Value, String> {
    let config: Config = serde_json::from_value(wanted)
        .map_err(|error| format!("{} cannot be used: {error}", key.path))?;
    let config = config.checked(data_dir)?;
    tree(&config)
}

/// Every key that was sent, whatever the depth.
fn flatten(
    sent: Map<String, Value>,
    prefix: &str,
    leaves: &mut Vec<(&'static Key, Value)>,
    unknown: &mut Vec<String>,
) -> Result<(), String> {
    for (name, value) in sent {
        let path = format!("{prefix}{name}");
        let deeper = format!("{path}.");
        if let Some(key) = KEYS.iter().find(|key| key.path == path) {
            leaves.push((key, value));
        } else if !KEYS.iter().any(|key| key.path.starts_with(&deeper)) {
            unknown.push(path);
        } else if let Value::Object(inner) = value {
            flatten(inner, &deeper, leaves, unknown)?;
        } else {
            return Err(format!("{path} must be an object with keys of its own"));
        }
    }
    Ok(())
}

/// The configuration as it is shown: all keys, no secret.
pub(super) fn shown(config: &Config) -> Result<Value, String> {
    let mut tree = tree(config)?;
    for key in KEYS {
        if let Some(value) = tree.pointer_mut(&pointer(key)) {
            hide(key, value);
        }
    }
    Ok(tree)
}

/// Replaces the value of a key that is secret, unless it is empty.
fn hide(key: &Key, value: &mut Value) {
    if key.secret && *value != "" {
        *value = HIDDEN.into();
    }
}

/// Of a configuration that is shown, what Flamenco's clients know.
pub fn known_to_flamenco(mut shown: Value) -> Value {
    if let Some(keys) = shown.as_object_mut() {
        keys.retain(|key, _| FLAMENCOS.contains(&key.as_str()));
    }
    if let Some(Value::Object(client)) = shown.pointer_mut("/mqtt/client") {
        client.remove("ca_file");
    }
    shown
}

/// A key whose value has changed. Secrets are hidden.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyChange {
    /// The key.
    pub key: &'static str,
    /// What it was.
    pub old: Value,
    /// What it is.
    pub new: Value,
}

/// The keys whose values differ.
pub(super) fn differing(before: &Config, after: &Config) -> Result<Vec<KeyChange>, String> {
    let (before, after) = (tree(before)?, tree(after)?);
    let value = |tree: &Value, key: &Key| tree.pointer(&pointer(key)).cloned().unwrap_or_default();
    let change = |key: &Key| {
        let (mut old, mut new) = (value(&before, key), value(&after, key));
        if old == new {
            return None;
        }
        hide(key, &mut old);
        hide(key, &mut new);
        Some(KeyChange {
            key: key.path,
            old,
            new,
        })
    };
    Ok(KEYS.iter().filter_map(change).collect())
}

fn tree(config: &Config) -> Result<Value, String> {
    serde_json::to_value(config).map_err(|error| error.to_string())
}

fn pointer(key: &Key) -> String {
    format!("/{}", key.path.replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config() -> Config {
        let mut config = Config {
            shared_storage_path: Some("/data/shared".into()),
            ..Config::default()
        };
        config.mqtt.client.password = "hunter2".to_owned();
        config.checked(Path::new("/data")).unwrap()
    }

    fn change(sent: &Value) -> Result<Change, String> {
        understand(
            sent.as_object().unwrap().clone(),
            &config(),
            Path::new("/data"),
        )
    }

    #[track_caller]
    fn check(sent: &Value, expected: &[(&str, Option<Value>)]) {
        assert_eq!(change(sent).unwrap().keys, expected);
    }

    #[test]
    fn flamencos_clients_are_shown_no_key_of_ours() {
        let shown = known_to_flamenco(config().shown());
        assert!(shown.get("farm").is_none() && shown.get("listen").is_some());
        let client = shown["mqtt"]["client"].as_object().unwrap();
        assert!(!client.contains_key("ca_file") && client.contains_key("broker"));
    }

    #[test]
    fn what_was_shown_and_is_sent_back_changes_nothing() {
        let shown = shown(&config()).unwrap();
        assert_eq!(shown["mqtt"]["client"]["password"], HIDDEN);
        assert_eq!(change(&shown).unwrap(), Change::default());
    }

    #[test]
    fn only_what_is_new_is_changed() {
        check(
            &json!({"manager_name": "anna", "worker_timeout": "60s", "task_timeout": "90s"}),
            &[
                ("manager_name", Some(json!("anna"))),
                ("task_timeout", Some(json!("1m30s"))),
            ],
        );
        check(
            &json!({"shaman": {"garbageCollect": {"maxAge": "1h"}}}),
            &[("shaman.garbageCollect.maxAge", Some(json!("1h0m0s")))],
        );
        check(&json!({"shared_storage_path": "shared"}), &[]);
        check(
            &json!({"shared_storage_path": "jobs", "listen": null}),
            &[
                ("shared_storage_path", Some(json!("jobs"))),
                ("listen", None),
            ],
        );
        check(
            &json!({"mqtt": {"client": {"password": ""}}}),
            &[("mqtt.client.password", Some(json!("")))],
        );
    }

    #[test]
    fn whole_numbers_may_be_sent_with_a_fraction_of_nothing() {
        check(
            &json!({"blocklist_threshold": 3.0, "_meta": {"version": 3.0}}),
            &[],
        );
        check(
            &json!({"http_threads": 5.0}),
            &[("http_threads", Some(json!(5)))],
        );
        for sent in [3.5, 1e30, -3.0] {
            let reason = change(&json!({ "blocklist_threshold": sent })).unwrap_err();
            assert!(reason.starts_with("blocklist_threshold"), "{reason}");
        }
    }

    #[test]
    fn variables_are_sent_all_at_once_and_their_defaults_stay() {
        let sent =
            json!({"variables": {"blender": {"values": [{"platform": "linux", "value": "/b"}]}}});
        let change = change(&sent).unwrap();
        let variables = change.keys[0].1.as_ref().unwrap();
        assert_eq!(
            variables["blender"]["values"],
            json!([{"audience": "all", "platform": "linux", "value": "/b"}])
        );
        assert!(variables.get("blenderArgs").is_some());
    }

    #[test]
    fn what_cannot_be_used_is_told_by_its_key() {
        let cases = [
            (json!({"worker_timeout": "soon"}), "worker_timeout"),
            (json!({"worker_timeout": 60}), "worker_timeout"),
            (json!({"manager_name": 5}), "manager_name"),
            (json!({"blocklist_threshold": -1}), "blocklist_threshold"),
            (json!({"_meta": {"version": 2}}), "_meta.version"),
            (json!({"shaman": true}), "shaman"),
            (json!({"variables": {"x": 5}}), "variables"),
            (json!({"variables": {"{x}": {"values": []}}}), "variables"),
            (json!({"listen": "here"}), "listen"),
            (json!({"log_format": "xml"}), "log_format"),
        ];
        for (sent, key) in cases {
            let reason = change(&sent).unwrap_err();
            assert!(reason.starts_with(key), "{reason}");
        }
    }

    #[test]
    fn what_differs_is_told_and_secrets_are_hidden() {
        let (before, mut after) = (config(), config());
        after.manager_name = "anna".to_owned();
        after.mqtt.client.password = "hunter3".to_owned();
        let change = |key, old: &str, new: &str| KeyChange {
            key,
            old: old.into(),
            new: new.into(),
        };
        assert_eq!(
            differing(&before, &after).unwrap(),
            [
                change("manager_name", "Farandole", "anna"),
                change("mqtt.client.password", HIDDEN, HIDDEN),
            ]
        );
    }

    #[test]
    fn what_nobody_knows_is_set_aside() {
        let change = change(&json!({"worker_timout": 1, "shaman": {"x": 1}})).unwrap();
        assert_eq!(change.unknown, ["worker_timout", "shaman.x"]);
        assert!(change.keys.is_empty());
    }
}
