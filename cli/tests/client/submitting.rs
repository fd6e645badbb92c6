//! Submitting, with a script in Blender's place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::farm::{Said, always, job, job_type, run_at, script, with};
use super::manager::{Answer, Manager, Script};

pub(crate) const SUBMIT: &str = "POST /api/v3/jobs";

/// What Blender says of the scene.
const FACTS: &str = r#"{"name": "Stage", "frame_start": 1, "frame_end": 24, "fps": 12.0, "format": "PNG", "extension": ".png", "has_previews": false, "external": []}"#;

/// A shared storage with a .blend file and a Blender.
pub(crate) struct Studio {
    folder: TempDir,
    pub(crate) manager: Manager,
}

impl Studio {
    pub(crate) fn open(blender: &str) -> Self {
        Self::with(script(), blender)
    }

    pub(crate) fn with(script: Script, blender: &str) -> Self {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("dance.blend"), "BLENDER").unwrap();
        let program = folder.path().join("blender");
        fs::write(&program, format!("#!/bin/sh\n{blender}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let storage = json!({
            "location": folder.path(), "audience": "users", "platform": "linux", "shamanEnabled": false,
        });
        let script = with(script, SUBMIT, vec![Answer::Json(200, job("queued", 0))]);
        let mut script: Script = script;
        let platform = if cfg!(target_os = "macos") {
            "darwin"
        } else {
            "linux"
        };
        script.push(always(
            &format!("GET /api/v3/configuration/shared-storage/users/{platform}"),
            storage,
        ));
        script.push(always(
            &format!("GET /api/v3/configuration/variables/users/{platform}"),
            json!({
                "blender": {"value": "blender", "is_twoway": false},
                "studio": {"value": folder.path(), "is_twoway": false},
            }),
        ));
        Self {
            manager: Manager::play(script),
            folder,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn submit(&self, args: &[&str]) -> Said {
        let blender = self.path().join("blender").to_string_lossy().into_owned();
        let mut all = vec!["submit", "--type", "render", "--blender", &blender];
        all.extend(args);
        run_at(&self.manager.url(), self.path(), &all)
    }

    pub(crate) fn submitted(&self) -> Value {
        self.manager.body_of(SUBMIT)
    }
}

pub(crate) fn good_blender() -> String {
    format!("echo 'Blender 3.4.1'; echo 'farandole-scene:{FACTS}'; echo 'Blender quit'")
}

fn path(path: PathBuf) -> Value {
    json!(path)
}

#[test]
fn a_job_is_submitted_with_what_blender_knows_of_the_scene() {
    let studio = Studio::open(&good_blender());
    let said = studio.submit(&["dance.blend", "--frames", "1-12", "--set", "chunk_size=4"]);
    let said = said.ended_with(0);
    assert_eq!(
        said.out,
        format!("{}\n", super::JOB),
        "the id alone, for scripts"
    );
    assert!(said.err.contains("farandole watch 8fac4efb"), "{said:?}");
    assert!(
        said.err.contains("frames go to /farm/renders/dance/######"),
        "{said:?}"
    );
    assert!(!said.err.contains("warning"), "{said:?}");
    let submitted = studio.submitted();
    let renders = studio.path().join("renders");
    assert_eq!(
        submitted["settings"],
        json!({
            "frames": "1-12", "chunk_size": 4, "render_output_root": renders,
            "render_output_path": renders.join("dance/{timestamp}/######"),
            "blendfile": path(studio.path().join("dance.blend")), "fps": 12.0, "format": "PNG",
            "image_file_extension": ".png", "has_previews": false, "scene": "Stage",
        })
    );
    assert_eq!(
        (
            &submitted["name"],
            &submitted["type"],
            &submitted["type_etag"],
            &submitted["priority"]
        ),
        (
            &json!("dance"),
            &json!("render"),
            &json!("an etag"),
            &json!(50)
        )
    );
    assert_eq!(submitted.get("initial_status"), None);
}

#[test]
fn name_priority_and_pause_are_passed_on_and_json_is_the_job() {
    let studio = Studio::open(&good_blender());
    let said = studio.submit(&[
        "dance.blend",
        "--name",
        "a/b",
        "--priority",
        "70",
        "--paused",
        "--json",
    ]);
    assert_eq!(said.ended_with(0).json()["id"], super::JOB);
    let submitted = studio.submitted();
    assert_eq!(
        (
            &submitted["name"],
            &submitted["priority"],
            &submitted["initial_status"]
        ),
        (&json!("a/b"), &json!(70), &json!("paused"))
    );
    assert_eq!(
        submitted["settings"]["frames"], "1-24",
        "those of the scene"
    );
    let output = studio.path().join("renders/a-b/{timestamp}/######");
    assert_eq!(submitted["settings"]["render_output_path"], json!(output));
}

#[test]
fn blender_is_not_needed_when_all_was_given() {
    let studio = Studio::open("exit 1");
    let given = [
        "fps=24",
        "format=PNG",
        "image_file_extension=.png",
        "has_previews=no",
        "scene=S",
        "frames=1",
    ];
    let mut args = vec!["dance.blend"];
    args.extend(given.iter().flat_map(|setting| ["--set", setting]));
    let said = studio.submit(&args).ended_with(0);
    assert!(said.err.contains("the scene was not checked"), "{said:?}");
    assert_eq!(studio.submitted()["settings"]["scene"], "S");
}

/// A file that lies where Workers do not look.
fn elsewhere() -> (TempDir, String) {
    let folder = tempdir().unwrap();
    let file = folder.path().join("far.blend");
    fs::write(&file, "BLENDER").unwrap();
    let path = file.to_string_lossy().into_owned();
    (folder, path)
}

fn upload(size: u64) -> Value {
    json!({
        "id": "1-far.blend", "name": "far.blend", "path": "{jobs}/submitted/1-far.blend/far.blend", "size": size,
        "complete": size == 7,
    })
}

#[test]
fn a_file_that_workers_do_not_see_is_uploaded_and_goes_on_where_it_was_cut_off() {
    let post = "POST /api/farm/v1/uploads/far.blend";
    let [patch, get] =
        ["PATCH", "GET"].map(|method| format!("{method} /api/farm/v1/uploads/1-far.blend"));
    let busy = Answer::Json(503, json!({"code": 503, "message": "busy"}));
    let script = with(script(), post, vec![Answer::Json(201, upload(0))]);
    let script = with(script, &patch, vec![busy, Answer::Json(200, upload(7))]);
    let script = with(script, &get, vec![Answer::Json(200, upload(3))]);
    let studio = Studio::with(script, &good_blender());
    let (_folder, file) = elsewhere();
    let said = studio.submit(&[&file]).ended_with(0);
    assert!(said.err.contains("was cut off"), "{said:?}");
    let seen = studio.manager.seen();
    let bodies = |line: &str| -> Vec<Value> {
        let found = seen.iter().filter(|request| request.line == line);
        found.map(|request| request.body.clone()).collect()
    };
    assert_eq!(bodies(&patch), ["BLENDER", "NDER"]);
    let settings = &bodies(SUBMIT)[0]["settings"];
    assert_eq!(
        settings["blendfile"],
        "{jobs}/submitted/1-far.blend/far.blend"
    );
    assert_eq!(settings["render_output_root"], "{jobs}/renders");
    assert_eq!(
        settings["render_output_path"],
        "{jobs}/renders/far/{timestamp}/######"
    );
}

#[test]
fn a_manager_that_takes_no_uploads_is_said_so() {
    let studio = Studio::open(&good_blender());
    let (_folder, file) = elsewhere();
    let said = studio.submit(&[&file]).ended_with(1);
    assert!(
        said.err.contains("takes no uploads") && said.err.contains("--in-place"),
        "{said:?}"
    );
    studio.submit(&[&file, "--in-place"]).ended_with(0);
    assert_eq!(studio.submitted()["settings"]["blendfile"], json!(file));
}

#[test]
fn a_missing_setting_is_told_before_a_file_is_uploaded() {
    let mut demanding = job_type();
    let required = json!({"key": "shot", "type": "string", "required": true});
    demanding["settings"].as_array_mut().unwrap().push(required);
    let answers = vec![Answer::Json(200, demanding)];
    let studio = Studio::with(
        with(script(), "GET /api/v3/jobs/type/render", answers),
        &good_blender(),
    );
    let (_folder, file) = elsewhere();
    let said = studio.submit(&[&file]).ended_with(2);
    assert!(said.err.contains("needs more: --set shot="), "{said:?}");
    let seen = studio.manager.seen();
    assert!(
        seen.iter().all(|request| request.line.starts_with("GET")),
        "{seen:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_workers_cannot_be_told_is_not_used_in_place() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt as _;
    let studio = Studio::open(&good_blender());
    let file = OsStr::from_bytes(b"d\xffnce.blend");
    fs::write(studio.path().join(file), "BLENDER").unwrap();
    let args: Vec<OsString> = ["submit", "--type", "render", "--in-place"]
        .iter()
        .map(OsString::from)
        .chain([file.to_owned()])
        .collect();
    let said = run_at(&studio.manager.url(), studio.path(), &args).ended_with(2);
    assert!(said.err.contains("not UTF-8"), "{said:?}");
}

#[test]
fn what_workers_would_miss_is_named_before_anything_is_sent() {
    let facts = FACTS.replace(
        r#""external": []"#,
        r#""external": [{"path": "/textures/wood.png", "exists": false, "relative": false}]"#,
    );
    let studio = Studio::open(&format!("echo 'farandole-scene:{facts}'"));
    let said = studio.submit(&["dance.blend"]).ended_with(1);
    assert!(
        said.err.contains("/textures/wood.png (it does not exist)"),
        "{said:?}"
    );
    assert!(said.err.contains("--allow-missing"), "{said:?}");
    assert!(
        studio
            .manager
            .seen()
            .iter()
            .all(|request| request.line != SUBMIT)
    );
    let more = ["dance.blend", "--allow-missing", "--allow", "engine"];
    studio.submit(&more).ended_with(0);
    assert_eq!(
        studio.submitted()["allow"],
        json!(["engine", "missing-files"])
    );
}

#[test]
fn findings_that_are_allowed_are_always_sent() {
    let studio = Studio::open(&good_blender());
    studio.submit(&["dance.blend"]).ended_with(0);
    let submitted = studio.submitted();
    assert_eq!(submitted["allow"], json!([]));
    assert_eq!(submitted.get("keep_existing"), None);
    let more = ["--allow", "scene,engine", "--allow", "engine"];
    studio
        .submit(&[&["dance.blend"], &more[..]].concat())
        .ended_with(0);
    assert_eq!(studio.submitted()["allow"], json!(["engine", "scene"]));
    let said = studio.submit(&["dance.blend", "--allow", "engine,output-broken"]);
    let said = said.ended_with(2);
    assert!(
        said.err
            .contains("never allowed; a job can allow engine, missing-libraries"),
        "{said:?}"
    );
}

#[test]
fn what_is_wrong_with_a_submission_is_told_before_anything_is_sent() {
    let studio = Studio::open(&good_blender());
    let check = |args: &[&str], part: &str| {
        let said = studio.submit(args).ended_with(2);
        assert!(said.err.contains(part), "{said:?}");
    };
    check(
        &["dance.blend", "--set", "chunksize=4"],
        "did you mean chunk_size?",
    );
    check(&["dance.blend", "--set", "chunk_size=x"], "a whole number");
    check(&["none.blend"], "none.blend: No such file");
    check(&["."], "is a folder; name a .blend file in it");
    check(&[], "farandole submit FILE.blend");
    let said = run_at(
        &studio.manager.url(),
        studio.path(),
        &["submit", "dance.blend", "--type", "rendr"],
    );
    assert!(said.ended_with(2).err.contains("did you mean render?"));
    assert!(
        studio
            .manager
            .seen()
            .iter()
            .all(|request| request.line != SUBMIT)
    );
}

#[test]
fn a_blender_that_fails_is_quoted() {
    let studio = Studio::open("echo 'Error: File format is not supported'; exit 1");
    let said = studio.submit(&["dance.blend"]).ended_with(1);
    assert!(
        said.err.contains("File format is not supported"),
        "{said:?}"
    );
    let args = [
        "submit",
        "dance.blend",
        "--type",
        "render",
        "--blender",
        "/no/such/blender",
    ];
    let said = run_at(&studio.manager.url(), studio.path(), &args).ended_with(1);
    assert!(said.err.contains("--blender PATH"), "{said:?}");
}

#[test]
fn a_type_without_a_file_needs_none() {
    let echo = json!({
        "name": "echo", "label": "Echo", "etag": "e",
        "settings": [
            {"key": "message", "type": "string", "required": true},
            {"key": "sleep_repeats", "type": "int32", "default": 1},
        ],
    });
    let script = with(
        script(),
        "GET /api/v3/jobs/type/echo",
        vec![Answer::Json(200, echo)],
    );
    let studio = Studio::with(script, "exit 1");
    let submit = |args: &[&str]| {
        let mut all = vec!["submit", "--type", "echo"];
        all.extend(args);
        run_at(&studio.manager.url(), studio.path(), &all)
    };
    assert!(submit(&[]).ended_with(2).err.contains("--set message="));
    let said = submit(&["--set", "message=hi", "--frames", "1-2"]).ended_with(2);
    assert!(said.err.contains("no setting frames"), "{said:?}");
    submit(&["--set", "message=hi"]).ended_with(0);
    assert_eq!(
        studio.submitted()["settings"],
        json!({"message": "hi", "sleep_repeats": 1})
    );
}

#[test]
fn a_job_can_be_watched_as_soon_as_it_is_submitted() {
    let reads = |statuses: &[&str]| {
        let answers = statuses
            .iter()
            .map(|status| Answer::Json(200, job(status, 3)));
        let line = format!("GET /api/v3/jobs/{}", super::JOB);
        with(script(), &line, answers.collect())
    };
    let studio = Studio::with(reads(&["completed"]), &good_blender());
    let said = studio.submit(&["dance.blend", "--watch"]).ended_with(0);
    assert!(said.err.contains("dance is completed"), "{said:?}");
    let studio = Studio::with(reads(&["failed"]), &good_blender());
    let said = studio.submit(&["dance.blend", "--watch"]).ended_with(1);
    assert!(said.err.contains("dance is failed"), "{said:?}");
}
