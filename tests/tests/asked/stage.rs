//! A farm of one Worker, tiny files for it to render, and a person with the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use farandole_tests::harness::{Api, Manager, ManagerOptions, Worker, WorkerOptions, binary};
use serde_json::Value;
use tempfile::TempDir;

/// A Manager, a shared storage, and often a Worker.
pub(crate) struct Stage {
    pub(crate) storage: PathBuf,
    /// A folder that only this host has.
    pub(crate) home: PathBuf,
    _worker: Option<Worker>,
    manager: Manager,
    _folder: TempDir,
}

/// What the command line answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) errors: String,
}

impl Stage {
    /// Where nothing is rendered.
    pub(crate) fn empty() -> Self {
        Self::start(false)
    }

    pub(crate) fn with_worker() -> Self {
        Self::start(true)
    }

    fn start(has_worker: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manager = Manager::start(ManagerOptions::below(folder.path()));
        let worker = has_worker.then(|| {
            let options = WorkerOptions::below(folder.path(), "anna", &manager.url());
            Worker::start(options.with("heartbeat", "1s"))
        });
        let home = folder.path().join("home");
        fs::create_dir_all(&home).unwrap();
        Self {
            storage: manager.options.storage.clone(),
            home,
            _worker: worker,
            manager,
            _folder: folder,
        }
    }

    /// What a client would send to the Manager.
    pub(crate) fn api(&self) -> Api {
        self.manager.api()
    }

    /// Where the Manager is.
    pub(crate) fn url(&self) -> String {
        self.manager.url()
    }

    /// A file in the shared storage, made with `tests/scenes/plain.py`. `FOLDER` in the code is the file's folder.
    pub(crate) fn scene(&self, name: &str, options: &[&str], more: &str) -> PathBuf {
        make(&self.storage.join(name), options, more)
    }

    /// A file that only this host has.
    pub(crate) fn private_scene(&self, name: &str, options: &[&str], more: &str) -> PathBuf {
        make(&self.home.join(name), options, more)
    }

    /// What the command line says, without a terminal.
    pub(crate) fn farandole(&self, arguments: &[&str]) -> Said {
        let output = Command::new(binary("farandole"))
            .args(["--manager", &self.manager.url()])
            .args(arguments)
            .current_dir(&self.home)
            .output()
            .unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Submits a file, held, so that nothing is rendered.
    pub(crate) fn hold(&self, blend: &Path, arguments: &[&str]) -> Said {
        let blend = blend.to_str().unwrap();
        self.farandole(&[&["submit", blend, "--paused"], arguments].concat())
    }

    /// Submits a file that has to be accepted, and waits until it is rendered. The job.
    #[track_caller]
    pub(crate) fn render(&self, blend: &Path, arguments: &[&str]) -> Value {
        let blend = blend.to_str().unwrap();
        let said = self.farandole(&[&["submit", blend, "--watch"], arguments].concat());
        assert_eq!(said.code, 0, "{said:?}");
        self.job(&said)
    }

    /// The job that was submitted.
    pub(crate) fn job(&self, said: &Said) -> Value {
        let shown = self.farandole(&["job", said.out.trim(), "--json"]);
        serde_json::from_str(&shown.out).unwrap()
    }

    /// The files that `fetch` brings of a job, below a new folder.
    pub(crate) fn fetched(&self, job: &Value) -> Vec<String> {
        let id = job["id"].as_str().unwrap();
        let said = self.farandole(&["fetch", id, &format!("got-{id}"), "--json"]);
        assert_eq!(said.code, 0, "{said:?}");
        let fetched: Value = serde_json::from_str(&said.out).unwrap();
        let files = fetched["fetched"].as_array().unwrap().iter();
        let mut files: Vec<String> = files
            .map(|file| file.as_str().unwrap().to_owned())
            .collect();
        files.sort();
        files
    }
}

impl Said {
    /// The job was refused, and each of these was said; nothing of it went to the output.
    #[track_caller]
    pub(crate) fn assert_refused(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        self.assert_said(parts);
    }

    /// The job was submitted, and each of these was said.
    #[track_caller]
    pub(crate) fn assert_submitted(&self, parts: &[&str]) {
        assert_eq!(self.code, 0, "{self:?}");
        self.assert_said(parts);
    }

    #[track_caller]
    fn assert_said(&self, parts: &[&str]) {
        for part in parts {
            assert!(
                self.errors.contains(part),
                "no {part:?} in: {}",
                self.errors
            );
        }
    }
}

fn make(blend: &Path, options: &[&str], more: &str) -> PathBuf {
    let folder = blend.parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    let more = more.replace("FOLDER", folder.to_str().unwrap());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/plain.py");
    let output = Command::new("blender")
        .args([
            "--background",
            "--factory-startup",
            "--python-exit-code",
            "1",
        ])
        .arg("--python")
        .arg(script)
        .arg("--")
        .arg(blend)
        .args(options)
        .arg(format!("more={more}"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    blend.to_owned()
}
