//! Pure: what the setup assistant has gathered, as a change of the configuration.

use std::collections::BTreeMap;

use farandole_protocol::api::{BlenderPathCheckResult, BlenderPathSource, SetupAssistantConfig};
use serde_json::{Map, Value, json};

use crate::config::Variable;

/// Where Blender is found by itself.
const BY_ITSELF: &str = "blender";
/// What Blender is told when nobody says otherwise.
const ARGUMENTS: &str = "-b -y";
/// One path is given, and holds everywhere.
const PLATFORMS: [&str; 3] = ["linux", "windows", "darwin"];

/// The change; or what is missing. Other variables stay as they are.
pub(super) fn change(
    gathered: SetupAssistantConfig,
    variables: &BTreeMap<String, Variable>,
) -> Result<Map<String, Value>, &'static str> {
    let SetupAssistantConfig {
        storage_location,
        blender_executable,
    } = gathered;
    if storage_location.is_empty() {
        return Err("say where the shared storage is, as storageLocation");
    }
    let blender = quoted(command(blender_executable)?);
    let mut all = serde_json::to_value(variables).unwrap_or_default();
    let values = PLATFORMS.map(|platform| json!({"platform": platform, "value": blender}));
    if let Value::Object(all) = &mut all {
        all.insert("blender".to_owned(), json!({"values": values}));
        let arguments = json!({"values": [{"platform": "all", "value": ARGUMENTS}]});
        all.insert("blenderArgs".to_owned(), arguments);
    }
    let mut change = Map::new();
    change.insert("shared_storage_path".to_owned(), storage_location.into());
    change.insert("variables".to_owned(), all);
    Ok(change)
}

/// How Workers are to start Blender.
fn command(blender: BlenderPathCheckResult) -> Result<String, &'static str> {
    let BlenderPathCheckResult {
        input,
        path,
        source,
        is_usable,
        cause: _,
    } = blender;
    if !is_usable {
        return Err("choose a Blender that can be used");
    }
    let both = if path.is_empty() || input.is_empty() {
        Err("say both path and input of the Blender that was chosen")
    } else {
        Ok(())
    };
    match source {
        BlenderPathSource::FileAssociation if path.is_empty() => {
            Err("say the path of the Blender that opens Blender files")
        }
        BlenderPathSource::Default | BlenderPathSource::FileAssociation => Ok(BY_ITSELF.to_owned()),
        BlenderPathSource::PathEnvvar => both.map(|()| input),
        BlenderPathSource::InputPath | BlenderPathSource::SystemLocation => both.map(|()| path),
        BlenderPathSource::Unset => Err("say how the Blender was found, as source"),
    }
}

/// In quotes, if it would be taken for something else than one word.
fn quoted(command: String) -> String {
    if !command.contains(['\n', '\t', ';', '(', ')']) {
        return command;
    }
    let mut quoted = String::from('"');
    for c in command.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(source: BlenderPathSource) -> SetupAssistantConfig {
        SetupAssistantConfig {
            storage_location: "/shared".to_owned(),
            blender_executable: BlenderPathCheckResult {
                input: "my-blender".to_owned(),
                path: "/opt/blender".to_owned(),
                source,
                is_usable: true,
                cause: "Blender 4.2".to_owned(),
            },
        }
    }

    fn blender(gathered: SetupAssistantConfig) -> Result<String, &'static str> {
        let change = change(gathered, &BTreeMap::new())?;
        let value = &change["variables"]["blender"]["values"][2]["value"];
        Ok(value.as_str().unwrap().to_owned())
    }

    #[test]
    fn each_source_says_how_blender_is_started() {
        let of = |source| blender(gathered(source)).unwrap();
        assert_eq!(of(BlenderPathSource::Default), "blender");
        assert_eq!(of(BlenderPathSource::FileAssociation), "blender");
        assert_eq!(of(BlenderPathSource::PathEnvvar), "my-blender");
        assert_eq!(of(BlenderPathSource::InputPath), "/opt/blender");
        assert_eq!(of(BlenderPathSource::SystemLocation), "/opt/blender");
    }

    #[test]
    fn what_is_not_enough_is_refused() {
        let refused = |source, spoil: fn(&mut SetupAssistantConfig)| {
            let mut gathered = gathered(source);
            spoil(&mut gathered);
            assert!(blender(gathered).is_err());
        };
        refused(BlenderPathSource::Default, |it| it.storage_location.clear());
        refused(BlenderPathSource::Default, |it| {
            it.blender_executable.is_usable = false;
        });
        refused(BlenderPathSource::Unset, |_| ());
        refused(BlenderPathSource::FileAssociation, |it| {
            it.blender_executable.path.clear();
        });
        refused(BlenderPathSource::PathEnvvar, |it| {
            it.blender_executable.input.clear();
        });
        refused(BlenderPathSource::InputPath, |it| {
            it.blender_executable.path.clear();
        });
    }

    #[test]
    fn other_variables_stay_and_odd_paths_are_quoted() {
        let mut gathered = gathered(BlenderPathSource::InputPath);
        gathered.blender_executable.path = "/opt/blender (new)/\"b\"".to_owned();
        let mine = BTreeMap::from([("mine".to_owned(), Variable::default())]);
        let change = change(gathered, &mine).unwrap();
        let variables = &change["variables"];
        assert!(variables.get("mine").is_some());
        assert_eq!(
            variables["blender"]["values"][0]["value"],
            r#""/opt/blender (new)/\"b\"""#
        );
        assert_eq!(variables["blenderArgs"]["values"][0]["value"], "-b -y");
    }
}
