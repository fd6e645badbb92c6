//! A Manager under test.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::api::Api;
use super::binaries::binary;
use super::process::Process;
use super::wait::eventually;

/// How a Manager under test is started. Discovery is off unless a farm's name is given.
#[derive(Clone, Debug)]
pub struct ManagerOptions {
    /// Its data directory.
    pub data: PathBuf,
    /// Where frames go.
    pub storage: PathBuf,
    /// Further settings, as flags and values.
    pub flags: Vec<String>,
    /// Set to make it known by SSDP, under this farm's name.
    pub farm: Option<String>,
    /// Set to run it where its data directory is a disk of so many MiB of its own.
    pub disk: Option<u32>,
    /// Set to let it have only so many files open.
    pub open_files: Option<u32>,
}

impl ManagerOptions {
    /// A Manager with its data and storage below this folder.
    pub fn below(folder: &Path) -> Self {
        Self {
            data: folder.join("manager"),
            storage: folder.join("storage"),
            flags: Vec::new(),
            farm: None,
            disk: None,
            open_files: None,
        }
    }

    /// The same with one more setting.
    #[must_use]
    pub fn with(mut self, flag: &str, value: &str) -> Self {
        self.flags.push(format!("--{flag}={value}"));
        self
    }
}

/// A running Manager.
#[derive(Debug)]
pub struct Manager {
    /// Its process.
    pub process: Process,
    /// How it was started.
    pub options: ManagerOptions,
    port: u16,
}

impl Manager {
    /// Starts a Manager on whatever port it gets, and waits until it is ready. A port that was looked for before might
    /// be somebody else's by the time it listens.
    pub fn start(options: ManagerOptions) -> Self {
        Self::start_on(0, options)
    }

    /// Starts a Manager on this port, and waits until it is ready.
    pub fn start_on(port: u16, options: ManagerOptions) -> Self {
        std::fs::create_dir_all(&options.data).expect("a folder can be made");
        std::fs::create_dir_all(&options.storage).expect("a folder can be made");
        let mut command = command(&options);
        command
            .current_dir(&options.data)
            .env_remove("RUST_LOG")
            .arg(format!("--data-dir={}", options.data.display()))
            .arg(format!("--listen=127.0.0.1:{port}"))
            .arg(format!(
                "--shared-storage-path={}",
                options.storage.display()
            ))
            .arg(format!("--autodiscoverable={}", options.farm.is_some()))
            .args(options.farm.iter().map(|farm| format!("--farm={farm}")))
            .args(&options.flags);
        Self::run(command, options)
    }

    /// Starts a Manager with this configuration file, on whatever port it gets, and waits until it is ready. In the
    /// file `{dir}` stands for the folder, which is its data directory, and `{port}` for the port.
    pub fn start_configured(folder: &Path, configuration: &str) -> Self {
        let options = ManagerOptions {
            data: folder.to_owned(),
            ..ManagerOptions::below(folder)
        };
        let configuration = configuration
            .replace("{dir}", &folder.display().to_string())
            .replace("{port}", "0");
        std::fs::write(folder.join("flamenco-manager.yaml"), configuration)
            .expect("a file can be written");
        let mut command = command(&options);
        command
            .current_dir(folder)
            .env_remove("RUST_LOG")
            .arg(format!("--data-dir={}", folder.display()));
        Self::run(command, options)
    }

    /// Runs the program, and waits until it is ready.
    fn run(command: Command, options: ManagerOptions) -> Self {
        let process = Process::start("the manager", command, &options.data.join("manager.log"));
        let port = eventually("the manager listens", || port_in(&process.own_output()));
        let manager = Self {
            process,
            options,
            port,
        };
        manager.api().wait_until_ready();
        manager
    }

    /// Kills it at once, and starts it again on the same port.
    #[must_use]
    pub fn kill_and_restart(mut self) -> Self {
        self.process.kill();
        Self::start_on(self.port, self.options.clone())
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its interface.
    pub fn api(&self) -> Api {
        Api::new(&self.url())
    }
}

/// The port that a log says it listens on.
fn port_in(log: &str) -> Option<u16> {
    let (_, url) = log.split_once("listening on http://127.0.0.1:")?;
    url.split_once('/')?.0.parse().ok()
}

/// The program, in a mount namespace of its own if it gets a disk of its own.
fn command(options: &ManagerOptions) -> Command {
    let program = binary("farandole-manager");
    if let Some(limit) = options.open_files {
        let mut command = Command::new("sh");
        let script = r#"ulimit -n "$1" && shift && exec "$@""#;
        command.args(["-c", script, "sh", &limit.to_string()]);
        command.arg(program);
        return command;
    }
    let Some(size) = options.disk else {
        return Command::new(program);
    };
    let mut command = Command::new("unshare");
    let script = r#"mount -t tmpfs -o "size=$1m" none "$2" && cd "$2" && shift 2 && exec "$@""#;
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command
        .arg(size.to_string())
        .arg(&options.data)
        .arg(program);
    command
}
