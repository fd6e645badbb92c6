//! What the Manager can be told.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use farandole_settings::{Key, Kind, Loaded, Program, SettingsError};

use super::types::Config;

const KEYS: &[Key] = &[
    Key::new(
        "_meta.version",
        Kind::Int,
        "3",
        "Version of the configuration file's format; only 3 is understood",
    ),
    Key::new(
        "manager_name",
        Kind::Text,
        "Farandole",
        "Name of the Manager, as clients show it to people",
    ),
    Key::new(
        "farm",
        Kind::Text,
        "",
        "Name of the farm, for several farms in one network: Workers that search find only Managers of their own farm",
    ),
    Key::new(
        "database",
        Kind::Path,
        "farandole-manager.sqlite",
        "The database file",
    ),
    Key::new(
        "database_check_period",
        Kind::Duration,
        "10m0s",
        "How often the database file is checked for damage; 0 never",
    ),
    Key::new(
        "listen",
        Kind::Text,
        ":8080",
        "Where the page and the API are served, as host:port, or :port for all addresses of this host",
    ),
    Key::new(
        "autodiscoverable",
        Kind::Bool,
        "true",
        "Whether Workers of the same network find this Manager by themselves, by SSDP (1900/udp, multicast)",
    ),
    Key::new(
        "local_manager_storage_path",
        Kind::Path,
        "farandole-manager-storage",
        "Folder of the Manager's own, for task logs and pictures of what was rendered",
    ),
    Key::new(
        "shared_storage_path",
        Kind::Path,
        "",
        "Folder on the storage that the Manager and all Workers share; without one the farm is not set up yet",
    ),
    Key::new(
        "shaman.enabled",
        Kind::Bool,
        "true",
        "Whether clients can upload the files of a job to the Shaman storage, in the shared folder",
    ),
    Key::new(
        "shaman.garbageCollect.period",
        Kind::Duration,
        "24h0m0s",
        "How often files of the Shaman storage that no job uses are looked for; 0 never",
    ),
    Key::new(
        "shaman.garbageCollect.maxAge",
        Kind::Duration,
        "744h0m0s",
        "Files of the Shaman storage that no job uses are removed when unused for so long",
    ),
    Key::new(
        "task_timeout",
        Kind::Duration,
        "10m0s",
        "A running task that nothing was heard of for so long is given to another Worker; 0 never",
    ),
    Key::new(
        "worker_timeout",
        Kind::Duration,
        "1m0s",
        "A Worker that was silent for so long is given up, and its task goes to another; 0 never",
    ),
    Key::new(
        "ephemeral_worker_timeout",
        Kind::Duration,
        "10m0s",
        "An ephemeral Worker that is offline or silent for so long is forgotten; 0 never",
    ),
    Key::new(
        "blocklist_threshold",
        Kind::Int,
        "3",
        "After so many failed tasks of one type, a Worker gets no more tasks of that type from that job; 0 never",
    ),
    Key::new(
        "task_fail_after_softfail_count",
        Kind::Int,
        "3",
        "How many Workers must have failed at a task before it counts as failed",
    ),
    Key::new(
        "mqtt.client.enabled",
        Kind::Bool,
        "false",
        "Whether the farm's events are sent to an MQTT broker",
    ),
    Key::new(
        "mqtt.client.broker",
        Kind::Text,
        "",
        "URL of the MQTT broker, such as mqtt://broker:1883",
    ),
    Key::new(
        "mqtt.client.clientID",
        Kind::Text,
        "flamenco",
        "Name by which the broker knows this Manager",
    ),
    Key::new(
        "mqtt.client.topic_prefix",
        Kind::Text,
        "flamenco",
        "What all topics begin with",
    ),
    Key::new(
        "mqtt.client.username",
        Kind::Text,
        "",
        "User name for the broker",
    ),
    Key::new(
        "mqtt.client.password",
        Kind::Text,
        "",
        "Password for the broker",
    )
    .secret(),
    Key::new(
        "variables",
        Kind::Yaml,
        "{}",
        "Values per platform and audience that stand for {name} in job types and paths, such as where Blender is",
    ),
    Key::new(
        "addon",
        Kind::Path,
        "",
        "Zip file of the Blender add-on, served at /flamenco-addon.zip; without one a page there says where it is found",
    ),
    Key::new(
        "compatible_version",
        Kind::Text,
        "3.8.5",
        "Version of Flamenco that clients are told as shortversion; the Blender add-on compares it with its own",
    ),
    Key::new(
        "script_time_limit",
        Kind::Duration,
        "10s",
        "How long the script of a job type may run",
    ),
    Key::new(
        "script_memory_limit",
        Kind::Int,
        "1024",
        "How much memory the script of a job type may use, in MiB",
    ),
    Key::new(
        "request_body_limit",
        Kind::Int,
        "100",
        "How large the body of a request to the API may be, in MiB",
    ),
    Key::new(
        "http_threads",
        Kind::Int,
        "2",
        "How many threads serve HTTP",
    ),
    Key::new(
        "upload_limit",
        Kind::Text,
        "50GiB",
        "How large an uploaded file may be, such as 500MiB",
    ),
    Key::new(
        "upload_timeout",
        Kind::Duration,
        "24h0m0s",
        "How long an upload that was cut off is kept, so that it can go on",
    ),
    Key::new(
        "reader_threads",
        Kind::Int,
        "2",
        "How many threads read the database for people who look at the farm",
    ),
    Key::new(
        "log_level",
        Kind::Text,
        "info",
        "What is logged: error, warn, info, debug, trace, or a filter",
    ),
    Key::new(
        "log_format",
        Kind::Text,
        "text",
        "How it is logged: text or json",
    ),
];

/// What is read once, when the Manager starts. All else is in force as soon as it is written.
pub const AFTER_RESTART: &[&str] = &[
    "farm",
    "database",
    "listen",
    "autodiscoverable",
    "local_manager_storage_path",
    "mqtt.client.enabled",
    "mqtt.client.broker",
    "mqtt.client.clientID",
    "mqtt.client.topic_prefix",
    "mqtt.client.username",
    "mqtt.client.password",
    "http_threads",
    "reader_threads",
    "log_level",
    "log_format",
];

const EXAMPLES: &str = "\
Examples:
  farandole-manager --shared-storage-path /mnt/farm
      Manage a farm whose Workers share /mnt/farm.
  farandole-manager --data-dir /var/lib/farandole --listen :8081
      Keep database, logs and configuration in one folder, on another port.
  FARANDOLE_WORKER_TIMEOUT=30s farandole-manager --print-config
      Show what would be in force, and where each value comes from.
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

/// Whether a change of this key waits for the Manager's next start.
pub(super) fn is_after_restart(path: &str) -> bool {
    AFTER_RESTART.contains(&path)
}

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
                "upload_limit" => "1GiB",
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
                    farandole_settings::Layer::Default,
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
    fn what_waits_for_a_restart_is_a_key() {
        for path in AFTER_RESTART {
            assert!(KEYS.iter().any(|key| key.path == *path), "{path}");
        }
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
