//! Names of files that some systems do not tell apart, or cannot have.

use farandole_tests::harness::{Answer, Manager, ManagerOptions, Request};
use serde_json::json;

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

fn check_out(manager: &Manager, name: &str, paths: &[&str]) -> Answer {
    let file = |path: &&str| json!({"sha": HELLO, "size": 5, "path": path});
    let files: Vec<_> = paths.iter().map(file).collect();
    Request::new("POST", "/api/v3/shaman/checkout/create")
        .json(&json!({"checkoutPath": name, "files": files}))
        .send(&manager.address())
}

#[test]
fn twins_are_refused_and_names_that_windows_has_not_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let stored = Request::new("POST", &format!("/api/v3/shaman/files/{HELLO}/5"))
        .header("Content-Type", "application/octet-stream")
        .body("hello")
        .send(&manager.address());
    assert_eq!(stored.status, 204, "{}", stored.text());
    for (one, other) in [
        ("tex/Wood.png", "tex/wood.png"),
        ("\u{e9}.png", "e\u{301}.png"),
    ] {
        let refused = check_out(&manager, "twins", &[one, other]);
        assert_eq!(refused.status, 400, "{}", refused.text());
        let message = refused.json()["message"].as_str().unwrap().to_owned();
        for name in [one, other] {
            assert!(message.contains(&format!("{name:?}")), "{message}");
        }
    }
    // One that is named twice does no harm, as before.
    let same = check_out(&manager, "same", &["a.blend", "a.blend"]);
    assert_eq!(same.status, 200, "{}", same.text());
    let odd = check_out(&manager, "odd", &["CON/a.blend", "a:b.png"]);
    assert_eq!(odd.status, 200, "{}", odd.text());
    let upload = Request::new("POST", "/api/farm/v1/uploads/aux.blend");
    let upload = upload
        .header("Content-Type", "application/octet-stream")
        .body("hello");
    let uploaded = upload.send(&manager.address());
    assert!((200..300).contains(&uploaded.status), "{}", uploaded.text());
    let log = manager.process.own_output();
    let mut lines = log
        .lines()
        .filter(|line| line.contains("Windows cannot have"));
    assert!(
        lines
            .next()
            .is_some_and(|line| line.contains("CON/a.blend")),
        "{log}"
    );
    assert!(
        lines.next().is_some_and(|line| line.contains("aux.blend")),
        "{log}"
    );
}

#[test]
fn a_missing_file_is_named_by_its_path_alone() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let refused = check_out(&manager, "shot", &["tex/wood.png"]);
    assert!(refused.status >= 400, "{}", refused.text());
    let message = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("among them \"tex/wood.png\""), "{message}");
}
