//! A Worker under test.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::binaries::binary;
use super::process::Process;

/// How a Worker under test is started.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Its data directory.
    pub data: PathBuf,
    /// Its name.
    pub name: String,
    /// Its Manager; without one it searches.
    pub manager: Option<String>,
    /// Further settings, as flags and values.
    pub flags: Vec<String>,
    /// A folder that is another one for this Worker, an empty disk.
    pub own_disk: Option<PathBuf>,
    /// The folders in which it finds programs; without, those of the test.
    pub search_path: Option<String>,
    /// Further variables of its environment.
    pub variables: Vec<(String, String)>,
}

impl WorkerOptions {
    /// A Worker with its data below this folder.
    pub fn below(folder: &Path, name: &str, manager: &str) -> Self {
        Self {
            data: folder.join(name),
            name: name.to_owned(),
            manager: Some(manager.to_owned()),
            flags: Vec::new(),
            own_disk: None,
            search_path: None,
            variables: Vec::new(),
        }
    }

    /// The same where this folder is an empty disk for the Worker, as on a host that has not mounted the storage.
    #[must_use]
    pub fn with_own_disk(mut self, folder: &Path) -> Self {
        self.own_disk = Some(folder.to_owned());
        self
    }

    /// The same with other folders in which programs are found.
    #[must_use]
    pub fn with_search_path(mut self, path: &str) -> Self {
        self.search_path = Some(path.to_owned());
        self
    }

    /// The same with one more variable in its environment.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with one more setting, or one more action if there is no value.
    #[must_use]
    pub fn with(mut self, flag: &str, value: &str) -> Self {
        self.flags.push(match value {
            "" => format!("--{flag}"),
            value => format!("--{flag}={value}"),
        });
        self
    }
}

/// A running Worker.
#[derive(Debug)]
pub struct Worker {
    /// Its process.
    pub process: Process,
    /// How it was started.
    pub options: WorkerOptions,
}

impl Worker {
    /// Starts a Worker.
    pub fn start(options: WorkerOptions) -> Self {
        std::fs::create_dir_all(&options.data).expect("a folder can be made");
        let mut command = command(&options);
        if let Some(path) = &options.search_path {
            command.env("PATH", path);
        }
        command
            .envs(options.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&options.data)
            .env_remove("RUST_LOG")
            .arg(format!("--data-dir={}", options.data.display()))
            .arg(format!("--worker-name={}", options.name))
            .args(options.manager.iter().map(|url| format!("--manager={url}")))
            .args(&options.flags);
        let process = Process::start(&options.name, command, &options.data.join("worker.log"));
        Self { process, options }
    }

    /// Kills it at once, and starts it again with the same identity.
    #[must_use]
    pub fn kill_and_restart(mut self) -> Self {
        self.process.kill();
        Self::start(self.options.clone())
    }
}

/// The program, in a mount namespace of its own if it gets a disk of its own.
fn command(options: &WorkerOptions) -> Command {
    let program = binary("farandole-worker");
    let Some(folder) = &options.own_disk else {
        return Command::new(program);
    };
    let mut command = Command::new("unshare");
    let script = r#"mount -t tmpfs none "$1" && shift && exec "$@""#;
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command.arg(folder).arg(program);
    command
}
