//! A farm in containers, in a Compose project of its own, removed with the test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use farandole_tests::harness::{Api, binary};
use tempfile::TempDir;
use uuid::Uuid;

use super::docker::{compose, docker, root, said};

/// A farm in containers.
pub(crate) struct Farm {
    pub(crate) folder: TempDir,
    project: String,
    port: u16,
    settings: Vec<(&'static str, &'static str)>,
}

impl Farm {
    /// Starts a Manager and so many Workers, with these settings in the environment.
    #[track_caller]
    pub(crate) fn up(workers: u32, settings: &[(&'static str, &'static str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let farm = Self {
            folder: tempfile::tempdir().unwrap(),
            project: format!("farandole-test-{}-{number}", std::process::id()),
            port: free_port(),
            settings: settings.to_vec(),
        };
        farm.scale(workers);
        farm.api().wait_until_ready();
        farm
    }

    /// Has so many Workers.
    #[track_caller]
    pub(crate) fn scale(&self, workers: u32) {
        let scale = format!("worker={workers}");
        self.compose(&["up", "-d", "--no-recreate", "--scale", &scale]);
    }

    /// Runs a Compose command that has to succeed. Gives what it printed.
    #[track_caller]
    pub(crate) fn compose(&self, args: &[&str]) -> String {
        let output = self.try_compose(args);
        assert!(
            output.status.success(),
            "compose {args:?}: {}",
            said(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn try_compose(&self, args: &[&str]) -> Output {
        let mut command = compose();
        command
            .args(["--project-name", &self.project, "--file"])
            .arg(root().join("docker-compose.yml"))
            .args(args)
            .env("FARANDOLE_PORT", format!("127.0.0.1:{}", self.port))
            .envs(self.settings.iter().copied());
        command.output().unwrap()
    }

    /// The containers of a service that run.
    pub(crate) fn containers(&self, service: &str) -> Vec<String> {
        let ids = self.compose(&["ps", "-q", service]);
        let running = |id: &&str| docker(["inspect", "-f", "{{.State.Running}}", id]) == "true";
        ids.lines().filter(running).map(str::to_owned).collect()
    }

    /// The network that all of them are in.
    pub(crate) fn network(&self) -> String {
        format!("{}_default", self.project)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The Manager's interface, from outside.
    pub(crate) fn api(&self) -> Api {
        Api::new(&self.url())
    }

    /// Runs `farandole` on this side, outside of all containers. Gives what it printed.
    #[track_caller]
    pub(crate) fn farandole(&self, args: &[&str]) -> String {
        let mut command = Command::new(binary("farandole"));
        command.args(["--manager", &self.url()]).args(args);
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "farandole {args:?}: {}",
            said(&output)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A small animation, on this side.
    pub(crate) fn scene(&self) -> PathBuf {
        let scene = self.folder.path().join("dance.blend");
        let output = Command::new("blender")
            .args(["--background", "--factory-startup", "--python"])
            .arg(root().join("demo/scene.py"))
            .arg("--")
            .arg(&scene)
            .output()
            .unwrap();
        assert!(scene.is_file(), "no scene: {}", said(&output));
        scene
    }

    /// Uploads a file and has these frames rendered, a task for each. Gives the job's id.
    pub(crate) fn submit(&self, scene: &Path, frames: &str) -> String {
        let scene = scene.to_string_lossy();
        let chunks = "chunk_size=1";
        self.farandole(&[
            "submit", &scene, "--upload", "--frames", frames, "--set", chunks,
        ])
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.try_compose(&["logs", "--no-color", "--tail", "60"]);
            eprintln!("{}", said(&logs));
        }
        let down = ["down", "--volumes", "--remove-orphans", "--timeout", "10"];
        drop(self.try_compose(&down));
    }
}

/// A port that nobody listens at. It is below those that the system gives out by itself: one of them could be another
/// test's by the time the container starts, or while it is stopped.
fn free_port() -> u16 {
    loop {
        let port = 20_000 + u16::try_from(Uuid::new_v4().as_u128() % 10_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
