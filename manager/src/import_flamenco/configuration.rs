//! Pure: a Flamenco Manager's configuration, as ours.

use std::path::Path;

use yaml_serde::{Mapping, Value};

/// Keys that are about files of its own, which ours has elsewhere.
const ITS_OWN: [&str; 2] = ["database", "local_manager_storage_path"];

/// What is of interest in its configuration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Taken {
    /// Ours.
    pub(super) text: String,
    /// Where it keeps the logs of tasks.
    pub(super) logs: Option<String>,
}

/// Reads its configuration, which lies in this folder.
pub(super) fn take(text: &str, folder: &Path) -> Result<Taken, String> {
    let tree: Value = yaml_serde::from_str(text).map_err(|error| error.to_string())?;
    let mut tree = match tree {
        Value::Mapping(tree) => tree,
        Value::Null => Mapping::new(),
        Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Tagged(_) => return Err("it is not a list of keys with values".to_owned()),
    };
    let own = |key: &str| tree.get(key).and_then(Value::as_str).map(str::to_owned);
    let (logs, storage) = (
        own("local_manager_storage_path"),
        own("shared_storage_path"),
    );
    for key in ITS_OWN {
        tree.shift_remove(key);
    }
    // A relative path means something else from another folder.
    if let Some(storage) = storage.filter(|path| !path.is_empty()) {
        let absolute = folder.join(storage).to_string_lossy().into_owned();
        tree.insert("shared_storage_path".into(), absolute.into());
    }
    let body = yaml_serde::to_string(&Value::Mapping(tree)).map_err(|error| error.to_string())?;
    Ok(Taken {
        text: format!("# Taken over from a Flamenco Manager.\n{body}"),
        logs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_its_own_stays_and_the_rest_is_taken() {
        let text = "_meta: {version: 3}\nmanager_name: Studio\ndatabase: flamenco-manager.sqlite\n\
            local_manager_storage_path: ./flamenco-manager-storage\nshared_storage_path: ../storage\n\
            variables: {blender: {values: [{platform: linux, value: /opt/blender}]}}\n";
        let taken = take(text, Path::new("/opt/flamenco")).unwrap();
        assert_eq!(taken.logs.as_deref(), Some("./flamenco-manager-storage"));
        let tree: Value = yaml_serde::from_str(&taken.text).unwrap();
        let tree = tree.as_mapping().unwrap();
        let keys: Vec<_> = tree.keys().filter_map(Value::as_str).collect();
        assert_eq!(
            keys,
            ["_meta", "manager_name", "shared_storage_path", "variables"]
        );
        assert_eq!(
            tree.get("shared_storage_path").and_then(Value::as_str),
            Some("/opt/flamenco/../storage")
        );
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        assert!(take("- a", Path::new("/")).is_err());
        assert!(take("a: [", Path::new("/")).is_err());
        assert_eq!(take("", Path::new("/")).unwrap().logs, None);
    }
}
