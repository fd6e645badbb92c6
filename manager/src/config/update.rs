//! A changed configuration, brought into the file. This reads and writes the file, and so is no actor's business to
//! wait for: [`Settings`](crate::settings::Settings) has it done on a thread for such work.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use farandole_settings::{
    FolderError, Layer, Loaded, SettingsError, edit, replace_file, usable_file, usable_folder,
};
use serde_json::{Map, Value};

use super::change::{self, Change, KeyChange, understand};
use super::keys;
use super::program;
use super::types::Config;

/// The first lines of a file that was none before.
const OPENING: &str = "\
# The configuration of farandole-manager. It may be edited by hand; what is changed in clients is changed here, too.
# All keys: farandole-manager --help, and docs/configuration.md.
_meta:
  version: 3
";

/// Why a configuration is not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// What was sent cannot be used; the text begins with the key.
    #[error("{0}")]
    Unusable(String),
    /// The folder cannot be used.
    #[error("{key}: {source}")]
    Folder {
        /// The key that names it.
        key: &'static str,
        /// Why not.
        source: FolderError,
    },
    /// Keys were sent that are not taken over HTTP.
    #[error(
        "these settings are not taken over HTTP, since they say which programs run and which files are read: {0}; change \
         them in the Manager's configuration file, by its environment variables or its flags"
    )]
    NotOverHttp(String),
    /// The broker was changed, and the stored password would be sent to another one.
    #[error(
        "mqtt.client.broker: the stored mqtt.client.password is for another broker and would be sent to this one; change \
         both in the Manager's configuration file, by its environment variables or its flags"
    )]
    PasswordOfAnotherBroker,
    /// What is in the file, edited by hand, cannot be used.
    #[error("the configuration file has to be mended first: {0}")]
    FileBroken(#[source] SettingsError),
    /// The file cannot be read or written.
    #[error("the configuration cannot be written to {path}: {source}")]
    NotWritten {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Who sends a change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sender {
    /// A person or a program, by the configuration's own endpoint.
    Client,
    /// The setup assistant.
    SetupAssistant,
}

/// What people should know of a change that was made.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Aside {
    /// Keys that were changed, and are in force after the next start.
    pub after_restart: Vec<&'static str>,
    /// Keys that were changed in the file, while a flag or variable says what is in force.
    pub overridden: Vec<String>,
    /// What was sent and is no key.
    pub unknown: Vec<String>,
}

/// A configuration that was changed.
#[derive(Clone, Debug)]
pub struct Updated {
    /// What is in force now.
    pub config: Config,
    /// The layers that it comes from.
    pub loaded: Loaded,
    /// What is in force now and was not before.
    pub changes: Vec<KeyChange>,
    /// What people should know.
    pub aside: Aside,
}

/// Merges what was sent into the file, which is read anew: it may have been edited. All is checked before anything is
/// written.
pub fn update(
    sent: Map<String, Value>,
    sender: Sender,
    in_force: &Config,
    loaded: &Loaded,
) -> Result<Updated, UpdateError> {
    let path = loaded.file_to_write();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => OPENING.to_owned(),
        Err(source) => return Err(UpdateError::NotWritten { path, source }),
    };
    let base = loaded
        .with_file(&path, &text)
        .map_err(UpdateError::FileBroken)?;
    let base_config = program::of(&base).map_err(UpdateError::FileBroken)?;
    let change = understand(sent, &base_config, &loaded.data_dir).map_err(UpdateError::Unusable)?;
    is_taken(&change, sender, &base_config)?;
    let (loaded, config) = if change.keys.is_empty() {
        (base, base_config)
    } else {
        let text = edited(&text, &change)?;
        let changed = base
            .with_file(&path, &text)
            .and_then(|loaded| Ok((program::of(&loaded)?, loaded)));
        let (config, loaded) = changed.map_err(|error| UpdateError::Unusable(error.to_string()))?;
        folders_are_usable(&change, &loaded.data_dir)?;
        replace_file(&path, &text).map_err(|source| UpdateError::NotWritten { path, source })?;
        (loaded, config)
    };
    let changes = change::differing(in_force, &config).map_err(UpdateError::Unusable)?;
    let aside = aside(change, &changes, &loaded);
    Ok(Updated {
        config,
        loaded,
        changes,
        aside,
    })
}

