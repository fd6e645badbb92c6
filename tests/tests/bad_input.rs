//! What people and programs get wrong: a clear answer, and nothing changes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests end where something goes wrong, and start processes"
)]

use std::fs;

use farandole_tests::harness::{Api, Manager, ManagerOptions};
use serde_json::{Value, json};
use tempfile::tempdir;

/// Sends a body as it is. Gives the status and the error.
fn send(api: &Api, path: &str, content_type: Option<&str>, body: &str) -> (u16, Value) {
    let mut request = api.request("POST", path).body(body.to_owned());
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    let response = request.send().unwrap();
    (
        response.status().as_u16(),
        response.json().unwrap_or(Value::Null),
    )
}

#[track_caller]
fn is_error(answer: &(u16, Value), status: u16) {
    assert_eq!(answer.0, status, "{}", answer.1);
    assert_eq!(answer.1["code"], status, "{}", answer.1);
    assert!(
        answer.1["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{}",
        answer.1
    );
}

fn render(frames: &str) -> Value {
    json!({
        "name": "r", "type": "simple-blender-render", "priority": 50, "submitter_platform": "linux",
        "settings": {
            "frames": frames, "chunk_size": 1, "blendfile": "/a.blend", "scene": "s", "fps": 1, "format": "PNG",
            "image_file_extension": ".png", "render_output_root": "/o", "add_path_components": 0,
            "render_output_path": "/o/######",
        },
    })
}

#[test]
fn whatever_is_wrong_with_a_request_is_said_and_changes_nothing() {
    let folder = tempdir().unwrap();
    let options = ManagerOptions::below(folder.path())
        .with("request-body-limit", "1")
        .with("script-time-limit", "2s")
        .with("script-memory-limit", "64");
    let manager = Manager::start(options);
    let api = manager.api();
    let json_type = Some("application/json");
    let jobs = "/api/v3/jobs";

    for body in [
        "",
        " ",
        "{",
        "[]",
        "5",
        "null",
        r#"{"name": 5}"#,
        r#"{"name": "x"}"#,
    ] {
        is_error(&send(&api, jobs, json_type, body), 400);
    }
    let job = render("1-3").to_string();
    for content_type in [None, Some("text/plain"), Some("application/problem+json")] {
        is_error(&send(&api, jobs, content_type, &job), 400);
    }
    is_error(&send(&api, jobs, json_type, &"x".repeat(2 << 20)), 413);
    for frames in [
        "1-2000000000",
        "",
        "x",
        "1-9x0",
        "-5",
        "1-",
        "9999999999999999999",
    ] {
        is_error(&api.post(jobs, &render(frames)), 400);
    }
    is_error(&api.post(jobs, &json!({"name": "x", "type": "no-such-type", "priority": 5, "submitter_platform": "linux"})), 400);
    let mut outdated = render("1-3");
    outdated["type_etag"] = json!("old");
    is_error(&api.post(jobs, &outdated), 412);
    let mut tagged = render("1-3");
    tagged["worker_tag"] = json!("f81d4fae-7dec-41d0-a765-00a0c91e6bf6");
    is_error(&api.post(jobs, &tagged), 400);
    let mut begun = render("1-3");
    begun["initial_status"] = json!("completed");
    is_error(&api.post(jobs, &begun), 400);

    let scripts = manager.options.data.join("scripts");
    fs::create_dir_all(&scripts).unwrap();
    let script = |name: &str, code: &str| {
        fs::write(
            scripts.join(name),
            format!("const JOB_TYPE = {{label: 'x', settings: []}};\n{code}"),
        )
        .unwrap();
    };
    script(
        "endless.js",
        "function compileJob(job) { while (true) { try { for (;;) {} } catch (e) {} } }",
    );
    script(
        "greedy.js",
        "function compileJob(job) { let a = []; while (true) { try { a.push('x'.repeat(1e6)) } catch (e) {} } }",
    );
    script("broken.js", "function compileJob(job) { not javascript");
    script(
        "refusing.js",
        "function compileJob(job) { throw new Error('because of this'); }",
    );
    for name in ["endless", "greedy", "broken", "refusing"] {
        let answer = api.post(
            jobs,
            &json!({"name": "x", "type": name, "priority": 5, "submitter_platform": "linux"}),
        );
        is_error(&answer, 400);
    }

    let nobody = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";
    for (path, status) in [
        ("/api/v3/jobs/nonsense".to_owned(), 400),
        (format!("/api/v3/jobs/{nobody}"), 404),
        (format!("/api/v3/tasks/{nobody}"), 404),
        (format!("/api/v3/tasks/{nobody}/log"), 404),
        (format!("/api/v3/worker-mgt/workers/{nobody}"), 404),
        ("/api/v3/jobs/type/none".to_owned(), 404),
        ("/api/v3/nothing".to_owned(), 404),
        ("/nothing".to_owned(), 404),
        ("/job-files/../manager.log".to_owned(), 404),
        (
            "/job-files/%2e%2e/manager/farandole-manager.sqlite".to_owned(),
            404,
        ),
        (
            "/job-files/job-f81d%2f..%2f..%2ffarandole-manager.sqlite".to_owned(),
            404,
        ),
        ("/job-files//etc/passwd".to_owned(), 404),
        ("/job-files/".to_owned(), 404),
        ("/api/farm/v1/events?topic=nonsense".to_owned(), 400),
        ("/api/v3/worker/state".to_owned(), 403),
    ] {
        let response = api.response(&path);
        let answer = (
            response.status().as_u16(),
            response.json().unwrap_or(Value::Null),
        );
        is_error(&answer, status);
    }
    is_error(
        &api.post(
            &format!("/api/v3/jobs/{nobody}/setstatus"),
            &json!({"status": "paused", "reason": ""}),
        ),
        404,
    );
    is_error(
        &api.post("/api/v3/jobs/x/setpriority", &json!({"priority": 500})),
        400,
    );
    is_error(&api.post("/api/v3/worker/sign-on", &json!({})), 403);
    assert_eq!(api.get(jobs)["jobs"], json!([]));
    assert_eq!(api.get("/api/v3/worker-mgt/workers")["workers"], json!([]));

    // And still it works.
    let job = api.submit(&render("1-3"));
    is_error(
        &api.post(
            &format!("/api/v3/jobs/{job}/setstatus"),
            &json!({"status": "completed", "reason": ""}),
        ),
        422,
    );
    is_error(
        &api.post(
            &format!("/api/v3/jobs/{job}/setstatus"),
            &json!({"status": "nonsense", "reason": ""}),
        ),
        400,
    );
    let task = api.tasks(&job)[0]["id"].as_str().unwrap().to_owned();
    is_error(
        &api.post(
            &format!("/api/v3/tasks/{task}/setstatus"),
            &json!({"status": "active", "reason": ""}),
        ),
        422,
    );
    assert_eq!(api.tasks(&job).len(), 4);
}

#[test]
fn the_document_that_is_served_has_the_schemas_of_the_contract() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let served = manager.api().get("/api/v3/openapi3.json");
    let contract = include_str!("../../protocol/tests/contract/openapi-v3.json");
    let contract: Value = serde_json::from_str(contract).unwrap();
    assert_eq!(
        farandole_protocol::contract::differences(&contract, &served),
        Vec::<String>::new()
    );
    for (path, operations) in served["paths"].as_object().unwrap() {
        let known = contract["paths"].get(path).is_some() || path.starts_with("/api/farm/");
        assert!(known, "{path} is not in the contract");
        for (method, operation) in operations.as_object().unwrap() {
            let expected = &contract["paths"][path][method]["operationId"];
            if !path.starts_with("/api/farm/") {
                assert_eq!(&operation["operationId"], expected, "{method} {path}");
            }
        }
    }
}
