//! What released tools send is taken as Flamenco takes it: Gaffer's dispatcher, Flamenco's own script for a test render,
//! and job types whose settings the interface does not have.

#![expect(clippy::unwrap_used, reason = "tests end where something goes wrong")]

use farandole_tests::harness::{
    Answer, Api, Manager, ManagerOptions, Request, Worker, WorkerOptions,
};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// A job type as Gaffer's dispatcher needs it: a list of tasks, with the names of those that they depend on.
const GAFFER: &str = r#"
const JOB_TYPE = {
    label: "Gaffer",
    settings: [{ key: "tasks", type: "list", required: true, visible: "hidden" }],
};
function compileJob(job) {
    const made = {};
    for (const asked of job.settings.tasks) {
        const task = author.Task(asked.name, "misc");
        if (asked.commandArgs) {
            task.addCommand(author.Command("exec", { exe: "echo", args: ["gaffer"].concat(asked.commandArgs) }));
        }
        for (const name of asked.dependencies || []) task.addDependency(made[name]);
        made[asked.name] = task;
        job.addTask(task);
    }
}
"#;

/// Settings as studios write them, which no client of the contract can read.
const FOREIGN: &str = r#"
const JOB_TYPE = {
    label: "Foreign",
    settings: [
        { key: "file", type: "string", subtype: "FILE_PATH", visible: false, required: true },
        { key: "names", type: "string", default: "a" },
    ],
};
function compileJob(job) {
    const task = author.Task("look", "misc");
    task.addCommand(author.Command("echo", { message: String(job.settings.file) + job.settings.names }));
    job.addTask(task);
}
"#;

const JOBS: &str = "/api/v3/jobs";

struct Farm {
    folder: TempDir,
    manager: Manager,
}

impl Farm {
    fn start() -> Self {
        let folder = tempdir().unwrap();
        let options = ManagerOptions::below(folder.path());
        let scripts = options.data.join("scripts");
        std::fs::create_dir_all(&scripts).unwrap();
        std::fs::write(scripts.join("gaffer.js"), GAFFER).unwrap();
        std::fs::write(scripts.join("foreign.js"), FOREIGN).unwrap();
        std::fs::write(
            scripts.join("integer.js"),
            FOREIGN.replace("\"string\", default: \"a\"", "\"int\", default: 7"),
        )
        .unwrap();
        let manager = Manager::start(options);
        Self { folder, manager }
    }

    fn api(&self) -> Api {
        self.manager.api()
    }

    /// Posts a body with this content type.
    fn post(&self, path: &str, content_type: &str, body: &Value) -> Answer {
        let request = Request::new("POST", path).header("Content-Type", content_type);
        let request = request.body(body.to_string());
        request.send(&self.manager.address())
    }
}

/// A submission of Gaffer's dispatcher: the state to begin with is either `active` or `paused`, an empty tag is none, and
/// no etag is sent.
fn from_gaffer(initial_status: &str) -> Value {
    json!({
        "name": "shot 010", "type": "gaffer", "priority": 50, "submitter_platform": "linux",
        "settings": {"tasks": [
            {"name": "Render-1-1-5", "commandArgs": ["execute", "-script", "/shots/a.gfr", "-nodes", "Render", "-frames", "1-5"]},
            {"name": "Render-2-6-10", "commandArgs": ["execute", "-script", "/shots/a.gfr", "-nodes", "Render", "-frames", "6-10"]},
            {"name": "All-3", "dependencies": ["Render-1-1-5", "Render-2-6-10"]},
        ]},
        "worker_tag": "", "initial_status": initial_status,
    })
}

