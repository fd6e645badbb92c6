//! On a busy farm: what can be asked.

use super::farm::Farm;

#[test]
fn everything_can_be_asked() {
    let farm = Farm::busy();
    let id = |name| farm.short(name);
    let (dance, broken, slow, waiting, held) = (
        id("dance"),
        id("broken"),
        id("slow"),
        id("waiting"),
        id("held"),
    );
    let ask = |name: &str, commands: &[&[&str]]| {
        let shown: Vec<String> = commands.iter().map(|args| farm.both(args)).collect();
        insta::assert_snapshot!(name, shown.join("\n"));
    };
    ask(
        "jobs",
        &[
            &["jobs"],
            &["jobs", "--status", "failed,paused"],
            &["jobs", "--name", "*ing"],
            &["jobs", "--type", "fails"],
            &["jobs", "--older-than", "2days"],
        ],
    );
    ask(
        "job",
        &[&["job", &dance], &["job", &broken], &["job", &waiting]],
    );
    ask("tasks", &[&["tasks", &dance], &["tasks", &slow]]);
    ask(
        "why",
        &[
            &["why", &waiting],
            &["why", &slow],
            &["why", &held],
            &["why", &dance],
            &["why", &format!("{waiting}/2")],
            &["why", &format!("{slow}/2")],
            &["why", &format!("{broken}/1")],
        ],
    );
    ask(
        "attempts",
        &[
            &["attempts", &format!("{dance}/1")],
            &["attempts", &format!("{broken}/1")],
            &["attempts", &format!("{waiting}/1")],
        ],
    );
    ask("workers", &[&["workers"], &["worker", "anna"]]);
    ask(
        "open",
        &[
            &["open", "--print"],
            &["open", &dance, "--print"],
            &["open", &format!("{dance}/2"), "--print"],
        ],
    );
    ask("fetch", &[&["fetch", &dance]]);
}

#[test]
fn a_log_can_be_sifted() {
    let farm = Farm::busy();
    let task = format!("{}/1", farm.short("broken"));
    let said = farm
        .run(&["log", &task, "--grep", "about to (fail|win)"])
        .ended_with(0);
    assert_eq!(said.out.lines().count(), 1, "{said:?}");
    assert!(said.out.contains("about to fail"), "{said:?}");
    let all = farm.run(&["log", &task]).ended_with(0);
    assert!(all.out.lines().count() > 1, "{all:?}");
    farm.run(&["log", &task, "--grep", "("]).ended_with(2);
}
