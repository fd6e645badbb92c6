//! Pictures that Workers send.

use std::fs;
use std::io::Cursor;

use farandole_tests::harness::{Answer, Manager, ManagerOptions, Request, eventually};
use image::{DynamicImage, GrayImage, ImageFormat};
use serde_json::json;

/// Some pixels in few bytes.
fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(GrayImage::new(width, height))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// A Worker that is awake: its id.
fn worker(manager: &Manager) -> String {
    let body = json!({
        "name": "w", "secret": "secret", "platform": "linux", "supported_task_types": ["misc"],
    });
    let (status, told) = manager.api().post("/api/v3/worker/register-worker", &body);
    assert_eq!(status, 200, "{told}");
    let id = told["uuid"].as_str().unwrap().to_owned();
    let sign_on = json!({"name": "w", "software_version": "1", "supported_task_types": ["misc"]});
    assert_eq!(say(manager, &id, "sign-on", &sign_on).status, 200);
    let awake = json!({"status": "awake"});
    assert_eq!(say(manager, &id, "state-changed", &awake).status, 204);
    id
}

fn say(manager: &Manager, worker: &str, what: &str, body: &serde_json::Value) -> Answer {
    let request = Request::new("POST", &format!("/api/v3/worker/{what}"));
    let request = request.basic(worker, "secret").json(body);
    request.send(&manager.address())
}

fn show(manager: &Manager, worker: &str, task: &str, bytes: Vec<u8>) -> u16 {
    let path = format!("/api/v3/worker/task/{task}/output-produced");
    let request = Request::new("POST", &path).header("Content-Type", "image/png");
    let request = request.basic(worker, "secret").body(bytes);
    request.send(&manager.address()).status
}

fn task_of(manager: &Manager, worker: &str) -> String {
    let answer = say(manager, worker, "task", &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["uuid"].as_str().unwrap().to_owned()
}

#[test]
fn only_the_worker_that_has_the_task_or_had_it_last_sets_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let job = manager.api().submit_echo_sleep("a job", 1, 1);
    let (owner, other) = (worker(&manager), worker(&manager));
    let task = task_of(&manager, &owner);
    let png = || picture(8, 8, ImageFormat::Png);
    assert_eq!(show(&manager, &other, &task, png()), 409);
    assert!(!has_picture(&manager, &job));
    assert_eq!(show(&manager, &owner, &task, png()), 202);

    let done = json!({"taskStatus": "completed"});
    assert_eq!(
        say(&manager, &owner, &format!("task/{task}"), &done).status,
        204
    );
    assert_eq!(show(&manager, &owner, &task, png()), 202, "after the end");
    assert_eq!(show(&manager, &other, &task, png()), 409);
}

fn has_picture(manager: &Manager, job: &str) -> bool {
    let path = format!("/api/v3/jobs/{job}/last-rendered");
    manager.api().response(&path).status() == 200
}

/// The most memory that the Manager has ever had, in MiB.
fn most_memory(manager: &Manager) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", manager.process.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes >> 10
}

#[test]
fn a_small_file_of_many_pixels_costs_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let job = manager.api().submit_echo_sleep("a job", 1, 1);
    let owner = worker(&manager);
    let task = task_of(&manager, &owner);
    let before = most_memory(&manager);
    let bomb = picture(7_000, 6_000, ImageFormat::WebP);
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    assert_eq!(show(&manager, &owner, &task, bomb), 202);
    // One is worked on at a time, so the first is done when this one is there.
    assert_eq!(
        show(&manager, &owner, &task, picture(8, 8, ImageFormat::Png)),
        202
    );
    eventually("the small picture is shown", || {
        has_picture(&manager, &job).then_some(())
    });
    let more = most_memory(&manager).saturating_sub(before);
    assert!(more < 100, "{more} MiB");
}