/// Whether all of it is taken from this sender.
fn is_taken(change: &Change, sender: Sender, before: &Config) -> Result<(), UpdateError> {
    let is_setup = sender == Sender::SetupAssistant && before.is_first_run();
    let keys = || change.keys.iter().map(|(key, _)| *key);
    let refused: Vec<&str> = keys()
        .filter(|key| !keys::is_taken_over_http(key, is_setup))
        .collect();
    if !refused.is_empty() {
        return Err(UpdateError::NotOverHttp(refused.join(", ")));
    }
    if keys().any(|key| key == "mqtt.client.broker") && !before.mqtt.client.password.is_empty() {
        return Err(UpdateError::PasswordOfAnotherBroker);
    }
    Ok(())
}

fn edited(text: &str, change: &Change) -> Result<String, UpdateError> {
    let unusable = |error: &dyn std::fmt::Display| UpdateError::Unusable(error.to_string());
    let mut values = Vec::new();
    for (key, value) in &change.keys {
        let value = value.as_ref().map(yaml_serde::to_value).transpose();
        values.push((*key, value.map_err(|error| unusable(&error))?));
    }
    edit(text, &values).map_err(|error| unusable(&error))
}

/// A Manager that has been told of a folder must be able to start with it. Only one whose server is away may come back.
fn folders_are_usable(change: &Change, data_dir: &Path) -> Result<(), UpdateError> {
    for (key, value) in &change.keys {
        let Some(path) = value
            .as_ref()
            .and_then(Value::as_str)
            .filter(|path| !path.is_empty())
        else {
            continue;
        };
        let path = data_dir.join(path);
        let usable = match *key {
            "shared_storage_path" | "local_manager_storage_path" => usable_folder(&path),
            "database" => usable_file(&path),
            _ => continue,
        };
        match usable {
            Ok(()) | Err(FolderError::Away { .. }) => {}
            Err(source) => return Err(UpdateError::Folder { key, source }),
        }
    }
    Ok(())
}

