//! A stock Worker's calls, word by word, and what our Manager answers: reference sections 21.1 to 21.5.

use farandole_tests::harness::{Answer, Manager, ManagerOptions, Request, eventually};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// A farm, and a Worker that sends what a stock one does.
struct Farm {
    manager: Manager,
    worker: String,
    _folder: TempDir,
}

const TYPES: [&str; 4] = ["blender", "ffmpeg", "file-management", "misc"];

impl Farm {
    /// 21.1, up to the first request for a task.
    fn with_a_worker_awake() -> Self {
        let folder = tempdir().unwrap();
        let manager = Manager::start(ManagerOptions::below(folder.path()));
        let registration = json!({
            "name": "host1", "platform": "linux", "secret": secret(), "supported_task_types": TYPES,
        });
        let request = Request::new("POST", "/api/v3/worker/register-worker")
            .basic("", "")
            .json(&registration);
        let answer = request.send(&manager.address());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let worker = answer.json()["uuid"].as_str().unwrap().to_owned();
        let farm = Self {
            manager,
            worker,
            _folder: folder,
        };
        let sign_on = json!({
            "can_restart": false, "name": "host1", "software_version": "3.9-beta1 (abc)", "supported_task_types": TYPES,
        });
        let wish = farm.post("sign-on", &sign_on);
        assert_eq!(
            (wish.status, wish.json()),
            (200, json!({ "status_requested": "awake" }))
        );
        farm.tell("state-changed", &json!({ "status": "awake" }));
        assert_eq!(farm.ask_for_a_task().status, 204);
        farm
    }

    fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, &format!("/api/v3/worker/{path}")).basic(&self.worker, &secret())
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("POST", path)
            .json(body)
            .send(&self.manager.address())
    }

    /// Posts what is answered with 204 and nothing else.
    #[track_caller]
    fn tell(&self, path: &str, body: &Value) {
        let answer = self.post(path, body);
        assert_eq!((answer.status, answer.text().as_str()), (204, ""), "{path}");
    }

    fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send(&self.manager.address())
    }

    fn ask_for_a_task(&self) -> Answer {
        self.request("POST", "task")
            .body("")
            .send(&self.manager.address())
    }

    /// The path of updates for the task that is handed out now.
    fn next_task(&self) -> String {
        let answer = self.ask_for_a_task();
        assert_eq!(answer.status, 200, "{}", answer.text());
        format!("task/{}", answer.json()["uuid"].as_str().unwrap())
    }

    fn wish(&self, status: &str, is_lazy: bool) {
        let path = format!("/api/v3/worker-mgt/workers/{}/setstatus", self.worker);
        let (code, body) = self
            .manager
            .api()
            .post(&path, &json!({ "status": status, "is_lazy": is_lazy }));
        assert_eq!(code, 204, "{body}");
    }

    fn status(&self) -> Value {
        self.manager
            .api()
            .get(&format!("/api/v3/worker-mgt/workers/{}", self.worker))["status"]
            .clone()
    }
}

fn secret() -> String {
    "0f".repeat(32)
}

/// 21.2
#[test]
fn a_job_that_echoes_and_sleeps_is_worked_off() {
    let farm = Farm::with_a_worker_awake();
    let job = farm.manager.api().submit_echo_sleep("hi", 1, 1);
    for log in ["echo: \"hi\"", "slept 1s"] {
        let task = farm.next_task();
        farm.tell(
            &task,
            &json!({ "activity": "Started", "taskStatus": "active" }),
        );
        farm.tell(&task, &json!({ "log": log }));
        farm.tell(
            &task,
            &json!({ "activity": "Progress", "steps_completed": 1 }),
        );
        farm.tell(
            &task,
            &json!({ "activity": "Completed", "taskStatus": "completed" }),
        );
    }
    assert_eq!(farm.ask_for_a_task().status, 204);
    let job = farm.manager.api().job(&job);
    assert_eq!(
        (&job["status"], &job["steps_completed"], &job["steps_total"]),
        (&json!("completed"), &json!(2), &json!(2))
    );
}

