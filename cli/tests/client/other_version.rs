//! A Manager of another kind, or of another version: what it does not know is said, everything else works.

use serde_json::json;

use super::farm::{JOB, Said, always, run, script, task, task_id};
use super::manager::{Answer, Manager};

/// A Flamenco Manager: the contract, and nothing besides.
fn flamenco() -> Manager {
    let mut script = script();
    script.push(always(
        "GET /api/v3/version",
        json!({"version": "3.7-beta1", "shortversion": "3.7", "name": "Flamenco", "git": "abcdef"}),
    ));
    script.push(always(
        &format!("GET /api/v3/tasks/{}", task_id(2)),
        task(2, "queued"),
    ));
    script.push(always(
        "GET /api/v3/worker-mgt/workers",
        json!({"workers": null}),
    ));
    script.push(always(
        "GET /api/v3/configuration",
        json!({"storageLocation": "/no/such/folder", "shamanEnabled": false, "isFirstRun": false}),
    ));
    let location = json!({"location": "/no/such/folder", "audience": "users", "platform": "linux", "shamanEnabled": false});
    for platform in ["linux", "darwin"] {
        let line = format!("GET /api/v3/configuration/shared-storage/users/{platform}");
        script.push(always(&line, location.clone()));
    }
    Manager::play(script)
}

#[track_caller]
fn check(said: &Said, part: &str) {
    assert!(said.err.contains(part), "{said:?}");
    assert_eq!(said.out, "");
}

#[test]
fn what_it_does_not_know_is_said() {
    let manager = flamenco();
    let unknown =
        "Flamenco 3.7-beta1 does not tell that: only a Farandole Manager as new as this client";
    for args in [["why", "8fac"], ["why", "8fac/2"], ["attempts", "8fac/2"]] {
        check(&run(&manager, &args).ended_with(1), unknown);
    }
    check(
        &run(&manager, &["events"]).ended_with(1),
        "this Manager has no event stream",
    );
    check(
        &run(&manager, &["fetch", "8fac"]).ended_with(1),
        "does not give out files",
    );
    let said = run(&manager, &["why", "77777777-7777-4777-9777-777777777777"]).ended_with(1);
    check(&said, "refused with status 404");
}

#[test]
fn what_it_knows_works() {
    let manager = flamenco();
    for args in [
        &["jobs"][..],
        &["job", JOB],
        &["tasks", JOB],
        &["types"],
        &["workers"],
        &["open", JOB, "--print"],
    ] {
        run(&manager, args).ended_with(0);
    }
}

#[test]
fn a_check_says_which_version_it_is() {
    let manager = flamenco();
    let said = run(
        &manager,
        &["config", "check", "--blender", "no-such-blender"],
    )
    .ended_with(0);
    assert!(
        said.out
            .contains("warning  manager    Flamenco 3.7-beta1 at http://"),
        "{said:?}"
    );
    assert!(
        said.out.contains("/no/such/folder is not on this host"),
        "{said:?}"
    );
    let json = run(
        &manager,
        &["config", "check", "--blender", "no-such-blender", "--json"],
    )
    .json();
    assert_eq!(json[0]["verdict"], "warning");
}

#[test]
fn an_answer_that_is_not_understood_is_said_to_be_so() {
    let manager = Manager::play(vec![(
        "GET /api/v3/jobs".to_owned(),
        vec![
            Answer::Json(200, json!({"jobs": [{"id": 1}]})),
            Answer::Text(200, "hello".to_owned()),
        ],
    )]);
    for _ in 0..2 {
        let said = run(&manager, &["jobs"]).ended_with(1);
        check(&said, "is not understood");
        check(&said, "is that a Manager's URL?");
    }
}
