//! What cannot be meant: it is named, with what can be done instead.

use super::farm::Farm;

#[test]
fn what_is_not_there_is_named() {
    let farm = Farm::empty();
    let commands: [&[&str]; 12] = [
        &["job", "8fac"],
        &["watch", "8fac"],
        &["watch"],
        &["log", "8fac/1"],
        &["cancel"],
        &["cancel", "8fac", "--status", "failed"],
        &["requeue", "--status", "failed"],
        &["worker", "anna"],
        &["worker", "anna", "jump"],
        &["tags", "delete", "GPU"],
        &["priority", "8fac"],
        &["events", "--topic", "weather"],
    ];
    let shown = commands.map(|args| farm.show(args));
    insta::assert_snapshot!(shown.join("\n"));
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
