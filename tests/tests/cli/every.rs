//! Every command on each kind of farm: what it says is kept, for people and for programs.

use std::collections::BTreeSet;
use std::process::Command;

use farandole_tests::harness::binary;
use serde_json::json;

use super::farms::{Farms, On};
use super::running::Running;

/// What is asked.
const QUESTIONS: &[(&str, &[&str])] = &[
    (
        "jobs",
        &[
            "jobs",
            "jobs --status failed,paused",
            "jobs --name '*ing'",
            "jobs --type fails",
            "jobs --older-than 2days",
        ],
    ),
    (
        "job",
        &[
            "job {dance}",
            "job {broken}",
            "job {waiting}",
            "job {dance} --outputs",
        ],
    ),
    ("tasks", &["tasks {dance}", "tasks {slow}"]),
    (
        "log",
        &[
            "log {dance}/1",
            "log {waiting}/1",
            "log {dance}/1 --follow --grep dan.e",
        ],
    ),
    (
        "why",
        &[
            "why {waiting}",
            "why {slow}",
            "why {held}",
            "why {dance}",
            "why {waiting}/2",
            "why {slow}/2",
            "why {broken}/1",
        ],
    ),
    (
        "attempts",
        &[
            "attempts {dance}/1",
            "attempts {broken}/1",
            "attempts {waiting}/1",
        ],
    ),
    (
        "watch",
        &[
            "watch {dance}",
            "watch {broken}",
            "watch {dance} {broken}",
            "watch --status completed",
        ],
    ),
    ("verify", &["verify {dance}", "verify {dance} {broken}"]),
    ("workers", &["workers", "worker anna"]),
    ("types", &["types"]),
    (
        "open",
        &[
            "open",
            "open --print",
            "open {dance} --print",
            "open {dance}/2 --print",
        ],
    ),
    ("config", &["config check --blender no-such-blender"]),
    // The second time they are there already.
    ("fetch", &["fetch {dance}", "fetch {waiting} frames"]),
];

/// What is ordered: for people, and, since little can be ordered twice, something like it for programs.
const ORDERS: &[(&str, &[(&str, &str)])] = &[
    (
        "pause",
        &[
            ("pause {shot_1}", "pause {shot_2}"),
            ("pause {shot_3}/2 --reason lunch", "pause {shot_4}/2"),
        ],
    ),
    (
        "requeue",
        &[
            ("requeue {shot_1}", "requeue {shot_2}"),
            ("requeue --status paused", "requeue --status paused"),
            (
                "requeue {shot_5} --overwrite",
                "requeue {shot_6} --overwrite",
            ),
            (
                "verify {shot_5} --requeue",
                "verify {shot_5} {shot_6} --requeue",
            ),
        ],
    ),
    (
        "priority",
        &[
            ("priority {shot_1} 80", "priority {shot_2} 80"),
            (
                "priority 90 --name 'left_*' --dry-run",
                "priority 90 --name 'left_*' --dry-run",
            ),
            (
                "priority 90 --name 'left_*' --yes",
                "priority 90 --name 'right_*' --yes",
            ),
        ],
    ),
    (
        "cancel",
        &[
            ("cancel {shot_1}", "cancel {shot_2}"),
            ("cancel {shot_3}/2", "cancel {shot_4}/2"),
            ("cancel {shot_3} {shot_4}", "cancel {shot_5} {shot_6}"),
        ],
    ),
    (
        "delete",
        &[
            ("delete {shot_1}", "delete {shot_1}"),
            ("delete {shot_1} --dry-run", "delete {shot_1} --dry-run"),
            ("delete {shot_1} --yes", "delete {shot_2} --yes"),
            (
                "delete --name 'left_*' --yes",
                "delete --name 'right_*' --yes",
            ),
        ],
    ),
    (
        "tags",
        &[
            ("tags", "tags"),
            (
                "tags create GPU --description graphics",
                "tags create CPU --description arithmetic",
            ),
            ("tags list", "tags list"),
            (
                "tags assign GPU --worker anna --job {held}",
                "tags assign CPU --worker anna --job {waiting}",
            ),
            (
                "tags unassign GPU --worker anna --job {held}",
                "tags unassign CPU --worker anna --job {waiting}",
            ),
            ("tags delete GPU --yes", "tags delete CPU --yes"),
        ],
    ),
    (
        "worker",
        &[
            ("worker anna sleep", "worker anna sleep"),
            ("worker anna wake", "worker anna wake"),
            ("worker anna restart", "worker anna restart"),
            ("worker anna shutdown", "worker anna shutdown"),
        ],
    ),
];

