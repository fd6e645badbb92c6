//! Managers that are not the one that a Worker knows, and want its secret.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farandole_tests::harness::{
    Asked, Manager, ManagerOptions, Reply, ScriptedManager, Worker, WorkerOptions, eventually,
};
use serde_json::{Value, json};

/// An id that no Worker has.
const OTHER: &str = "11111111-2222-4333-8444-555555555555";

/// What the credentials file says.
fn credentials(worker: &WorkerOptions) -> Value {
    let path = worker.data.join("farandole-worker-credentials.yaml");
    yaml_serde::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

fn options(folder: &Path, manager: &str) -> WorkerOptions {
    WorkerOptions::below(folder, "worker", manager)
}

/// Has the Worker sign on at its Manager, and ends it.
fn work_for(manager: &Manager, folder: &Path) -> Value {
    let mut worker = Worker::start(options(folder, &manager.url()));
    eventually("the worker has signed on", || {
        let output = worker.process.own_output();
        output.contains("signed on").then_some(())
    });
    worker.process.terminate();
    credentials(&worker.options)
}

/// The ids of the Workers that a Manager has.
fn workers(manager: &Manager) -> Vec<String> {
    let workers = manager.api().get("/api/v3/worker-mgt/workers");
    let workers = workers["workers"].as_array().unwrap();
    workers.iter().map(|it| text(it, "id").to_owned()).collect()
}

/// A stranger that says yes to everything, gives the Worker this id, and answers to the question who it is
/// what the script says.
fn rogue(worker: &str, identity: impl Fn() -> Reply + Send + 'static) -> ScriptedManager {
    let worker = worker.to_owned();
    ScriptedManager::start_with_all(move |asked: &Asked| {
        Some(match asked.what.as_str() {
            "POST /api/farm/v1/worker/manager-identity" => identity(),
            "POST /worker/register-worker" => Reply::json(
                200,
                &json!({
                    "uuid": worker, "name": "x", "address": "127.0.0.1",
                    "status": "offline", "platform": "linux", "software": "", "supported_task_types": ["misc"],
                }),
            ),
            "POST /worker/sign-on" => Reply::json(200, &json!({"status_requested": "asleep"})),
            _ => Reply::empty(204),
        })
    })
}

/// Has the Worker work for a stranger, to whom it must not show what it has of its Manager.
fn work_for_stranger(stranger: &ScriptedManager, folder: &Path, secret: &str) {
    let mut worker = Worker::start(options(folder, &stranger.url()));
    let mut has_registered = false;
    loop {
        let asked = stranger.next();
        let shown = asked
            .authorization
            .strip_prefix("Basic ")
            .unwrap_or_default();
        let shown = String::from_utf8(STANDARD.decode(shown).unwrap()).unwrap();
        assert!(!shown.contains(secret), "{} shows the secret", asked.what);
        assert!(!String::from_utf8_lossy(&asked.body).contains(secret));
        has_registered |= asked.what == "POST /worker/register-worker";
        if asked.what == "POST /worker/sign-on" {
            break;
        }
    }
    assert!(has_registered);
    eventually("the worker has signed on", || {
        let output = worker.process.own_output();
        output.contains("signed on").then_some(())
    });
    let log = worker.process.own_output();
    assert!(
        log.contains("does not prove that it is one that the Worker knows"),
        "{log}"
    );
    worker.process.kill();
}

#[test]
fn a_worker_shows_its_secret_to_no_other_manager_and_goes_back_to_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let known = work_for(&manager, folder.path());
    let (id, secret) = (text(&known, "worker_id"), text(&known, "worker_secret"));
    let instance = text(&known, "manager_instance").to_owned();

    let of_flamenco = rogue(OTHER, || Reply::empty(404));
    work_for_stranger(&of_flamenco, folder.path(), secret);
    // It says to be the Worker's Manager, and has a proof that is none.
    let liar = rogue(id, move || {
        let proof = json!({"salt": "0".repeat(32), "address": "", "mac": "0".repeat(64)});
        Reply::json(200, &json!({"instance": instance, "proof": proof}))
    });
    work_for_stranger(&liar, folder.path(), secret);
    let silent = rogue(OTHER, || Reply::json(200, &json!({"instance": "another"})));
    work_for_stranger(&silent, folder.path(), secret);

    let again = work_for(&manager, folder.path());
    assert_eq!(
        (text(&again, "worker_id"), text(&again, "worker_secret")),
        (id, secret)
    );
    assert_eq!(workers(&manager), [id]);
}

#[test]
fn credentials_of_an_earlier_version_are_bound_to_the_first_manager_that_proves_itself() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let known = work_for(&manager, folder.path());
    let (id, secret) = (text(&known, "worker_id"), text(&known, "worker_secret"));
    let path = folder
        .path()
        .join("worker/farandole-worker-credentials.yaml");
    fs::write(&path, format!("worker_id: {id}\nworker_secret: {secret}\n")).unwrap();

    let bound = work_for(&manager, folder.path());
    assert_eq!(text(&bound, "worker_id"), id);
    assert_eq!(
        text(&bound, "manager_instance"),
        text(&known, "manager_instance")
    );
    work_for_stranger(&rogue(OTHER, || Reply::empty(404)), folder.path(), secret);
}

#[test]
fn a_redirect_takes_no_secret_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let known = work_for(&manager, folder.path());
    let stranger = rogue(OTHER, || Reply::empty(404));
    let to = stranger.url();
    let redirecting = ScriptedManager::start_with_all(move |asked: &Asked| {
        let path = asked.what.split_once(' ').map_or("/", |(_, path)| path);
        Some(Reply::redirect(&format!("{to}{path}")))
    });
    let mut worker = Worker::start(options(folder.path(), &redirecting.url()));
    redirecting.next();
    worker.process.wait();
    assert!(!worker.process.own_output().contains("signed on"));
    assert_eq!(stranger.asked_so_far(), 0);
    assert_eq!(
        text(&credentials(&worker.options), "worker_id"),
        text(&known, "worker_id")
    );
}