fn aside(change: Change, changes: &[KeyChange], loaded: &Loaded) -> Aside {
    let overridden = change
        .keys
        .iter()
        .filter_map(|(key, _)| match loaded.origin(key) {
            Layer::Default | Layer::File(_) => None,
            layer @ (Layer::Environment(_) | Layer::Flag(_)) => Some(format!("{key} ({layer})")),
        });
    Aside {
        after_restart: changes
            .iter()
            .map(|change| change.key)
            .filter(|key| keys::is_after_restart(key))
            .collect(),
        overridden: overridden.collect(),
        unknown: change.unknown,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;

    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    struct Place {
        folder: TempDir,
        config: Config,
        loaded: Loaded,
    }

    fn place(file: Option<&str>, args: &[&str]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        if let Some(file) = file {
            fs::write(folder.path().join("flamenco-manager.yaml"), file).unwrap();
        }
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        let (config, loaded) = program::load(&args, &BTreeMap::new(), folder.path()).unwrap();
        Place {
            folder,
            config,
            loaded,
        }
    }

    impl Place {
        fn update(&self, sent: &Value) -> Result<Updated, UpdateError> {
            self.update_as(Sender::Client, sent)
        }

        fn update_as(&self, sender: Sender, sent: &Value) -> Result<Updated, UpdateError> {
            update(
                sent.as_object().unwrap().clone(),
                sender,
                &self.config,
                &self.loaded,
            )
        }

        fn file(&self, name: &str) -> String {
            fs::read_to_string(self.folder.path().join(name)).unwrap()
        }
    }

    #[test]
    fn what_is_sent_is_merged_into_the_file_in_force() {
        let place = place(
            Some(
                "_meta: {version: 3}\n# mine\nmanager_name: one # name\nworker_timeout: 5m\nodd: 1\n",
            ),
            &[],
        );
        let updated = place
            .update(&json!({"manager_name": "two", "http_threads": 1}))
            .unwrap();
        assert_eq!(updated.config.manager_name, "two");
        assert_eq!(updated.aside.after_restart, ["http_threads"]);
        let changed: Vec<&str> = updated.changes.iter().map(|change| change.key).collect();
        assert_eq!(changed, ["manager_name", "http_threads"]);
        assert_eq!(
            place.file("flamenco-manager.yaml"),
            "_meta: {version: 3}\n# mine\nmanager_name: two\nworker_timeout: 5m\nodd: 1\nhttp_threads: 1\n"
        );
    }

    #[test]
    fn without_a_file_one_is_made_that_can_be_read_again() {
        let place = place(None, &[]);
        let updated = place
            .update_as(
                Sender::SetupAssistant,
                &json!({"shared_storage_path": "shared"}),
            )
            .unwrap();
        assert!(!updated.config.is_first_run());
        assert!(place.folder.path().join("shared").is_dir());
        let file = place.file("farandole-manager.yaml");
        assert!(
            file.contains("version: 3") && file.ends_with("shared_storage_path: shared\n"),
            "{file}"
        );
        let (config, _) = program::load(&[], &BTreeMap::new(), place.folder.path()).unwrap();
        assert_eq!(
            config.shared_storage_path,
            updated.config.shared_storage_path
        );
    }

    #[test]
    fn what_flags_say_stays_in_force_and_out_of_the_file() {
        let place = place(
            Some("worker_timeout: 5m\n"),
            &["--manager-name=flag", "--worker-timeout=9m"],
        );
        let sent = change::shown(&place.config).unwrap();
        place.update(&sent).unwrap();
        assert_eq!(place.file("flamenco-manager.yaml"), "worker_timeout: 5m\n");
        let updated = place.update(&json!({"worker_timeout": "7m"})).unwrap();
        assert_eq!(updated.config.worker_timeout, place.config.worker_timeout);
        assert_eq!(
            updated.aside.overridden,
            ["worker_timeout (flag --worker-timeout)"]
        );
        assert_eq!(
            place.file("flamenco-manager.yaml"),
            "worker_timeout: 7m0s\n"
        );
    }

    #[test]
    fn a_password_survives_its_placeholder_and_a_hand_that_edited_the_file_is_heard() {
        let place = place(Some("mqtt: {client: {password: hunter2}}\n"), &[]);
        let by_hand = "mqtt: {client: {password: other}}\nmanager_name: hand\n";
        fs::write(place.folder.path().join("flamenco-manager.yaml"), by_hand).unwrap();
        let mut sent = change::shown(&place.config).unwrap();
        sent["mqtt"]["client"]["clientID"] = json!("me");
        sent.as_object_mut().unwrap().remove("manager_name");
        let updated = place.update(&sent).unwrap();
        assert_eq!(updated.config.mqtt.client.password, "other");
        assert_eq!(updated.config.mqtt.client.client_id, "me");
        assert_eq!(updated.config.manager_name, "hand");
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let file = "manager_name: one\n";
        let place = place(Some(file), &[]);
        for sent in [
            json!({"manager_name": "two", "worker_timeout": "soon"}),
            json!({"manager_name": "two", "shared_storage_path": "flamenco-manager.yaml"}),
        ] {
            place.update_as(Sender::SetupAssistant, &sent).unwrap_err();
            assert_eq!(place.file("flamenco-manager.yaml"), file);
        }
        fs::write(place.folder.path().join("flamenco-manager.yaml"), "a: [").unwrap();
        let error = place.update(&json!({"manager_name": "two"})).unwrap_err();
        assert!(matches!(error, UpdateError::FileBroken(_)));
    }

    #[test]
    fn what_names_programs_and_files_is_not_taken_and_named() {
        let place = place(Some("shared_storage_path: shared\n"), &[]);
        let sent = json!({
            "manager_name": "two",
            "addon": "/etc/shadow",
            "variables": {"blender": {"values": [{"platform": "linux", "value": "/bin/sh"}]}},
        });
        for sender in [Sender::Client, Sender::SetupAssistant] {
            let error = place.update_as(sender, &sent).unwrap_err().to_string();
            assert!(error.contains("addon, variables"), "{error}");
        }
        let storage = json!({"shared_storage_path": "other", "listen": null});
        let error = place
            .update_as(Sender::SetupAssistant, &storage)
            .unwrap_err();
        assert!(matches!(error, UpdateError::NotOverHttp(_)));
        assert_eq!(
            place.file("flamenco-manager.yaml"),
            "shared_storage_path: shared\n"
        );
    }

    #[test]
    fn the_setup_assistant_sets_what_is_not_set_yet_and_nothing_else() {
        let place = place(None, &[]);
        let sent = json!({"shared_storage_path": "shared", "addon": "/etc/shadow"});
        let error = place.update_as(Sender::SetupAssistant, &sent).unwrap_err();
        assert!(matches!(&error, UpdateError::NotOverHttp(keys) if keys == "addon"));
        let storage = json!({"shared_storage_path": "shared"});
        let error = place.update(&storage).unwrap_err();
        assert!(matches!(error, UpdateError::NotOverHttp(_)));
        place.update_as(Sender::SetupAssistant, &storage).unwrap();
    }

    #[test]
    fn a_password_is_for_the_broker_that_it_was_stored_for() {
        let with_password = place(Some("mqtt: {client: {password: hunter2}}\n"), &[]);
        let sent = json!({"mqtt": {"client": {"broker": "mqtt://other:1883"}}});
        let error = with_password.update(&sent).unwrap_err();
        assert!(matches!(error, UpdateError::PasswordOfAnotherBroker));
        place(None, &[]).update(&sent).unwrap();
    }
}
