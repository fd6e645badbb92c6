//! Stored files that somebody has overwritten.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use farandole_tests::harness::{Manager, ManagerOptions, Request};
use farandole_tests::wire::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const RIGHT: &[u8] = b"the right contents";
const WRONG: &[u8] = b"other contents 123";

struct Store {
    manager: Manager,
    sha: String,
}

impl Store {
    fn path(&self) -> String {
        format!("/api/v3/shaman/files/{}/{}", self.sha, RIGHT.len())
    }

    fn blob(&self) -> PathBuf {
        let (first, rest) = self.sha.split_at(2);
        let stored = self.manager.options.storage.join("file-store/stored");
        stored
            .join(first)
            .join(rest)
            .join(format!("{}.blob", RIGHT.len()))
    }

    fn send(&self) -> u16 {
        let request = Request::new("POST", &self.path());
        let request = request.header("Content-Type", "application/octet-stream");
        request.body(RIGHT).send(&self.manager.address()).status
    }

    fn status(&self) -> String {
        let told = self.manager.api().get(&self.path());
        told["status"].as_str().unwrap().to_owned()
    }

    fn files(&self) -> Value {
        json!([{"sha": self.sha, "size": RIGHT.len(), "path": "sub/a.txt"}])
    }

    fn missing(&self) -> usize {
        let asked = json!({"files": self.files()});
        let (status, told) = self
            .manager
            .api()
            .post("/api/v3/shaman/checkout/requirements", &asked);
        assert_eq!(status, 200, "{told}");
        told["files"].as_array().unwrap().len()
    }

    fn check_out(&self, path: &str) -> (u16, Value) {
        let asked = json!({"files": self.files(), "checkoutPath": path});
        self.manager
            .api()
            .post("/api/v3/shaman/checkout/create", &asked)
    }

    fn checked_out(&self, path: &str) -> Vec<u8> {
        let jobs = self.manager.options.storage.join("jobs");
        fs::read(jobs.join(path).join("sub/a.txt")).unwrap_or_default()
    }

    /// Other contents of the same length, with the time of the right ones.
    fn overwrite(&self) {
        let modified = fs::metadata(self.blob()).unwrap().modified().unwrap();
        fs::set_permissions(self.blob(), fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(self.blob(), WRONG).unwrap();
        let blob = File::options().write(true).open(self.blob()).unwrap();
        blob.set_times(FileTimes::new().set_modified(modified))
            .unwrap();
    }
}

fn store(folder: &std::path::Path) -> Store {
    let store = Store {
        manager: Manager::start(ManagerOptions::below(folder)),
        sha: hex(&Sha256::digest(RIGHT)),
    };
    assert_eq!(store.send(), 204);
    assert_eq!(store.check_out("first").0, 200);
    store
}

#[test]
fn an_overwritten_file_is_asked_for_again_and_sending_it_heals_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    assert_eq!(store.checked_out("first"), RIGHT);
    store.overwrite();
    assert_eq!(store.missing(), 1);
    let (status, refusal) = store.check_out("second");
    assert_eq!(status, 424, "{refusal}");
    let message = refusal["message"].as_str().unwrap();
    assert!(message.contains("\"sub/a.txt\""), "{message}");
    assert!(!message.contains("FilePath"), "{message}");
    assert_ne!(store.checked_out("first"), WRONG, "it is not worked with");

    assert_eq!(store.send(), 204);
    assert_eq!((store.missing(), store.status().as_str()), (0, "stored"));
    assert_eq!(store.check_out("second").0, 200);
    for checkout in ["first", "second"] {
        assert_eq!(store.checked_out(checkout), RIGHT);
    }
}

#[test]
fn it_is_noticed_by_whatever_is_asked_first_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(folder.path());
    store.overwrite();
    assert_eq!(store.status(), "unknown");
    assert_eq!(store.send(), 204);
    store.overwrite();
    assert_eq!(store.send(), 204, "not 208: it is taken");
    store.overwrite();
    assert_eq!(store.check_out("second").0, 424);
    assert_eq!(store.send(), 204);
    store.manager = store.manager.kill_and_restart();
    assert_eq!(store.send(), 208, "it is still right");
    store.overwrite();
    store.manager = store.manager.kill_and_restart();
    assert_eq!(store.missing(), 1);
}
