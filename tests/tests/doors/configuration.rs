//! Who may change the configuration over HTTP, and which keys.

use farandole_tests::harness::{Manager, ManagerOptions, Request};
use serde_json::json;
use tempfile::tempdir;

const FILE: &str = "/api/v3/configuration/file";

#[test]
fn each_change_is_logged_with_both_values_and_where_it_comes_from() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let put = |body| {
        Request::new("PUT", FILE)
            .json(&body)
            .send(&manager.address())
    };
    assert_eq!(put(json!({"manager_name": "anna"})).status, 204);
    let shell = json!({"values": [{"platform": "linux", "value": "/bin/sh"}]});
    let refused = put(json!({"variables": {"blender": shell}}));
    assert_eq!(refused.status, 403);
    let log = manager.process.own_output();
    let line = log
        .lines()
        .find(|line| line.contains("a setting was changed"))
        .unwrap();
    for part in ["127.0.0.1", "manager_name", "Farandole", "anna"] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!log.contains("/bin/sh"), "{log}");
}