const GIVEN: &str = "--blender no-such-blender --paused --set fps=24 --set format=PNG --set image_file_extension=.png \
                     --set has_previews=no --set scene=S --frames 1-3";

#[test]
fn questions() {
    let mut farms = Farms::start(&[]);
    for (name, lines) in QUESTIONS {
        let shown = lines
            .iter()
            .flat_map(|line| [farms.say(line), farms.say(&format!("{line} --json"))]);
        let shown: Vec<String> = shown.collect();
        insta::assert_snapshot!(*name, shown.join("\n"));
    }
}

#[test]
fn orders() {
    let jobs = [
        "shot_1", "shot_2", "shot_3", "shot_4", "shot_5", "shot_6", "left_1", "left_2", "right_1",
    ];
    let mut farms = Farms::start(&jobs);
    for (name, lines) in ORDERS {
        let shown = lines.iter().flat_map(|(people, programs)| {
            [farms.say(people), farms.say(&format!("{programs} --json"))]
        });
        let shown: Vec<String> = shown.collect();
        insta::assert_snapshot!(*name, shown.join("\n"));
    }
}

#[test]
fn submissions() {
    let mut farms = Farms::start(&[]);
    let scene = "{scene}";
    let lines = [
        "submit --type echo-sleep-test --set message=hello --paused".to_owned(),
        format!("submit {scene} --in-place {GIVEN}"),
        format!("submit {scene} --upload {GIVEN}"),
        format!("submit {scene} --pack {GIVEN}"),
    ];
    let shown = lines
        .iter()
        .flat_map(|line| [farms.say(line), farms.say(&format!("{line} --json"))]);
    let shown: Vec<String> = shown.collect();
    insta::assert_snapshot!("submit", shown.join("\n"));
}

#[test]
fn followings() {
    let mut farms = Farms::start(&[]);
    let last_or_none = |_: &mut On<'_>, running: &mut Running| {
        running.find(|line| (line.contains("held") || line.contains("no jobs yet")).then_some(()));
    };
    let something_happens = |on: &mut On<'_>, running: &mut Running| {
        running.find(|line| line.starts_with("listening").then_some(()));
        if let On::A(farm) = on {
            farm.echo("told", 1, 0, &json!({"initial_status": "paused"}));
        }
        running.find(|line| line.contains("told").then_some(()));
    };
    let shown = [
        farms.say_until("watch --all", last_or_none),
        farms.say_until("watch --all --json", last_or_none),
        farms.say_until("events --topic jobs", something_happens),
        farms.say_until("events --topic jobs --json", something_happens),
    ];
    insta::assert_snapshot!("followed", shown.join("\n"));
}

#[test]
fn no_command_is_left_out() {
    let questions = QUESTIONS
        .iter()
        .flat_map(|(_, lines)| lines.iter().copied());
    let orders = ORDERS
        .iter()
        .flat_map(|(_, lines)| lines.iter().map(|(people, _)| *people));
    let elsewhere = ["submit", "events", "completion", "man", "help"];
    let tried: Vec<&str> = questions.chain(orders).chain(elsewhere).collect();
    let commands = commands(&[]);
    assert!(commands.len() > 25, "{commands:?}");
    for command in commands {
        assert!(
            tried.iter().any(|line| line.starts_with(&command)),
            "nothing is tried of: {command}"
        );
    }
}

/// All commands below this one, by its help.
pub(crate) fn commands(below: &[&str]) -> BTreeSet<String> {
    let help = Command::new(binary("farandole"))
        .args(below)
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| below.is_empty() || *name != "help");
    let mut all = BTreeSet::new();
    for name in names {
        let path = [below, &[name]].concat();
        all.extend(commands(&path));
        all.insert(path.join(" "));
    }
    all
}
