//! Submitting a job where frames exist already.

use std::fs;

use serde_json::json;

use super::farm::{always, script};
use super::submitting::{SUBMIT, Studio, good_blender};

/// A studio in which two of the frames 1 to 12 exist, and the arguments that lead a job there.
fn with_frames() -> (Studio, Vec<String>) {
    let ours = always(
        "GET /api/v3/version",
        json!({"version": "3.8 (Farandole 0.1.0)", "shortversion": "3.8", "name": "Flamenco", "git": "abcdef"}),
    );
    let studio = Studio::with([script(), vec![ours]].concat(), &good_blender());
    let out = studio.path().join("out");
    fs::create_dir(&out).unwrap();
    for name in ["0001.png", "0012.png", "0013.png", "0002.jpg"] {
        fs::write(out.join(name), "x").unwrap();
    }
    let output = format!("render_output_path={}/####", out.display());
    let args = ["dance.blend", "--frames", "1-12", "--set", &output];
    (studio, args.map(str::to_owned).to_vec())
}

fn with<'a>(args: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    args.iter()
        .map(String::as_str)
        .chain(more.iter().copied())
        .collect()
}

#[test]
fn without_a_terminal_one_of_the_options_has_to_be_given() {
    let (studio, args) = with_frames();
    let said = studio.submit(&with(&args, &[])).ended_with(2);
    assert!(
        said.err
            .contains("2 frame files of this job exist already in "),
        "{said:?}"
    );
    for option in ["--overwrite", "--keep-existing"] {
        assert!(said.err.contains(option), "{said:?}");
    }
    let seen = studio.manager.seen();
    assert!(
        seen.iter().all(|request| request.line != SUBMIT),
        "{seen:?}"
    );
}

#[test]
fn frames_are_kept_or_moved_aside_as_the_options_say() {
    let (studio, args) = with_frames();
    let said = studio.submit(&with(&args, &["--overwrite"])).ended_with(0);
    assert!(said.err.contains("moved aside, not deleted"), "{said:?}");
    assert_eq!(studio.submitted().get("keep_existing"), None);
    studio
        .submit(&with(&args, &["--keep-existing"]))
        .ended_with(0);
    assert_eq!(studio.submitted()["keep_existing"], true);
    let both = with(&args, &["--keep-existing", "--overwrite"]);
    studio.submit(&both).ended_with(2);
}

#[test]
fn other_frames_and_a_folder_of_its_own_are_no_matter() {
    let (studio, args) = with_frames();
    let later = with(&args, &["--set", "format=OPEN_EXR"]);
    studio.submit(&later).ended_with(0);
    studio.submit(&["dance.blend"]).ended_with(0);
}

#[test]
fn a_variable_in_the_path_is_looked_up() {
    let (studio, _) = with_frames();
    let submit = |output| {
        let args = ["dance.blend", "--frames", "1-12", "--set", output];
        studio.submit(&args)
    };
    let said = submit("render_output_path={studio}/out/####").ended_with(2);
    assert!(said.err.contains("2 frame files"), "{said:?}");
    submit("render_output_path={nowhere}/out/####").ended_with(0);
}

#[test]
fn a_flamenco_manager_cannot_be_asked_to_keep_frames() {
    let flamenco = always(
        "GET /api/v3/version",
        json!({"version": "3.7", "shortversion": "3.7", "name": "Flamenco", "git": "abcdef"}),
    );
    let studio = Studio::with([script(), vec![flamenco]].concat(), &good_blender());
    let said = studio
        .submit(&["dance.blend", "--keep-existing"])
        .ended_with(1);
    assert!(
        said.err
            .contains("Flamenco 3.7 does not know --keep-existing"),
        "{said:?}"
    );
}
