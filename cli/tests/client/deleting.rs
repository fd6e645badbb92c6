//! Deleting jobs, and orders to many of which some are refused.

use serde_json::{Value, json};

use super::farm::{JOB, OTHER, always, run, script, task, task_id, with};
use super::manager::{Answer, Manager, Script};

fn deletion_script(job: &str, checkout: bool) -> Script {
    let line = format!("GET /api/v3/jobs/{job}/what-would-delete-do");
    let answer = json!({"shaman_checkout": checkout});
    let delete = (
        format!("DELETE /api/v3/jobs/{job}"),
        vec![Answer::Text(204, String::new())],
    );
    vec![always(&line, answer), delete]
}

fn was_deleted(manager: &Manager) -> bool {
    manager
        .seen()
        .iter()
        .any(|request| request.line.starts_with("DELETE"))
}

#[test]
fn what_goes_is_said_before_it_goes() {
    let manager = Manager::play([script(), deletion_script(JOB, true)].concat());
    let said = run(&manager, &["delete", "8fac"]).ended_with(2);
    assert!(
        said.err
            .contains("so do the files that were checked out for it"),
        "{said:?}"
    );
    assert!(
        said.err
            .contains("frames stay in /farm/renders/dance/######"),
        "{said:?}"
    );
    assert!(said.err.contains("--yes"), "{said:?}");
    run(&manager, &["delete", "8fac", "--dry-run"]).ended_with(0);
    let json = run(&manager, &["delete", "8fac", "--dry-run", "--json"])
        .ended_with(0)
        .json();
    assert_eq!(
        json,
        json!([{"id": JOB, "name": "dance", "status": "active", "shaman_checkout": true}])
    );
    assert!(!was_deleted(&manager));
    let said = run(&manager, &["delete", "8fac", "--yes"]).ended_with(0);
    assert_eq!(said.out, "job dance is being deleted\n");
    assert!(was_deleted(&manager));
}

#[test]
fn selected_jobs_are_deleted_together() {
    let manager = Manager::play(
        [
            script(),
            deletion_script(JOB, false),
            deletion_script(OTHER, false),
        ]
        .concat(),
    );
    let said = run(&manager, &["delete", "--name", "dan*", "--yes", "--json"]).ended_with(0);
    let ids: Vec<Value> = said
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["id"].clone())
        .collect();
    assert_eq!(ids, [json!(JOB), json!(OTHER)]);
    let seen = manager.seen();
    assert_eq!(
        seen.iter()
            .filter(|request| request.line.starts_with("DELETE"))
            .count(),
        2
    );
}

#[test]
fn what_is_refused_of_many_is_named_and_the_others_are_done() {
    let set = |job: &str| format!("POST /api/v3/jobs/{job}/setstatus");
    let refusal = json!({"code": 422, "message": "it has only just begun"});
    let script = with(script(), &set(JOB), vec![Answer::Text(204, String::new())]);
    let script = with(script, &set(OTHER), vec![Answer::Json(422, refusal)]);
    let manager = Manager::play(script);
    let said = run(&manager, &["cancel", "--name", "dance", "--yes"]).ended_with(1);
    assert!(
        said.err
            .contains("refused 1 of 2 jobs:\n  8fad4efb: it has only just begun"),
        "{said:?}"
    );
    let posts = manager.seen();
    assert_eq!(
        posts
            .iter()
            .filter(|request| request.line.starts_with("POST"))
            .count(),
        2
    );
}

#[test]
fn a_refused_task_does_not_keep_back_the_others() {
    let set = |index| format!("POST /api/v3/tasks/{}/setstatus", task_id(index));
    let refusal = json!({"code": 422, "message": "it has only just begun"});
    let mut script = with(script(), &set(1), vec![Answer::Json(422, refusal)]);
    for index in [2, 3] {
        let get = format!("GET /api/v3/tasks/{}", task_id(index));
        script = with(script, &set(index), vec![Answer::Text(204, String::new())]);
        script = with(
            script,
            &get,
            vec![Answer::Json(200, task(index, "canceled"))],
        );
    }
    let manager = Manager::play(script);
    let said = run(
        &manager,
        &["cancel", "8fac/1", "8fac/3", "8fac/2", &task_id(3)],
    )
    .ended_with(1);
    assert_eq!(
        said.out,
        "task render-3 is canceled\ntask render-2 is canceled\n"
    );
    let refused = format!("refused 1 of 3 tasks:\n  {}: it has only", task_id(1));
    assert!(said.err.contains(&refused), "{said:?}");
}

#[test]
fn many_ids_cost_one_list() {
    let manager = Manager::play([script(), deletion_script(JOB, false)].concat());
    let ids = ["8fac", "8FAC", "8fac4efb", JOB];
    let said = run(
        &manager,
        &[&["delete", "--dry-run", "--json"][..], &ids].concat(),
    )
    .ended_with(0);
    assert_eq!(said.json().as_array().unwrap().len(), 1, "{said:?}");
    let seen = manager.seen();
    let lists = seen
        .iter()
        .filter(|request| request.line == "GET /api/v3/jobs");
    assert_eq!(lists.count(), 1, "{seen:?}");
}

#[test]
fn of_jobs_that_are_deleted_those_that_go_are_told() {
    let refusal = json!({"code": 422, "message": "it is being built"});
    let refused = (
        format!("DELETE /api/v3/jobs/{OTHER}"),
        vec![Answer::Json(422, refusal)],
    );
    let mut script = [
        script(),
        deletion_script(JOB, false),
        deletion_script(OTHER, false),
    ]
    .concat();
    script.retain(|(line, _)| *line != refused.0);
    script.push(refused);
    let manager = Manager::play(script);
    let said = run(&manager, &["delete", "--name", "dance", "--yes"]).ended_with(1);
    assert_eq!(said.out, "job dance is being deleted\n");
    assert!(said.err.contains("8fad4efb: it is being built"), "{said:?}");
    let said = run(&manager, &["delete", "--name", "dance", "--yes", "--json"]).ended_with(1);
    assert_eq!(said.json().as_array().unwrap().len(), 1, "{said:?}");
}

#[test]
fn a_lost_manager_is_an_error_of_its_own() {
    let line = format!("POST /api/v3/jobs/{JOB}/setpriority");
    let manager = Manager::play(with(script(), &line, vec![Answer::HangUp]));
    run(&manager, &["priority", "8fac", "80"]).ended_with(3);
}
