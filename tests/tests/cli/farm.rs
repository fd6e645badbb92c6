//! Farms for the client: a busy one, an empty one, and one of another version, of real processes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use farandole_tests::harness::{Api, Manager, ManagerOptions, Worker, WorkerOptions, eventually};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::older;
use super::said::{Names, Said, client};

/// A job type whose one task fails.
const FAILS: &str = r#"
const JOB_TYPE = { label: "Fails", description: "fails at once", settings: [] };
function compileJob(job) {
    const task = author.Task("fail", "misc");
    task.addCommand(author.Command("echo", { message: "about to fail" }));
    task.addCommand(author.Command("exec", { exe: "false", args: [] }));
    job.addTask(task);
}
"#;

/// A farm, and what its parts are called in what is shown.
pub(crate) struct Farm {
    pub(crate) api: Api,
    pub(crate) names: Names,
    manager: Manager,
    workers: Vec<Worker>,
    jobs: HashMap<String, String>,
    /// What stands before the Manager, for the client.
    front: Option<String>,
    folder: TempDir,
}

impl Farm {
    /// A farm on which nothing has happened yet.
    pub(crate) fn empty() -> Self {
        let folder = tempdir().unwrap();
        let options = ManagerOptions::below(folder.path())
            .with("task-fail-after-softfail-count", "1")
            .with("manager-name", "Test farm");
        let scripts = options.data.join("scripts");
        std::fs::create_dir_all(&scripts).unwrap();
        std::fs::write(scripts.join("fails.js"), FAILS).unwrap();
        let manager = Manager::start(options);
        std::fs::write(manager.options.storage.join("shot.blend"), "BLENDER").unwrap();
        let mut names = Names::default();
        names.add_text(&folder.path().to_string_lossy(), "folder");
        Self {
            api: manager.api(),
            names,
            manager,
            workers: Vec::new(),
            jobs: HashMap::new(),
            front: None,
            folder,
        }
    }

    /// A farm with a Worker that has done a job, failed at one, and is busy with a third; two more wait.
    pub(crate) fn busy() -> Self {
        let mut farm = Self::empty();
        farm.start_worker("anna");
        let frames = farm.frames();
        let output = frames.join("######").to_string_lossy().into_owned();
        let settings = json!({
            "message": "dance", "sleep_duration_seconds": 0, "sleep_repeats": 2, "render_output_path": output,
        });
        let dance = farm.submit("dance", "echo-sleep-test", &settings, &json!({}));
        std::fs::create_dir_all(&frames).unwrap();
        for number in 1..=3 {
            std::fs::write(frames.join(format!("{number:06}.png")), "a picture").unwrap();
        }
        farm.api.wait_for_job(&dance, "completed");
        let broken = farm.submit("broken", "fails", &json!({}), &json!({}));
        farm.api.wait_for_job(&broken, "failed");
        let slow = farm.echo("slow", 1, 600, &json!({}));
        // The echo first, then the sleep, so that what is shown does not depend on when one looks.
        farm.api.wait_for_tasks(&slow, "completed", 1);
        farm.api.wait_for_tasks(&slow, "active", 1);
        farm.echo("waiting", 1, 0, &json!({"priority": 40}));
        farm.echo("held", 1, 0, &json!({"initial_status": "paused"}));
        farm
    }

    /// A busy farm that is seen as a Flamenco 3.7.
    pub(crate) fn of_another_version() -> Self {
        let mut farm = Self::busy();
        let front = older::stand_before(farm.manager.address());
        farm.front = Some(format!("http://{front}"));
        farm
    }

    /// Where the pictures of the job that was done lie.
    pub(crate) fn frames(&self) -> PathBuf {
        self.storage().join("dance")
    }

    /// Starts a Worker, and waits until it is awake and has said what its host has.
    pub(crate) fn start_worker(&mut self, name: &str) {
        let options = WorkerOptions::below(self.folder.path(), name, &self.manager.url())
            .with("heartbeat", "1s");
        self.workers.push(Worker::start(options));
        self.api.wait_for_workers(self.workers.len());
        let own = eventually("the Worker says what its host has", || {
            let list = self.api.get("/api/v3/worker-mgt/workers");
            let mut all = list["workers"].as_array().unwrap().iter();
            let own = all.find(|worker| worker["name"] == name).unwrap();
            own["condition"].is_object().then(|| own.clone())
        });
        self.names.add(own["id"].as_str().unwrap(), name);
    }

    /// Submits a job of an echo and some sleeps.
    pub(crate) fn echo(&mut self, name: &str, sleeps: u32, seconds: u32, more: &Value) -> String {
        let settings =
            json!({"message": name, "sleep_duration_seconds": seconds, "sleep_repeats": sleeps});
        self.submit(name, "echo-sleep-test", &settings, more)
    }

    fn submit(&mut self, name: &str, kind: &str, settings: &Value, more: &Value) -> String {
        let mut job = json!({
            "name": name, "type": kind, "priority": 50, "submitter_platform": "linux", "settings": settings,
        });
        for (key, value) in more.as_object().unwrap() {
            job[key] = value.clone();
        }
        let id = self.api.submit(&job);
        self.names.add(&id, name);
        self.jobs.insert(name.to_owned(), id.clone());
        id
    }

    /// The address that the client is given.
    pub(crate) fn url(&self) -> String {
        self.front.clone().unwrap_or_else(|| self.manager.url())
    }

    /// The folder that all of it is in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the shared storage is.
    pub(crate) fn storage(&self) -> &Path {
        &self.manager.options.storage
    }

    /// Runs the client.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        let output = client(&self.url(), args)
            .current_dir(self.folder())
            .output();
        Said::from(output.unwrap())
    }

    /// A command and its answer.
    pub(crate) fn show(&self, args: &[&str]) -> String {
        self.names.shown(args, &self.run(args))
    }

    /// The beginning of a job's id, as one would type it.
    pub(crate) fn short(&self, job: &str) -> String {
        self.jobs[job][..8].to_owned()
    }

    /// A command line with what stands in braces: jobs by their names, and the scene.
    pub(crate) fn fill(&self, line: &str) -> String {
        let scene = self.storage().join("shot.blend");
        let mut line = line.replace("{scene}", &scene.to_string_lossy());
        for name in self.jobs.keys() {
            line = line.replace(&format!("{{{name}}}"), &self.short(name));
        }
        line
    }
}
