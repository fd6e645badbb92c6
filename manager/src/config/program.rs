//! The Manager as a program that is configured: its command line, and how its layers become a configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use farandole_settings::{Loaded, Program, SettingsError};

use super::keys::KEYS;
use super::types::Config;

const EXAMPLES: &str = "\
Examples:
  farandole-manager --shared-storage-path /mnt/farm
      Manage a farm whose Workers share /mnt/farm.
  farandole-manager --data-dir /var/lib/farandole --listen :8081
      Keep database, logs and configuration in one folder, on another port.
  FARANDOLE_WORKER_TIMEOUT=30s farandole-manager --print-config
      Show what would be in force, and where each value comes from.
  farandole-manager status --data-dir /var/lib/farandole
      Ask the Manager that runs with this data directory how it is.
  farandole-manager import-flamenco FILE
      Take over a Flamenco Manager's database and configuration; more with --help.";

/// The Manager, as a program that is configured.
pub const PROGRAM: Program = Program {
    name: "farandole-manager",
    about: "The Manager of the Farandole render farm",
    version: env!("CARGO_PKG_VERSION"),
    keys: KEYS,
    files: &["farandole-manager.yaml", "flamenco-manager.yaml"],
    actions: &[
        (
            "check-health",
            "Ask the Manager that runs on this host whether it is well, and end: 0 if so, else 1",
        ),
        (
            "shaman-gc-show",
            "List the files of the Shaman storage that are older than shaman.garbageCollect.maxAge and that no \
             checkout uses, remove nothing, and end",
        ),
        (
            "shaman-gc-delete",
            "Remove these files at once, list them, and end; also while a Manager runs",
        ),
    ],
    examples: EXAMPLES,
};

/// Reads the configuration from all layers.
pub fn load(
    args: &[OsString],
    env: &BTreeMap<String, String>,
    working_dir: &Path,
) -> Result<(Config, Loaded), SettingsError> {
    let loaded = farandole_settings::load(PROGRAM, args, env, working_dir)?;
    let config = of(&loaded)?;
    Ok((config, loaded))
}

