//! A Manager under test, with what most tests want of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;

use bytesize::ByteSize;
use farandole_manager::boot::{self, Manager};
use farandole_manager::config;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::{Answer, Request};

/// An upload may be so large.
pub(crate) const UPLOAD_LIMIT: ByteSize = ByteSize::mib(4);
/// How most tests start it.
pub(crate) const USUAL: [&str; 7] = [
    "--listen=127.0.0.1:0",
    "--autodiscoverable=no",
    "--database=farm.sqlite",
    "--local-manager-storage-path=local",
    "--shared-storage-path=shared",
    "--request-body-limit=1",
    "--upload-limit=4MiB",
];
/// An id that nothing has.
pub(crate) const UNKNOWN_ID: &str = "11111111-2222-4333-8444-555555555555";

/// A Manager in a folder of its own.
#[derive(Debug)]
pub(crate) struct Farm {
    pub(crate) manager: Manager,
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
}

/// A Worker of the farm, as it proves itself.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Farm {
    pub(crate) async fn start() -> Self {
        Self::start_with(&USUAL).await
    }

    /// A Manager with these flags.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), flags).await
    }

    /// A Manager with these flags in a folder that may have files for it.
    pub(crate) async fn start_in(folder: TempDir, flags: &[&str]) -> Self {
        let flags: Vec<OsString> = flags.iter().map(OsString::from).collect();
        let (config, loaded) = config::load(&flags, &BTreeMap::new(), folder.path()).unwrap();
        let manager = boot::start(config, loaded, None).await.unwrap();
        // Right after the start the farm is being loaded, and whoever asks is to ask again.
        while manager.parts.health().await.iter().any(|part| !part.ready) {
            tokio::task::yield_now().await;
        }
        Self {
            address: manager.address,
            manager,
            folder,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Request::new("GET", path).send(self.address).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Request::new("POST", path)
            .json(body)
            .send(self.address)
            .await
    }

    /// Posts as a Worker.
    pub(crate) async fn say(&self, who: &Member, path: &str, body: &Value) -> Answer {
        who.request("POST", path)
            .json(body)
            .send(self.address)
            .await
    }

    /// A Worker that is registered.
    pub(crate) async fn member(&self, secret: &str) -> Member {
        let body = json!({"name": "anna", "secret": secret, "platform": "linux", "supported_task_types": ["misc"]});
        let answer = self
            .post("/api/v3/worker/register-worker", &body)
            .await
            .json();
        Member {
            id: answer["uuid"].as_str().unwrap().to_owned(),
            secret: secret.to_owned(),
        }
    }

    /// A Worker that takes tasks.
    pub(crate) async fn awake(&self) -> Member {
        let who = self.member("secret").await;
        let body =
            json!({"name": "anna", "supported_task_types": ["misc"], "software_version": "1"});
        let told = self.say(&who, "/api/v3/worker/sign-on", &body).await.json();
        assert_eq!(told, json!({"status_requested": "awake"}));
        let body = json!({"status": "awake"});
        self.say(&who, "/api/v3/worker/state-changed", &body)
            .await
            .nothing();
        who
    }

    /// A job with so many tasks of type misc.
    pub(crate) async fn submit(&self, tasks: u32) -> Value {
        let body = json!({
            "name": "j", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
            "settings": {"message": "m", "sleep_duration_seconds": 0, "sleep_repeats": tasks - 1},
        });
        self.post("/api/v3/jobs", &body).await.json()
    }

    /// A Worker with a task in hand.
    pub(crate) async fn at_work(&self) -> (Member, Value) {
        let who = self.awake().await;
        self.submit(1).await;
        let task = who
            .request("POST", "/api/v3/worker/task")
            .send(self.address)
            .await;
        (who, task.json())
    }

    /// Ends the Manager in good order.
    pub(crate) async fn end(self) {
        self.manager.stop().await;
    }
}

impl Member {
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, path).basic(&self.id, &self.secret)
    }
}
