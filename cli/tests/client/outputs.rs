//! The recorded outputs of jobs, warnings about them, verifying them, and rendering them again.

use serde_json::{Value, json};

use super::farm::{JOB, OTHER, always, job, run, script, task, task_id, with};
use super::manager::{Answer, Manager, Script};

fn output(index: u32, frame: u32) -> Value {
    json!({
        "task_id": task_id(index), "index_in_job": index, "attempt": 1, "frame": frame, "view": "",
        "path": format!("/out/{frame:04}.png"), "size": 1024, "state": "written",
    })
}

fn pages() -> (String, Vec<Answer>) {
    let page = |outputs: Value, next: Option<&str>| {
        Answer::Json(200, json!({"total": 3, "outputs": outputs, "next": next}))
    };
    let answers = vec![
        page(json!([output(1, 1), output(2, 2)]), Some("2-x")),
        page(json!([output(3, 3)]), None),
    ];
    (format!("GET /api/farm/v1/jobs/{JOB}/outputs"), answers)
}

fn verification(job: &str, faults: &[u32], requeued: &[u32]) -> (String, Vec<Answer>) {
    let fault = |index: &u32| {
        json!({
            "task_id": task_id(*index), "index_in_job": index, "frame": index, "path": format!("/out/{index:04}.png"),
            "class": "output-broken", "reason": "it ends too early",
        })
    };
    let faults: Vec<Value> = faults.iter().map(fault).collect();
    let requeued: Vec<String> = requeued.iter().map(|index| task_id(*index)).collect();
    let found = json!({
        "job_id": job, "checked": 24, "header_only": 0, "not_checked": 0, "faults": faults, "requeued": requeued,
    });
    always(&format!("POST /api/farm/v1/jobs/{job}/verify"), found)
}

fn with_findings(findings: &Value) -> Script {
    let mut warned = job("completed", 3);
    warned["findings"] = findings.clone();
    let script = with(
        script(),
        "GET /api/v3/jobs",
        vec![Answer::Json(200, json!({"jobs": [warned]}))],
    );
    let line = format!("GET /api/v3/jobs/{JOB}");
    with(script, &line, vec![Answer::Json(200, warned)])
}

#[test]
fn the_outputs_of_a_job_are_a_line_or_all_of_them() {
    let manager = Manager::play([script(), vec![pages()]].concat());
    let said = run(&manager, &["job", JOB]).ended_with(0);
    assert!(
        said.out
            .contains("  outputs   3 files, from /out/0001.png on\n"),
        "{said:?}"
    );
    let manager = Manager::play([script(), vec![pages()]].concat());
    let said = run(&manager, &["job", JOB, "--outputs"]).ended_with(0);
    assert_eq!(said.out.lines().count(), 4, "{said:?}");
    assert!(
        said.out
            .contains("8fac4efb/3  1        3            1.00 KiB  written  /out/0003.png"),
        "{said:?}"
    );
    let asked = manager.seen();
    assert!(
        asked
            .iter()
            .any(|request| request.line.ends_with("&after=2-x")
                && request.line.contains("/outputs?platform=")),
        "{asked:?}"
    );
    let manager = Manager::play([script(), vec![pages()]].concat());
    let json = run(&manager, &["job", JOB, "--outputs", "--json"])
        .ended_with(0)
        .json();
    assert_eq!(json.as_array().map(Vec::len), Some(3));
    assert_eq!(json[2]["path"], "/out/0003.png");
}

#[test]
fn warnings_are_said_wherever_a_job_is_shown() {
    let findings = json!([
        {"class": "python-error", "count": 3, "line": "Traceback (most recent call last)"},
        {"class": "not-checked", "count": 12, "line": "rendered by a Flamenco Worker: it is elsewhere"},
    ]);
    let sentences = [
        "  warning: 3 × python-error: Traceback (most recent call last)\n",
        "  warning: 12 frames were not checked: rendered by a Flamenco Worker: it is elsewhere\n",
    ];
    let why = json!({
        "job_id": JOB, "job_name": "dance", "job_status": "completed", "summary": "it is completed", "workers": [],
        "findings": findings,
    });
    let mut script = with_findings(&findings);
    script.push(always(&format!("GET /api/farm/v1/jobs/{JOB}/why"), why));
    let manager = Manager::play(script);
    for args in [["job", JOB], ["why", JOB]] {
        let said = run(&manager, &args).ended_with(0);
        for sentence in sentences {
            assert!(said.out.contains(sentence), "{said:?}");
        }
    }
    let said = run(&manager, &["watch", JOB]).ended_with(0);
    for sentence in sentences {
        assert_eq!(said.err.matches(sentence).count(), 1, "{said:?}");
    }
    let said = run(&manager, &["jobs"]).ended_with(0);
    assert!(said.out.contains("dance (2 warnings)"), "{said:?}");
    let said = run(&manager, &["watch", "--status", "completed"]).ended_with(0);
    assert!(
        said.err
            .contains("dance has 2 warnings; read them with: farandole job 8fac4efb"),
        "{said:?}"
    );
    let lines = run(&manager, &["watch", JOB, "--json"])
        .ended_with(0)
        .json_lines();
    assert_eq!(lines[0]["findings"], findings);
}

