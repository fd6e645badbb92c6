//! A farm of one Worker, and tiny files for it to render.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use farandole_tests::harness::{Api, Manager, ManagerOptions, Worker, WorkerOptions, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A Manager, a Worker and a shared storage.
pub(crate) struct Stage {
    pub(crate) api: Api,
    pub(crate) storage: PathBuf,
    _worker: Worker,
    _manager: Manager,
    _folder: TempDir,
}

/// How a job ended: its status, its activity, and its findings as text.
pub(crate) struct Ended {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) job: Value,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(&[], &[])
    }

    /// With settings of the Manager and of the Worker.
    pub(crate) fn with(manager: &[(&str, &str)], worker: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = ManagerOptions::below(folder.path());
        let options = manager
            .iter()
            .fold(options, |options, (key, value)| options.with(key, value));
        let manager = Manager::start(options);
        let options =
            WorkerOptions::below(folder.path(), "anna", &manager.url()).with("heartbeat", "1s");
        let options = worker
            .iter()
            .fold(options, |options, (key, value)| options.with(key, value));
        let worker = Worker::start(options);
        Self {
            api: manager.api(),
            storage: manager.options.storage.clone(),
            _worker: worker,
            _manager: manager,
            _folder: folder,
        }
    }

    /// A file of this name in the storage, made with options of `tests/scenes/plain.py`.
    pub(crate) fn scene(&self, name: &str, options: &[&str]) -> PathBuf {
        let blend = self.storage.join(name);
        fs::create_dir_all(blend.parent().unwrap()).unwrap();
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
            .arg(&blend)
            .args(options)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        blend
    }

    /// A job as it is submitted: two PNG frames in one task, with these settings instead.
    pub(crate) fn job(&self, blend: &Path, settings: &Value) -> Value {
        let mut all = json!({
            "frames": "1-2", "chunk_size": 2, "blendfile": blend, "scene": "Scene", "fps": 24,
            "format": "PNG", "image_file_extension": ".png", "add_path_components": 0,
            "render_output_root": self.storage.join("renders"),
            "render_output_path": self.storage.join("renders/shot/{timestamp}/######"),
        });
        for (key, value) in settings.as_object().unwrap() {
            all[key] = value.clone();
        }
        json!({
            "name": "shot", "type": "simple-blender-render", "submitter_platform": "linux",
            "settings": all, "allow": [],
        })
    }

    /// Submits a job and waits for its end.
    pub(crate) fn render(&self, blend: &Path, settings: &Value) -> Ended {
        let id = self.api.submit(&self.job(blend, settings));
        self.ended(&id)
    }

    /// Waits until a job has ended.
    pub(crate) fn ended(&self, id: &str) -> Ended {
        let job = eventually(&format!("job {id} ends"), || {
            let job = self.api.job(id);
            let status = job["status"].as_str()?;
            ["completed", "failed", "canceled"]
                .contains(&status)
                .then_some(job)
        });
        Ended {
            id: id.to_owned(),
            status: job["status"].as_str().unwrap().to_owned(),
            job,
        }
    }

    /// Asks for another state of a job.
    pub(crate) fn requeue(&self, ended: &Ended, overwrite: bool) -> Ended {
        let change = json!({"status": "requeueing", "reason": "test", "overwrite": overwrite});
        let path = format!("/api/v3/jobs/{}/setstatus", ended.id);
        assert_eq!(self.api.post(&path, &change).0, 204);
        self.ended(&ended.id)
    }

    /// The recorded outputs of a job.
    pub(crate) fn outputs(&self, ended: &Ended) -> Vec<Value> {
        let page = self
            .api
            .get(&format!("/api/farm/v1/jobs/{}/outputs", ended.id));
        page["outputs"].as_array().unwrap().clone()
    }

    /// The log of the first task of a job.
    pub(crate) fn log(&self, ended: &Ended) -> String {
        let task = &self.api.tasks(&ended.id)[0];
        let id = task["id"].as_str().unwrap();
        let info = self.api.get(&format!("/api/v3/tasks/{id}/log"));
        self.api
            .response(info["url"].as_str().unwrap())
            .text()
            .unwrap()
    }
}

impl Ended {
    /// The folder of the frames.
    pub(crate) fn folder(&self) -> PathBuf {
        let path = self.job["settings"]["render_output_path"].as_str().unwrap();
        Path::new(path).parent().unwrap().to_owned()
    }

    /// The frame in this file of the folder: its mean colour.
    pub(crate) fn colour(&self, name: &str) -> [u8; 3] {
        colour(&self.folder().join(name))
    }

    /// How often a finding of this class was made.
    pub(crate) fn findings(&self, class: &str) -> i64 {
        let findings = self.job["findings"].as_array();
        let of_class = findings
            .into_iter()
            .flatten()
            .filter(|finding| finding["class"] == class);
        of_class
            .filter_map(|finding| finding["count"].as_i64())
            .sum()
    }

    /// The names in the folder, without those that were moved aside.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

/// The colour of a picture that has one.
pub(crate) fn colour(path: &Path) -> [u8; 3] {
    let picture = image::open(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .to_rgb8();
    picture.get_pixel(0, 0).0
}

pub(crate) const RED: [u8; 3] = [231, 0, 0];
pub(crate) const BLUE: [u8; 3] = [0, 0, 231];

/// Whether two colours look the same.
#[track_caller]
pub(crate) fn assert_colour(is: [u8; 3], expected: [u8; 3]) {
    let alike = is
        .iter()
        .zip(expected)
        .all(|(is, expected)| is.abs_diff(expected) < 4);
    assert!(alike, "{is:?} instead of {expected:?}");
}