/// 21.3
#[test]
fn a_render_with_pictures_is_worked_off_and_one_that_fails_fails() {
    let farm = Farm::with_a_worker_awake();
    let api = farm.manager.api();
    let job = api.submit_echo_sleep("pictures", 0, 0);
    let task = farm.next_task();
    farm.tell(
        &task,
        &json!({ "activity": "Started", "taskStatus": "active" }),
    );
    let picture = jpeg();
    let produced = farm
        .request("POST", &format!("{task}/output-produced"))
        .header("Content-Type", "image/jpeg");
    let answer = produced.body(picture).send(&farm.manager.address());
    assert_eq!((answer.status, answer.text().as_str()), (202, ""));
    let question = farm.get(&format!("{task}/may-i-run"));
    let yes = json!({ "mayKeepRunning": true, "reason": "", "statusChangeRequested": false });
    assert_eq!((question.status, question.json()), (200, yes));
    let text = "Failed: command exited abnormally with code 3";
    farm.tell(
        &task,
        &json!({ "activity": text, "log": text, "taskStatus": "failed" }),
    );
    assert_eq!(farm.ask_for_a_task().status, 204);
    assert_eq!(api.job(&job)["status"], "failed");
    eventually("the picture is shown", || {
        api.try_get(&format!("/api/v3/jobs/{job}/last-rendered"))
    });
}

fn jpeg() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(16, 9)
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    bytes.into_inner()
}

/// 21.4
#[test]
fn a_worker_that_is_wished_asleep_stops_sleeps_and_wakes() {
    let farm = Farm::with_a_worker_awake();
    farm.manager.api().submit_echo_sleep("aborted", 0, 0);
    let task = farm.next_task();
    farm.tell(
        &task,
        &json!({ "activity": "Started", "taskStatus": "active" }),
    );
    farm.wish("asleep", false);
    let question = farm.get(&format!("{task}/may-i-run")).json();
    assert_eq!(
        (
            &question["mayKeepRunning"],
            &question["statusChangeRequested"]
        ),
        (&json!(false), &json!(true))
    );
    let wish = farm.ask_for_a_task();
    assert_eq!(
        (wish.status, wish.json()),
        (423, json!({ "status_requested": "asleep" }))
    );
    farm.tell("state-changed", &json!({ "status": "asleep" }));
    assert_eq!(farm.get("state").status, 204);
    farm.wish("awake", false);
    let wish = farm.get("state");
    assert_eq!(
        (wish.status, wish.json()),
        (200, json!({ "status_requested": "awake" }))
    );
    farm.tell("state-changed", &json!({ "status": "awake" }));
    assert_eq!(farm.next_task(), task, "the task is taken up again");
}

/// 21.5
#[test]
fn a_worker_that_is_wished_offline_signs_off() {
    let farm = Farm::with_a_worker_awake();
    farm.wish("offline", true);
    let wish = farm.ask_for_a_task();
    assert_eq!(
        (wish.status, wish.json()),
        (423, json!({ "status_requested": "offline" }))
    );
    let answer = farm
        .request("POST", "sign-off")
        .body("")
        .send(&farm.manager.address());
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    assert_eq!(farm.status(), "offline");
}

/// E7, and what a stock Worker sends after a task was taken from it.
#[test]
fn updates_of_a_task_that_was_taken_away_are_refused() {
    let farm = Farm::with_a_worker_awake();
    let api = farm.manager.api();
    let job = api.submit_echo_sleep("taken", 0, 0);
    let task = farm.next_task();
    let (status, body) = api.post(
        &format!("/api/v3/jobs/{job}/setstatus"),
        &json!({ "status": "cancel-requested", "reason": "no" }),
    );
    assert_eq!(status, 204, "{body}");
    let answer = farm.post(
        &task,
        &json!({ "activity": "Completed", "taskStatus": "completed" }),
    );
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(api.job(&job)["status"], "canceled");
}
