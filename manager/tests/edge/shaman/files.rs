//! What tests do with files of jobs.

use std::fs;
use std::path::{Path, PathBuf};

use farandole_manager::shaman::{EraseCheckout, Erased};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::client::{Answer, Request};
use crate::farm::Farm;

pub(super) const REQUIREMENTS: &str = "/api/v3/shaman/checkout/requirements";
pub(super) const CREATE: &str = "/api/v3/shaman/checkout/create";
pub(super) const A: &[u8] = b"contents of file A\n";
pub(super) const B: &[u8] = b"contents of file B, a bit longer\n";

pub(super) fn sha(contents: &[u8]) -> String {
    let sum = Sha256::digest(contents);
    sum.iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

pub(super) fn file(contents: &[u8]) -> String {
    format!("/api/v3/shaman/files/{}/{}", sha(contents), contents.len())
}

pub(super) fn spec(contents: &[u8], path: &str) -> Value {
    json!({"sha": sha(contents), "size": contents.len(), "path": path})
}

pub(super) fn sending(contents: &[u8]) -> Request {
    Request::new("POST", &file(contents)).body(contents)
}

pub(super) fn stored_already(answer: &Answer) {
    assert_eq!((answer.status, answer.text()), (208, ""));
    let found = answer.header("content-type");
    assert_eq!(found, Some("text/plain; charset=UTF-8"));
}

impl Farm {
    pub(super) fn storage(&self) -> PathBuf {
        self.folder.path().join("shared")
    }

    pub(super) fn blob(&self, contents: &[u8]) -> PathBuf {
        let sha = sha(contents);
        let stored = self.storage().join("file-store/stored");
        stored
            .join(&sha[..2])
            .join(&sha[2..])
            .join(format!("{}.blob", contents.len()))
    }

    pub(super) async fn store(&self, contents: &[u8]) {
        sending(contents).send(self.address).await.nothing();
    }

    pub(super) async fn status(&self, contents: &[u8]) -> String {
        let told = self.get(&file(contents)).await.json();
        told["status"].as_str().unwrap().to_owned()
    }

    pub(super) async fn check_out(&self, path: &str, files: &[Value]) -> Answer {
        let body = json!({"files": files, "checkoutPath": path});
        self.post(CREATE, &body).await
    }

    /// Checks out what is there. Gives the path.
    pub(super) async fn checked_out(&self, path: &str, files: &[Value]) -> String {
        let made = self.check_out(path, files).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let path = made.json()["checkoutPath"].as_str().unwrap().to_owned();
        assert!(self.storage().join("jobs").join(&path).is_dir());
        path
    }

    pub(super) async fn erase(&self, checkout: &str) -> Erased {
        let order = EraseCheckout {
            checkout: checkout.to_owned(),
        };
        self.manager.parts.shaman.ask(order).await.unwrap().unwrap()
    }
}

/// All files below a folder, links as what they lead to.
pub(super) fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