/// The configuration that these layers make.
pub(super) fn of(loaded: &Loaded) -> Result<Config, SettingsError> {
    let config: Config = loaded.read()?;
    config
        .checked(&loaded.data_dir)
        .map_err(SettingsError::Unusable)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::Duration;

    use farandole_settings::{Kind, Layer};

    use super::*;

    fn read(
        file: &str,
        env: &[(&str, &str)],
        args: &[&str],
    ) -> Result<(Config, Loaded), SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("flamenco-manager.yaml"), file).unwrap();
        let env = env
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        load(&args, &env, folder.path())
    }

    #[test]
    fn without_anything_the_defaults_hold_and_it_is_a_first_run() {
        let (config, loaded) = read("", &[], &[]).unwrap();
        assert!(config.is_first_run() && !config.shaman_enabled());
        assert_eq!(config.worker_timeout.0, Duration::from_mins(1));
        assert_eq!(
            config.database,
            loaded.data_dir.join("farandole-manager.sqlite")
        );
        assert!(
            config.variables.contains_key("blender")
                && config.variables.contains_key("blenderArgs")
        );
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let file = "_meta: {version: 3}\nmanager_name: file\nlisten: ':1'\nworker_timeout: 1m";
        let env = [
            ("FARANDOLE_MANAGER_NAME", "environment"),
            ("FARANDOLE_LISTEN", ":2"),
        ];
        let (config, loaded) = read(file, &env, &["--listen=:3"]).unwrap();
        assert_eq!(
            (config.manager_name.as_str(), config.listen.as_str()),
            ("environment", ":3")
        );
        let printed = loaded.print();
        assert!(printed.contains("listen: :3 # flag --listen"), "{printed}");
        assert!(
            printed.contains("manager_name: environment # variable FARANDOLE_MANAGER_NAME"),
            "{printed}"
        );
    }

    #[test]
    fn every_key_can_be_given_in_every_layer() {
        for key in KEYS {
            let value = match key.kind {
                Kind::Text | Kind::Path => "x",
                Kind::Bool => "no",
                Kind::Int => "3",
                Kind::Duration => "7s",
                Kind::List => "a,b",
                Kind::Yaml => "{v: {values: [{platform: all, value: x}]}}",
            };
            let (file, env, flag);
            let value = match key.path {
                "log_format" => "json",
                "listen" => "':1'",
                "upload_limit" | "task_log_limit" => "1GiB",
                "findings" => "engine,scene",
                _ => value,
            };
            let levels: Vec<&str> = key.path.split('.').collect();
            let mut opening = String::new();
            for (depth, name) in levels.iter().enumerate() {
                opening += "\n";
                opening += &"  ".repeat(depth);
                opening += name;
                opening += ":";
            }
            file = read(&format!("{opening} {value}"), &[], &[]);
            let value = value.trim_matches('\'');
            env = read("", &[(&key.variable(), value)], &[]);
            flag = read("", &[], &[&format!("--{}={value}", key.flag())]);
            for (layer, found) in [("file", file), ("environment", env), ("flag", flag)] {
                let (_, loaded) =
                    found.unwrap_or_else(|error| panic!("{} by {layer}: {error}", key.path));
                assert_ne!(
                    loaded.origin(key.path),
                    Layer::Default,
                    "{} by {layer}",
                    key.path
                );
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let wrong = |file: &str, env: &[(&str, &str)], args: &[&str]| {
            read(file, env, args).unwrap_err().to_string()
        };
        let error = wrong("worker_timeout: 600", &[], &[]);
        assert!(
            error.contains("flamenco-manager.yaml: worker_timeout must be a duration"),
            "{error}"
        );
        let error = wrong("", &[("FARANDOLE_AUTODISCOVERABLE", "maybe")], &[]);
        assert!(
            error.contains(
                "variable FARANDOLE_AUTODISCOVERABLE: autodiscoverable must be true or false"
            ),
            "{error}"
        );
        let error = wrong("", &[], &["--blocklist-threshold=many"]);
        assert!(
            error
                .contains("flag --blocklist-threshold: blocklist_threshold must be a whole number"),
            "{error}"
        );
        assert!(wrong("_meta: {version: 2}", &[], &[]).contains("version 2"));
        assert!(wrong("- a list", &[], &[]).contains("cannot be understood"));
        assert!(wrong("a: [", &[], &[]).contains("cannot be understood"));
        assert!(wrong("variables: {x: 5}", &[], &[]).contains("cannot be used"));
    }

    #[test]
    fn an_unknown_key_is_told_with_the_nearest_known_one() {
        let (_, loaded) = read(
            "worker_timout: 1m\nshaman: {enable: yes}",
            &[("FARANDOLE_LISTN", "x")],
            &[],
        )
        .unwrap();
        let warnings = loaded.warnings.join("\n");
        assert!(
            warnings.contains("worker_timout; did you mean worker_timeout?"),
            "{warnings}"
        );
        assert!(
            warnings.contains("shaman.enable; did you mean shaman.enabled?"),
            "{warnings}"
        );
        assert!(
            warnings.contains("FARANDOLE_LISTN; did you mean FARANDOLE_LISTEN?"),
            "{warnings}"
        );
    }

    #[test]
    fn variables_of_other_programs_are_no_mistakes() {
        let theirs = [
            "FARANDOLE_MANAGER",
            "FARANDOLE_WORKER_NAME",
            "FARANDOLE_EPHEMERAL",
        ];
        let env = theirs.map(|name| (name, "x"));
        let (_, loaded) = read("", &env, &[]).unwrap();
        assert_eq!(loaded.warnings, [""; 0]);
        for key in PROGRAM.keys {
            let variable = key.variable();
            assert!(
                farandole_settings::FARM_VARIABLES.contains(&variable.as_str()),
                "{variable}"
            );
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let (config, loaded) = read("mqtt: {client: {password: hunter2}}", &[], &[]).unwrap();
        assert_eq!(config.mqtt.client.password, "hunter2");
        assert!(!loaded.print().contains("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn paths_are_relative_to_the_data_directory() {
        let (config, _) = read(
            "",
            &[],
            &[
                "--data-dir=/data",
                "--shared-storage-path=jobs",
                "--database=/other/x.sqlite",
            ],
        )
        .unwrap();
        assert_eq!(
            config.shared_storage_path,
            Some(PathBuf::from("/data/jobs"))
        );
        assert_eq!(config.database, PathBuf::from("/other/x.sqlite"));
    }

    #[test]
    fn variables_of_a_file_replace_the_default_of_their_name_only() {
        let file = "variables: {blender: {values: [{platform: linux, value: /opt/blender}]}, s: {is_twoway: yes, values: []}}";
        let (config, _) = read(file, &[], &[]).unwrap();
        assert_eq!(config.variables["blender"].values[0].value, "/opt/blender");
        assert!(config.variables["s"].is_twoway);
        assert!(config.variables.contains_key("blenderArgs"));
    }
}
