//! What is followed as it happens: jobs, the whole farm, logs, events.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::farm::Farm;
use super::said::client;

/// A client that goes on until it is told to end.
struct Following {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Following {
    fn start(farm: &Farm, args: &[&str]) -> Self {
        let mut child = client(&farm.url(), args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The first line of JSON to come of which this is so.
    fn until(&mut self, is_so: impl Fn(&Value) -> bool) -> Value {
        for line in self.lines.by_ref() {
            let line = serde_json::from_str(&line.unwrap()).unwrap();
            if is_so(&line) {
                return line;
            }
        }
        panic!("it ended before");
    }

    fn interrupt(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(kill.unwrap().success());
        self.child.wait().unwrap().code()
    }
}

#[test]
fn the_whole_farm_is_watched_until_somebody_has_seen_enough() {
    let mut farm = Farm::empty();
    farm.start_worker("anna");
    let first = farm.echo("first", 1, 0, &json!({}));
    farm.api.wait_for_job(&first, "completed");
    let mut watch = Following::start(&farm, &["watch", "--all", "--json"]);
    let seen = watch.until(|line| line["name"] == "first");
    assert_eq!(
        seen,
        json!({
            "id": first, "name": "first", "status": "completed", "steps_completed": 2, "steps_total": 2,
        })
    );
    let second = farm.echo("second", 1, 0, &json!({}));
    watch.until(|line| line["id"] == json!(second) && line["status"] == "completed");
    farm.run(&["delete", &second, "--yes"]).ended_with(0);
    watch.until(|line| line["id"] == json!(second) && line["deleted"] == true);
    assert_eq!(watch.interrupt(), Some(130));
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
fn a_bad_end_is_an_exit_code_and_says_what_to_do() {
    let farm = Farm::busy();
    let (dance, broken) = (farm.short("dance"), farm.short("broken"));
    let commands: [&[&str]; 3] = [
        &["watch", &broken],
        &["watch", &dance, &broken],
        &["watch", &dance],
    ];
    let shown = commands.map(|args| farm.show(args));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn events_are_told_as_they_happen_and_nobody_reading_on_is_no_error() {
    let mut farm = Farm::empty();
    farm.start_worker("anna");
    let mut events = Following::start(
        &farm,
        &[
            "events",
            "--json",
            "--topic",
            "jobs",
            "--topic",
            "/lifecycle",
        ],
    );
    let mut jobs = Vec::new();
    // The stream is open as soon as it tells of a job that was submitted after it began.
    let first = farm_tells(&mut farm, &mut events, &mut jobs);
    assert_eq!(first["event"], "job");
    assert!(
        first["id"].is_string() && first["data"]["id"].is_string(),
        "{first}"
    );
    drop(events.lines);
    let mut ended = None;
    while ended.is_none() {
        let name = format!("unheard {}", jobs.len());
        jobs.push(farm.echo(&name, 1, 0, &json!({})));
        farm.api.wait_for_job(jobs.last().unwrap(), "completed");
        ended = events.child.try_wait().unwrap();
    }
    assert_eq!(ended.unwrap().code(), Some(0));
}

/// Submits jobs until one of them is told of.
fn farm_tells(farm: &mut Farm, events: &mut Following, jobs: &mut Vec<String>) -> Value {
    let job = farm.echo("told", 1, 1, &json!({}));
    jobs.push(job.clone());
    // It takes a second and some, so that it ends after the stream was opened.
    events.until(|line| line["data"]["id"] == json!(job))
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
