//! What a Worker can be told.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use farandole_settings::{Key, Kind, Loaded, Program, SettingsError};

use super::types::Config;

const KEYS: &[Key] = &[
    Key::new(
        "worker_name",
        Kind::Text,
        "",
        "Name of this Worker, as the Manager shows it; without one FLAMENCO_WORKER_NAME, else the host's name",
    ),
    Key::new(
        "manager_url",
        Kind::Text,
        "",
        "URL of the Manager, such as http://render:8080; without one it is searched in the network by SSDP (1900/udp, multicast)",
    ),
    Key::new(
        "farm",
        Kind::Text,
        "",
        "Name of the farm, for several farms in one network: when searching, only Managers of this farm are taken",
    ),
    Key::new(
        "task_types",
        Kind::List,
        "[blender, ffmpeg, file-management, misc]",
        "The types of task that this Worker takes",
    ),
    Key::new(
        "restart_exit_code",
        Kind::Int,
        "0",
        "The exit code by which this Worker asks whoever supervises it for a restart; 0 if nobody would restart it",
    ),
    Key::new(
        "oom_score_adjust",
        Kind::Int,
        "",
        "-1000 to 1000, for the programs that tasks run: the higher, the sooner Linux ends them when memory runs out",
    ),
    Key::new(
        "ephemeral",
        Kind::Bool,
        "false",
        "Whether the Manager may forget this Worker when it is gone for long; meant for containers",
    ),
    Key::new(
        "task_user",
        Kind::Text,
        "",
        "The user that the programs of tasks run as, so that no task can read the Worker's credentials: a name or a \
         number; without one the Worker's own. It takes root, or CAP_SETUID, CAP_SETGID and CAP_KILL",
    ),
    Key::new(
        "blender_scripts",
        Kind::Bool,
        "true",
        "Whether Blender runs the scripts in .blend files (-y), as the jobs of Flamenco ask for; without, drivers and rigs \
         that need them do nothing",
    ),
    Key::new(
        "heartbeat",
        Kind::Duration,
        "10s",
        "How often the Manager is asked whether the running task may go on; at least 100ms",
    ),
    Key::new(
        "task_timeout",
        Kind::Duration,
        "10m0s",
        "A program that writes nothing, finishes no frame and uses no processor time for so long is ended, and its task \
         fails; 0 never. Only with a Manager of Flamenco's: a Farandole Manager has a key of this name itself",
    ),
    Key::new(
        "task_exit_timeout",
        Kind::Duration,
        "1m0s",
        "A program that has saved all of its frames, but has not ended for so long, is ended, and its task goes on as if \
         it had; 0 never",
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

const EXAMPLES: &str = "\
Examples:
  farandole-worker
      Find a Manager in the network and work for it.
  farandole-worker --manager http://render:8080 --task-types blender,misc
      Work for this Manager, on some types of task only.
  farandole-worker --find-manager
      Say where the Manager is, and end.";

/// The Worker, as a program that is configured.
pub const PROGRAM: Program = Program {
    name: "farandole-worker",
    about: "Renders what a Farandole or Flamenco Manager hands out",
    version: env!("CARGO_PKG_VERSION"),
    keys: KEYS,
    files: &["farandole-worker.yaml", "flamenco-worker.yaml"],
    actions: &[
        (
            "flush",
            "Only deliver what an earlier run could not, then end",
        ),
        ("find-manager", "Only search the Manager and print its URL"),
        (
            "check-health",
            "Say whether the Worker with this data directory is well, and end: 0 if so, else 1",
        ),
        ("quiet", "Log warnings and errors only"),
        ("debug", "Log more"),
        ("trace", "Log everything"),
    ],
    examples: EXAMPLES,
};

/// Reads the configuration from all layers.
pub fn load(
    args: &[OsString],
    env: &BTreeMap<String, String>,
    working_dir: &Path,
) -> Result<(Config, Loaded), SettingsError> {
    let set = |name: &str| env.get(name).filter(|text| !text.trim().is_empty());
    let home = set("FLAMENCO_HOME").map_or_else(|| working_dir.to_owned(), PathBuf::from);
    let loaded = farandole_settings::load(PROGRAM, args, env, &home)?;
    let mut config: Config = loaded.read()?;
    if config.worker_name.is_empty()
        && let Some(name) = set("FLAMENCO_WORKER_NAME")
    {
        name.trim().clone_into(&mut config.worker_name);
    }
    if config.heartbeat.0 < Duration::from_millis(100) {
        return Err(SettingsError::Unusable(
            "heartbeat must be at least 100ms".to_owned(),
        ));
    }
    let level = [("trace", "trace"), ("debug", "debug"), ("quiet", "warn")];
    if let Some((_, level)) = level
        .into_iter()
        .find(|(action, _)| loaded.asked_for(action))
    {
        level.clone_into(&mut config.log_level);
    }
    Ok((config, loaded))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        file: &str,
        env: &[(&str, &str)],
        args: &[&str],
    ) -> Result<(Config, Loaded), SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("flamenco-worker.yaml"), file).unwrap();
        let env = env
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        load(&args, &env, folder.path())
    }

    #[test]
    fn a_file_of_the_reference_is_read() {
        let file = "worker_name: anna\nmanager_url: http://m:8080\ntask_types: [blender]\nrestart_exit_code: 47\noom_score_adjust: 500";
        let (config, _) = read(file, &[], &[]).unwrap();
        assert_eq!(
            (config.worker_name.as_str(), config.manager_url.as_str()),
            ("anna", "http://m:8080")
        );
        assert_eq!(
            (
                config.task_types,
                config.restart_exit_code,
                config.oom_score_adjust
            ),
            (vec!["blender".to_owned()], 47, Some(500))
        );
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let (file, env) = (
            "manager_url: http://file",
            [("FARANDOLE_MANAGER", "http://environment")],
        );
        assert_eq!(read(file, &[], &[]).unwrap().0.manager_url, "http://file");
        assert_eq!(
            read(file, &env, &[]).unwrap().0.manager_url,
            "http://environment"
        );
        assert_eq!(
            read(file, &env, &["--manager=http://flag"])
                .unwrap()
                .0
                .manager_url,
            "http://flag"
        );
    }

    #[test]
    fn the_names_that_the_reference_takes_from_the_environment_are_honoured() {
        let env = [
            ("FLAMENCO_WORKER_NAME", " bert "),
            ("FLAMENCO_HOME", "/home/of/it"),
        ];
        let (config, loaded) = load(
            &[],
            &env.map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
            Path::new("/elsewhere"),
        )
        .unwrap();
        assert_eq!(
            (config.worker_name.as_str(), loaded.data_dir.as_path()),
            ("bert", Path::new("/home/of/it"))
        );
        assert_eq!(
            read("worker_name: anna", &env[..1], &[])
                .unwrap()
                .0
                .worker_name,
            "anna"
        );
    }

    #[test]
    fn every_key_can_be_given_in_every_layer() {
        for key in KEYS {
            let value = match key.path {
                "log_format" => "json",
                _ => match key.kind {
                    Kind::Text | Kind::Path => "x",
                    Kind::Bool => "no",
                    Kind::Int => "3",
                    Kind::Duration => "7s",
                    Kind::List | Kind::Yaml => "[a]",
                },
            };
            for (layer, found) in [
                ("file", read(&format!("{}: {value}", key.path), &[], &[])),
                ("environment", read("", &[(&key.variable(), value)], &[])),
                (
                    "flag",
                    read("", &[], &[&format!("--{}={value}", key.flag())]),
                ),
            ] {
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
    fn what_makes_no_sense_is_refused() {
        assert!(
            read("heartbeat: 10", &[], &[])
                .unwrap_err()
                .to_string()
                .contains("heartbeat must be a duration")
        );
        assert!(
            read("heartbeat: 1ms", &[], &[])
                .unwrap_err()
                .to_string()
                .contains("at least 100ms")
        );
        assert!(read("restart_exit_code: often", &[], &[]).is_err());
        assert!(read("", &[], &["--no-such-flag"]).is_err());
    }
}