#[test]
fn what_is_missing_or_broken_is_listed_and_is_an_error() {
    let manager = Manager::play([script(), vec![verification(JOB, &[2, 3], &[])]].concat());
    let said = run(&manager, &["verify", "8fac"]).ended_with(1);
    assert!(
        said.out
            .starts_with("dance: 22 of 24 files are whole, 2 missing or broken\nTASK "),
        "{said:?}"
    );
    let line = "8fac4efb/2  2      output-broken  /out/0002.png  it ends too early\n";
    assert!(said.out.contains(line), "{said:?}");
    assert!(
        said.err.contains("farandole verify 8fac4efb --requeue"),
        "{said:?}"
    );
    let verify = format!(
        "POST /api/farm/v1/jobs/{JOB}/verify?platform={}",
        std::env::consts::OS.replace("macos", "darwin")
    );
    assert_eq!(manager.body_of(&verify), json!({"requeue": false}));
    let said = run(&manager, &["verify", "8fac", "--json"]).ended_with(1);
    assert_eq!(said.json()["faults"][0]["path"], "/out/0002.png");
}

#[test]
fn what_is_rendered_again_is_no_error() {
    let script = [script(), vec![verification(JOB, &[2, 3], &[2, 3])]].concat();
    let mut other = job("completed", 3);
    other["id"] = json!(OTHER);
    let other = always(&format!("GET /api/v3/jobs/{OTHER}"), other);
    let manager = Manager::play([script, vec![other, verification(OTHER, &[], &[])]].concat());
    let said = run(&manager, &["verify", "8fac", "--requeue"]).ended_with(0);
    assert!(
        said.out.ends_with("requeued: 8fac4efb/2 8fac4efb/3\n"),
        "{said:?}"
    );
    assert!(said.err.contains("farandole watch 8fac4efb"), "{said:?}");
    let verify = format!(
        "POST /api/farm/v1/jobs/{JOB}/verify?platform={}",
        std::env::consts::OS.replace("macos", "darwin")
    );
    assert_eq!(manager.body_of(&verify), json!({"requeue": true}));
    let many = ["verify", JOB, OTHER, "--requeue", "--json"];
    let said = run(&manager, &many).ended_with(0);
    assert_eq!(said.json()[0]["job_id"], JOB);
    assert_eq!(said.json()[1]["checked"], 24);
    let unknown = "77777777-7777-4777-9777-777777777777";
    let said = run(&manager, &["verify", unknown, OTHER]).ended_with(1);
    assert!(said.out.contains("24 of 24 files are whole"), "{said:?}");
    assert!(
        said.err
            .contains("the Manager refused 1 of 2 jobs:\n  77777777: "),
        "{said:?}"
    );
}

#[test]
fn a_manager_that_verifies_nothing_is_said_so() {
    let flamenco =
        json!({"version": "3.7", "shortversion": "3.7", "name": "Flamenco", "git": "abcdef"});
    let manager = Manager::play([script(), vec![always("GET /api/v3/version", flamenco)]].concat());
    let unknown = "Flamenco 3.7 does not tell that: only a Farandole Manager";
    for args in [&["verify", JOB][..], &["job", JOB, "--outputs"]] {
        let said = run(&manager, args).ended_with(1);
        assert!(said.err.contains(unknown), "{said:?}");
    }
    let said = run(&manager, &["job", JOB]).ended_with(0);
    assert!(!said.out.contains("outputs"), "{said:?}");
    let said = run(&manager, &["requeue", JOB, "--overwrite"]).ended_with(1);
    assert!(
        said.err.contains("Flamenco 3.7 does not know --overwrite"),
        "{said:?}"
    );
    let said = run(
        &manager,
        &["verify", "77777777-7777-4777-9777-777777777777"],
    )
    .ended_with(1);
    assert!(said.err.contains("refused with status 404"), "{said:?}");
}

#[test]
fn frames_are_rendered_again_only_when_that_is_asked_for() {
    let set_job = format!("POST /api/v3/jobs/{JOB}/setstatus");
    let set_task = format!("POST /api/v3/tasks/{}/setstatus", task_id(3));
    let no_content = || vec![Answer::Text(204, String::new())];
    let ours = json!({"version": "3.8 (Farandole 0.1.0)", "shortversion": "3.8", "name": "Flamenco", "git": "abcdef"});
    let mut script = with(script(), &set_job, no_content());
    script = with(script, &set_task, no_content());
    script.push(always("GET /api/v3/version", ours));
    script.push(always(
        &format!("GET /api/v3/tasks/{}", task_id(3)),
        task(3, "queued"),
    ));
    let manager = Manager::play(script);

    let said = run(&manager, &["requeue", JOB]).ended_with(0);
    assert!(
        said.err
            .contains("whole frames that were rendered are kept"),
        "{said:?}"
    );
    assert_eq!(manager.body_of(&set_job).get("overwrite"), None);
    let said = run(&manager, &["requeue", JOB, "8fac/3", "--overwrite"]).ended_with(0);
    assert!(
        said.err
            .contains("moved aside, not deleted, and rendered again"),
        "{said:?}"
    );
    let seen = manager.seen();
    for line in [&set_job, &set_task] {
        let asked: Vec<_> = seen
            .iter()
            .filter(|request| request.line == *line)
            .collect();
        assert_eq!(asked.len(), 1, "{seen:?}");
        assert_eq!(asked[0].body["overwrite"], true);
    }
    let selected = ["requeue", "--status", "active", "--overwrite", "--yes"];
    run(&manager, &selected).ended_with(0);
    assert_eq!(manager.body_of(&set_job)["overwrite"], true);
    let said = run(&manager, &["pause", JOB]).ended_with(0);
    assert!(!said.err.contains("frames"), "{said:?}");
    run(&manager, &["pause", JOB, "--overwrite"]).ended_with(2);
}