#[test]
fn gaffers_dispatcher_submits_and_its_jobs_run() {
    let farm = Farm::start();
    let api = farm.api();
    // What it asks first, to find out whether its job type is there.
    let job_type = api.get("/api/v3/jobs/type/gaffer");
    assert_eq!(job_type["settings"][0]["type"], "list");
    let json = "application/json; charset=utf-8";
    let submit = |body: &Value| {
        let answer = farm.post(JOBS, json, body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let job = submit(&from_gaffer("active"));
    assert_eq!(
        (&job["status"], &job["activity"]),
        (&json!("queued"), &json!(""))
    );
    let paused = submit(&from_gaffer("paused"));
    assert_eq!(paused["status"], "paused");
    let check = farm.post(&format!("{JOBS}/check"), json, &from_gaffer("active"));
    assert_eq!(check.status, 204);
    for impossible in ["completed", "requeueing"] {
        assert_eq!(farm.post(JOBS, json, &from_gaffer(impossible)).status, 400);
    }
    let _worker = Worker::start(WorkerOptions::below(
        farm.folder.path(),
        "anna",
        &farm.manager.url(),
    ));
    let id = job["id"].as_str().unwrap();
    api.wait_for_job(id, "completed");
    assert_eq!(api.tasks(id).len(), 3);
    assert_eq!(api.job(paused["id"].as_str().unwrap())["status"], "paused");
}

/// The request of `debug-job-render.sh`: settings of an older job type, without those that are required today.
fn debug_render() -> Value {
    json!({
        "metadata": {"project": "Debugging Flamenco", "user.name": "コードモンキー"},
        "name": "Test Render", "type": "simple-blender-render", "priority": 50, "submitter_platform": "manager",
        "settings": {
            "add_path_components": 0, "blender_cmd": "{blender}", "blendfile": "flamenco-test.blend", "chunk_size": 30,
            "format": "PNG", "fps": 24, "frames": "1-60", "image_file_extension": ".png",
            "images_or_video": "images", "render_output_path": "/tmp/flamenco/Demo for Peoples/######",
            "render_output_root": "/tmp/flamenco/", "video_container_format": "MPEG1",
        },
    })
}

#[test]
fn flamencos_script_for_a_test_render_submits() {
    let farm = Farm::start();
    let answer = farm.post(JOBS, "application/json", &debug_render());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let job = answer.json();
    let activity =
        "setting \"scene\" is required by the job type, but was not given; passed on as it is";
    assert_eq!(job["activity"], activity);
    let id = job["id"].as_str().unwrap();
    let stored = farm.api().job(id);
    assert_eq!(
        (&stored["activity"], &stored["status"]),
        (&json!(activity), &json!("queued"))
    );
    assert_eq!(stored["settings"]["blender_cmd"], "{blender}");
    assert_eq!(stored["settings"].get("scene"), None);
    let names: Vec<_> = farm
        .api()
        .tasks(id)
        .iter()
        .map(|task| task["name"].clone())
        .collect();
    assert_eq!(names, ["render-1-30", "render-31-60", "preview-video"]);
    let task = &farm.api().tasks(id)[0]["id"];
    let task = farm
        .api()
        .get(&format!("/api/v3/tasks/{}", task.as_str().unwrap()));
    let text = task["commands"].to_string();
    assert!(
        !text.contains("undefined") && !text.contains("--scene"),
        "{text}"
    );

    // Without its frames the script throws, and the answer says why.
    let mut without = debug_render();
    without["settings"]["frames"] = Value::Null;
    let answer = farm.post(JOBS, "application/json", &without);
    assert_eq!(answer.status, 400);
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("setting \"frames\" is required by the job type, but is null"),
        "{message}"
    );
}

#[test]
fn job_types_with_foreign_settings_can_be_used_by_name() {
    let farm = Farm::start();
    let api = farm.api();
    let listed = api.get("/api/v3/jobs/types");
    let names: Vec<_> = listed["job_types"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(
        names,
        ["echo-sleep-test", "foreign", "simple-blender-render"]
    );
    // Unknown hints are dropped, so that every client can read the rest.
    let foreign = api.get("/api/v3/jobs/type/foreign");
    assert_eq!(
        foreign["settings"][0],
        json!({"key": "file", "type": "string", "required": true})
    );
    let integer = api.get("/api/v3/jobs/type/integer");
    assert_eq!(
        integer["settings"][1],
        json!({"key": "names", "type": "int", "default": 7})
    );

    let submit = |job_type: &Value, settings: Value| {
        api.post(JOBS, &json!({
            "name": "x", "type": job_type["name"], "type_etag": job_type["etag"], "priority": 50,
            "submitter_platform": "linux", "settings": settings,
        }))
    };
    // A list where text is wanted is what a public tool sends.
    let (status, job) = submit(&foreign, json!({"file": ["a", "b"]}));
    assert_eq!(status, 200, "{job}");
    assert_eq!(job["settings"], json!({"file": ["a", "b"], "names": "a"}));
    assert_eq!(
        job["activity"],
        "setting \"file\" is of type string, and [\"a\",\"b\"] cannot be read as that; passed on as it is"
    );
    let (status, job) = submit(&integer, json!({"file": "a"}));
    assert_eq!((status, &job["activity"]), (200, &json!("")));
    assert_eq!(job["settings"]["names"], 7);
    let (status, _) = submit(&json!({"name": "integer", "etag": "outdated"}), json!({}));
    assert_eq!(status, 412);
    let log = farm.manager.process.own_output().replace('\\', "");
    for told in [
        "subtype \"FILE_PATH\" of setting \"file\"",
        "visible \"false\" of setting \"file\"",
    ] {
        assert!(log.contains(told), "{log}");
    }
}
