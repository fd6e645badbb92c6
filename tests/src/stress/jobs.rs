//! Jobs of one's own: submitted before the run, made ready, canceled after it.
//!
//! They are of the type echo-sleep-test, the one with the smallest tasks that every Manager has. Its sleeping tasks
//! wait for an echo, which is done here first, so that during the run all of them are ready.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use farandole_protocol::paths;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::board::{Board, Operation};
use super::connection::Connection;
use super::manager::Manager;
use super::player::Player;
use super::request::Request;

/// Above all else in the queue, until the echo is done.
const FIRST: i32 = 1000;

/// As everybody's.
const USUAL: i32 = 50;

/// How many tasks of others may come first.
const PATIENCE: usize = 100;

/// Who submits.
#[derive(Debug)]
pub(super) struct Submitter {
    connection: Connection,
    request: Request,
    board: Rc<Board>,
    jobs: Vec<String>,
}

#[derive(Deserialize)]
struct Job {
    id: String,
    status: String,
}

#[derive(Deserialize)]
struct Version {
    name: String,
    version: String,
}

impl Submitter {
    pub(super) fn at(manager: &Manager, limit: Duration, board: &Rc<Board>) -> Self {
        let (connection, request) = (Connection::to(manager, limit), Request::to(manager, ""));
        Self {
            connection,
            request,
            board: Rc::clone(board),
            jobs: Vec::new(),
        }
    }

    /// Who the Manager says it is.
    pub(super) async fn version(&mut self) -> Result<String> {
        let answer = self
            .connection
            .ask(self.request.get(paths::VERSION))
            .await?;
        let version: Version =
            serde_json::from_slice(&answer.body).context("this is not a Manager")?;
        Ok(format!("{} {}", version.name, version.version))
    }

    /// Submits a job of so many tasks, and has `player` do its echo.
    pub(super) async fn submit(&mut self, tasks: u32, player: &mut Player) -> Result<()> {
        let number = self.jobs.len() + 1;
        let job = json!({
            "name": format!("stress {number}"),
            "type": "echo-sleep-test",
            "priority": FIRST,
            "submitter_platform": "linux",
            "settings": { "message": "stress", "sleep_duration_seconds": 0, "sleep_repeats": tasks },
            "metadata": { "project": "stress" },
        });
        let began = Instant::now();
        let answer = self.post(paths::JOBS, &job.to_string()).await?;
        self.board.took(Operation::Submit, began.elapsed());
        let job: Job = serde_json::from_slice(&answer)?;
        self.jobs.push(job.id.clone());
        make_ready(&job.id, player).await?;
        let priority = json!({ "priority": USUAL });
        self.post(
            &format!("{}/{}/setpriority", paths::JOBS, job.id),
            &priority.to_string(),
        )
        .await?;
        Ok(())
    }

    /// Cancels what is not finished. A Manager that does not answer any more is left alone.
    pub(super) async fn cancel_unfinished(&mut self) -> Result<()> {
        let status = json!({ "status": "cancel-requested", "reason": "the measurement is over" })
            .to_string();
        for id in std::mem::take(&mut self.jobs) {
            let path = format!("{}/{id}", paths::JOBS);
            let answer = self.connection.ask(self.request.get(&path)).await?;
            let job: Job = serde_json::from_slice(&answer.body)?;
            if !matches!(job.status.as_str(), "completed" | "failed" | "canceled") {
                self.post(&format!("{path}/setstatus"), &status).await?;
            }
        }
        Ok(())
    }

    async fn post(&mut self, path: &str, body: &str) -> Result<Vec<u8>> {
        let answer = self
            .connection
            .ask(self.request.post(path, "", body))
            .await?;
        let text = String::from_utf8_lossy(&answer.body);
        ensure!(
            answer.status < 300,
            "{path}: HTTP {}: {text}",
            answer.status
        );
        Ok(answer.body)
    }
}

async fn make_ready(job: &str, player: &mut Player) -> Result<()> {
    for _ in 0..PATIENCE {
        let Ok(Some(task)) = player.take().await else {
            bail!("the Manager does not hand out the job's first task")
        };
        if player.work(&task).await.is_err() {
            bail!("the Manager does not take back the job's first task");
        }
        if task.job == job {
            return Ok(());
        }
    }
    bail!("there are too many other tasks before those of this run")
}
