//! On a farm where nothing has happened yet.

use super::farm::Farm;

#[test]
fn lists_say_that_there_is_nothing_and_what_to_do() {
    let farm = Farm::empty();
    let commands: [&[&str]; 6] = [
        &["jobs"],
        &["jobs", "--status", "failed"],
        &["workers"],
        &["tags"],
        &["requeue", "--status", "failed"],
        &["delete", "--name", "shot_*"],
    ];
    let shown = commands.map(|args| farm.both(args));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_is_not_there_is_named() {
    let farm = Farm::empty();
    let commands: [&[&str]; 10] = [
        &["job", "8fac"],
        &["watch", "8fac"],
        &["watch"],
        &["log", "8fac/1"],
        &["cancel"],
        &["cancel", "8fac", "--status", "failed"],
        &["worker", "anna"],
        &["tags", "delete", "GPU"],
        &["priority", "8fac"],
        &["events", "--topic", "weather"],
    ];
    let shown = commands.map(|args| farm.show(args));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn job_types_are_listed() {
    let farm = Farm::empty();
    insta::assert_snapshot!(farm.show(&["types"]));
    assert!(
        farm.run(&["types", "--json"])
            .json()
            .as_array()
            .is_some_and(|types| types.len() == 3)
    );
}

#[test]
fn the_configuration_is_checked() {
    let farm = Farm::empty();
    insta::assert_snapshot!(farm.both(&["config", "check", "--blender", "no-such-blender"]));
}
