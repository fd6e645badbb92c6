//! Steering a farm: orders to jobs, tasks and Workers, tags, deletion; one at a time and many at once.

use farandole_tests::harness::eventually;
use serde_json::json;

use super::farm::Farm;

#[test]
fn jobs_are_steered_one_by_one_and_many_at_once() {
    let mut farm = Farm::empty();
    for name in ["shot_010", "shot_020", "shot_030", "other"] {
        farm.echo(name, 1, 0, &json!({}));
    }
    let (first, other) = (farm.short("shot_010"), farm.short("other"));
    let task = format!("{other}/1");
    let commands: [&[&str]; 12] = [
        &["pause", &first],
        &["requeue", &first],
        &["cancel", &task],
        &["priority", &first, "80"],
        &["priority", &first, "101"],
        &["cancel", "--name", "shot_*"],
        &["cancel", "--name", "shot_*", "--dry-run"],
        &["cancel", "--name", "shot_*", "--yes"],
        &["requeue", "--status", "canceled", "--yes", "--json"],
        &["priority", "--name", "shot_0[12]0", "--yes", "90"],
        &["priority", "90", "--name", "shot_02?", "--yes"],
        &["pause", &first, &other],
    ];
    let shown = commands.map(|args| farm.show(args));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_deletion_says_first_what_it_will_do() {
    let farm = Farm::busy();
    let (dance, broken) = (farm.short("dance"), farm.short("broken"));
    let commands: [&[&str]; 5] = [
        &["delete", &dance],
        &["delete", &dance, "--dry-run"],
        &["delete", &dance, "--dry-run", "--json"],
        &["delete", &dance, "--yes"],
        &["delete", &broken, "--yes", "--json"],
    ];
    let shown = commands.map(|args| farm.show(args));
    insta::assert_snapshot!(shown.join("\n"));
    eventually("both are gone", || {
        let jobs = farm.run(&["jobs", "--json"]).json();
        let names: Vec<&str> = jobs
            .as_array()?
            .iter()
            .filter_map(|job| job["name"].as_str())
            .collect();
        (names == ["slow", "waiting", "held"]).then_some(())
    });
}

#[test]
fn workers_are_steered() {
    let farm = Farm::busy();
    let commands: [&[&str]; 3] = [
        &["worker", "anna", "sleep"],
        &["worker", "anna", "wake"],
        &["worker", "anna", "jump"],
    ];
    let shown = commands.map(|args| farm.show(args));
    insta::assert_snapshot!(shown.join("\n"));
    let asked = farm
        .run(&["worker", "anna", "shutdown", "--now", "--json"])
        .ended_with(0)
        .json();
    // It may have gone already.
    assert!(
        asked["status"] == "offline" || asked["status_change"]["status"] == "offline",
        "{asked}"
    );
    eventually("anna is gone", || {
        let anna = farm.run(&["worker", "anna", "--json"]).json();
        (anna["status"] == "offline").then_some(())
    });
}

#[test]
fn tags_bind_jobs_to_workers() {
    let mut farm = Farm::empty();
    farm.start_worker("anna");
    farm.echo("held", 1, 0, &json!({"initial_status": "paused"}));
    let held = farm.short("held");
    let commands: [&[&str]; 11] = [
        &[
            "tags",
            "create",
            "GPU",
            "--description",
            "a good graphics card",
        ],
        &["tags"],
        &["tags", "list", "--json"],
        &["tags", "create", "GPU"],
        &["tags", "assign", "gpu", "--worker", "anna"],
        &["tags", "assign", "GPU", "--worker", "anna", "--job", &held],
        &["worker", "anna"],
        &["tags", "unassign", "GPU", "--worker", "anna"],
        &["tags", "unassign", "GPU", "--job", &held, "--json"],
        &["tags", "delete", "GPU"],
        &["tags", "delete", "GPU", "--yes"],
    ];
    let shown = commands.map(|args| farm.show(args));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn many_files_are_submitted_at_once() {
    let farm = Farm::empty();
    for name in ["a.blend", "b.blend"] {
        std::fs::write(farm.storage().join(name), "BLENDER").unwrap();
    }
    let at = |name: &str| farm.storage().join(name).to_string_lossy().into_owned();
    let (a, b) = (at("a.blend"), at("b.blend"));
    farm.run(&["tags", "create", "GPU"]).ended_with(0);
    let given = [
        "fps=24",
        "format=PNG",
        "image_file_extension=.png",
        "has_previews=no",
        "scene=S",
        "frames=1",
    ];
    let submit = |more: &[&str]| {
        let mut args = vec!["submit", &a, &b, "--blender", "no-such-blender", "--paused"];
        args.extend(given.iter().flat_map(|setting| ["--set", setting]));
        args.extend(more);
        farm.run(&args)
    };
    let said = submit(&[
        "--tag",
        "GPU",
        "--storage",
        "{jobs}/other",
        "--priority",
        "70",
    ])
    .ended_with(0);
    assert_eq!(said.out.lines().count(), 2, "{said:?}");
    let jobs = farm.run(&["jobs", "--json"]).json();
    let tag = &farm.run(&["tags", "--json"]).json()[0]["id"];
    for (job, name) in jobs.as_array().unwrap().iter().zip(["a", "b"]) {
        assert_eq!(
            (&job["name"], &job["worker_tag"], &job["priority"]),
            (&json!(name), tag, &json!(70))
        );
        let output = job["settings"]["render_output_path"].as_str().unwrap();
        assert!(output.contains("/other/"), "{output}");
    }
    let json = submit(&["--json"]).ended_with(0).json();
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    assert!(
        submit(&["--name", "x"])
            .ended_with(2)
            .err
            .contains("--name is for one job")
    );
    let said = submit(&["--tag", "CPU"]).ended_with(2);
    assert!(said.err.contains("no tag CPU"), "{said:?}");
    assert!(
        submit(&["none.blend"])
            .ended_with(2)
            .err
            .contains("none.blend")
    );
    assert_eq!(
        farm.run(&["jobs", "--json"])
            .json()
            .as_array()
            .map(Vec::len),
        Some(4)
    );
}
