//! Secrets from places that other users do not see: a file that a variable names, as containers have it, or a credential
//! of systemd. What a flag says is shown by `ps` to all users of the host, and what a variable says to the own user's
//! programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::{Layer, SettingsError};
use crate::keys::Key;
use crate::layers::Loaded;
use crate::variables::FARM_VARIABLES;

/// Where systemd says that the credentials of a service are.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// The end of the name of a variable that names a file with the value.
const FILE: &str = "_FILE";

impl Key {
    /// The variable that names a file with the value of a secret key.
    pub fn file_variable(&self) -> String {
        format!("{}{FILE}", self.variable())
    }

    /// How a secret is best given; nothing for other keys.
    pub(crate) fn advice(&self) -> Option<String> {
        self.secret.then(|| {
            format!(
                "better in a file that {} names, or as the systemd credential {}: a flag shows in the process list",
                self.file_variable(),
                self.path
            )
        })
    }
}

/// Whether this variable names a file with the value of a variable that some program of the farm reads.
pub(crate) fn names_a_file(variable: &str) -> bool {
    variable
        .strip_suffix(FILE)
        .is_some_and(|variable| FARM_VARIABLES.contains(&variable))
}

impl Loaded {
    /// Takes the secrets that systemd gives.
    pub(crate) fn read_credentials(
        &mut self,
        env: &BTreeMap<String, String>,
    ) -> Result<(), SettingsError> {
        let Some(folder) = env.get(CREDENTIALS).filter(|folder| !folder.is_empty()) else {
            return Ok(());
        };
        for key in self.program.keys.iter().filter(|key| key.secret) {
            let path = Path::new(folder).join(key.path);
            if path.exists() {
                let origin = format!("{CREDENTIALS} ({})", key.path);
                self.read_secret(key, &path, origin)?;
            }
        }
        Ok(())
    }

    /// Takes the secrets in files that variables name.
    pub(crate) fn read_secret_files(
        &mut self,
        env: &BTreeMap<String, String>,
    ) -> Result<(), SettingsError> {
        let given = |name: &str| env.get(name).filter(|text| !text.is_empty());
        for key in self.program.keys.iter().filter(|key| key.secret) {
            let name = key.file_variable();
            let Some(path) = given(&name) else { continue };
            if given(&key.variable()).is_some() {
                let both = format!(
                    "{} and {name} are both set; set one of them",
                    key.variable()
                );
                return Err(SettingsError::Unusable(both));
            }
            let path = self.data_dir.join(path);
            self.read_secret(key, &path, name)?;
        }
        Ok(())
    }

    fn read_secret(&mut self, key: &Key, path: &Path, origin: String) -> Result<(), SettingsError> {
        let text = fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        // Editors and `echo` end files with a line break, which is no part of the secret.
        let text = text.trim_end_matches(['\r', '\n']);
        self.set_text(key, text, Layer::Environment(origin))
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::keys::{Kind, Program};
    use crate::load;

    const PASSWORD: &str = "mqtt.client.password";
    const VARIABLE: &str = "FARANDOLE_MQTT_CLIENT_PASSWORD";

    const PROGRAM: Program = Program {
        name: "it",
        about: "What it is",
        version: "1",
        keys: &[
            Key::new(PASSWORD, Kind::Text, "", "Password").secret(),
            Key::new("listen", Kind::Text, "", "Where"),
        ],
        files: &["it.yaml"],
        actions: &[],
        examples: "",
    };

    struct Given {
        folder: tempfile::TempDir,
        env: BTreeMap<String, String>,
        args: Vec<OsString>,
    }

    impl Given {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let config = "mqtt: {client: {password: of the file}}";
            fs::write(folder.path().join("it.yaml"), config).unwrap();
            Self {
                folder,
                env: BTreeMap::new(),
                args: Vec::new(),
            }
        }

        fn write(&self, name: &str, text: &str) -> String {
            let path = self.folder.path().join(name);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        }

        fn set(&mut self, name: &str, value: &str) {
            self.env.insert(name.to_owned(), value.to_owned());
        }

        fn load(&self) -> Result<Loaded, SettingsError> {
            load(PROGRAM, &self.args, &self.env, self.folder.path())
        }

        #[track_caller]
        fn check(&self, expected: &str) -> Loaded {
            let loaded = self.load().unwrap();
            let (value, _) = &loaded.values[PASSWORD];
            assert_eq!(value.as_str(), Some(expected));
            assert!(!loaded.print().contains(expected));
            loaded
        }
    }

    #[test]
    fn each_place_of_a_secret_wins_over_the_one_before() {
        let mut given = Given::new();
        given.check("of the file");
        given.write(PASSWORD, "of systemd\n");
        given.set(CREDENTIALS, &given.folder.path().display().to_string());
        given.check("of systemd");
        let file = given.write("secret", " of a file of its own \r\n");
        given.set(&format!("{VARIABLE}{FILE}"), &file);
        let loaded = given.check("of a file of its own");
        let origin = loaded.origin(PASSWORD).to_string();
        assert_eq!(origin, format!("variable {VARIABLE}{FILE}"));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        given.args.push("--mqtt-client-password=of a flag".into());
        let loaded = given.check("of a flag");
        let [warning] = &loaded.warnings[..] else {
            panic!("{:?}", loaded.warnings);
        };
        assert!(
            warning.contains("process list") && !warning.contains("of a flag"),
            "{warning}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_and_two_places_at_once_are_errors() {
        let mut given = Given::new();
        let name = format!("{VARIABLE}{FILE}");
        given.set(&name, "/not/there");
        let error = given.load().unwrap_err().to_string();
        assert!(error.contains("/not/there"), "{error}");
        given.set(VARIABLE, "a secret");
        let error = given.load().unwrap_err().to_string();
        assert!(
            error.contains(&name) && !error.contains("a secret"),
            "{error}"
        );
        given.set(&name, "");
        given.check("a secret");
    }

    #[test]
    fn only_secrets_have_files_of_their_own() {
        let mut given = Given::new();
        given.set("FARANDOLE_LISTEN_FILE", "/not/there");
        let loaded = given.load().unwrap();
        assert!(!loaded.values.contains_key("listen"));
    }
}
