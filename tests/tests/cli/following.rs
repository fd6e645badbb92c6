//! What is followed as it happens: jobs, the whole farm, logs, events.

use serde_json::{Value, json};

use super::farm::Farm;
use super::running::Running;
use super::said::client;

fn follow(farm: &Farm, args: &[&str]) -> Running {
    Running::start(client(&farm.url(), args))
}

/// The first line of JSON to come of which this is so.
fn until(running: &mut Running, is_so: impl Fn(&Value) -> bool) -> Value {
    let look = |line: &str| serde_json::from_str(line).ok().filter(&is_so);
    running.find(look).unwrap()
}

#[test]
fn the_whole_farm_is_watched_until_somebody_has_seen_enough() {
    let mut farm = Farm::empty();
    farm.start_worker("anna");
    let first = farm.echo("first", 1, 0, &json!({}));
    farm.api.wait_for_job(&first, "completed");
    let mut watch = follow(&farm, &["watch", "--all", "--json"]);
    let seen = until(&mut watch, |line| line["name"] == "first");
    assert_eq!(
        seen,
        json!({
            "id": first, "name": "first", "status": "completed", "steps_completed": 2, "steps_total": 2,
        })
    );
    let second = farm.echo("second", 1, 0, &json!({}));
    until(&mut watch, |line| {
        line["id"] == json!(second) && line["status"] == "completed"
    });
    farm.run(&["delete", &second, "--yes"]).ended_with(0);
    until(&mut watch, |line| {
        line["id"] == json!(second) && line["deleted"] == true
    });
    watch.interrupt().ended_with(130);
}

#[test]
fn some_jobs_are_watched_until_all_have_ended() {
    let mut farm = Farm::empty();
    farm.start_worker("anna");
    farm.echo("shot_1", 1, 0, &json!({}));
    farm.echo("shot_2", 1, 0, &json!({}));
    let said = farm.run(&["watch", "--name", "shot_*"]).ended_with(0);
    assert!(
        said.err.ends_with("all have ended: 2 completed\n"),
        "{said:?}"
    );
    let (one, two) = (farm.short("shot_1"), farm.short("shot_2"));
    farm.run(&["watch", &one, &two, "--json"]).ended_with(0);
    let said = farm.run(&["watch", &one]).ended_with(0);
    assert!(
        said.err.contains("shot_1 is completed: 2 tasks"),
        "{said:?}"
    );
}

#[test]
fn events_are_told_as_they_happen_and_nobody_reading_on_is_no_error() {
    let mut farm = Farm::empty();
    farm.start_worker("anna");
    let topics = ["--topic", "jobs", "--topic", "/lifecycle"];
    let mut events = follow(&farm, &[&["events", "--json"], &topics[..]].concat());
    events.find(|line| line.starts_with("listening").then_some(()));
    let told = farm.echo("told", 1, 0, &json!({}));
    let first = until(&mut events, |line| line["data"]["id"] == json!(told));
    assert_eq!(first["event"], "job");
    assert!(first["id"].is_string(), "{first}");
    let mut client = events.read_no_more();
    let mut ended = None;
    for number in 0.. {
        let job = farm.echo(&format!("unheard {number}"), 1, 0, &json!({}));
        farm.api.wait_for_job(&job, "completed");
        ended = client.try_wait().unwrap();
        if ended.is_some() {
            break;
        }
    }
    assert_eq!(ended.unwrap().code(), Some(0));
}

#[test]
fn a_log_is_followed_until_its_task_ends() {
    let mut farm = Farm::empty();
    farm.start_worker("anna");
    farm.echo("dance", 1, 1, &json!({}));
    let task = format!("{}/1", farm.short("dance"));
    let said = farm
        .run(&["log", &task, "--follow", "--grep", "dance"])
        .ended_with(0);
    assert!(said.out.contains("dance"), "{said:?}");
}
