//! What a command may touch of the Worker: the task's log, its steps and pictures, and whether it was called off.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use farandole_protocol::api::TaskUpdate;
use tokio::sync::{mpsc, watch};

use crate::process::ProgramSettings;

/// The task was called off, and nobody wants to know its outcome.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the task was called off")]
pub struct Cancelled;

/// What a running task has to say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Report {
    /// News for the Manager.
    Update(TaskUpdate),
    /// A picture that people may want to see.
    Picture(PathBuf),
}

/// The place where a task's commands work.
#[derive(Debug)]
pub struct Site {
    reports: mpsc::Sender<Report>,
    cancelled: watch::Receiver<bool>,
    programs: ProgramSettings,
    tools: Option<PathBuf>,
    steps: Cell<i64>,
}

impl Site {
    /// A place whose reports go into the channel. `tools` is the directory with programs that were shipped with
    /// the Worker.
    pub fn new(
        reports: mpsc::Sender<Report>,
        cancelled: watch::Receiver<bool>,
        programs: ProgramSettings,
        tools: Option<PathBuf>,
    ) -> Self {
        Self {
            reports,
            cancelled,
            programs,
            tools,
            steps: Cell::new(0),
        }
    }

    /// How programs are run.
    pub fn programs(&self) -> ProgramSettings {
        self.programs
    }

    /// The directory with programs that were shipped with the Worker.
    pub fn tools(&self) -> Option<&Path> {
        self.tools.as_deref()
    }

    /// Says something about the task. Also possible after it was called off: its last words are worth reading.
    pub async fn report(&self, report: Report) -> Result<(), Cancelled> {
        self.reports.send(report).await.map_err(|_| Cancelled)
    }

    /// Appends text to the task's log.
    pub async fn log(&self, text: impl Into<String>) -> Result<(), Cancelled> {
        let update = TaskUpdate {
            log: Some(text.into()),
            ..TaskUpdate::default()
        };
        self.report(Report::Update(update)).await
    }

    /// One more step of the task is done.
    pub async fn step(&self) -> Result<(), Cancelled> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        let update = TaskUpdate {
            activity: Some("Progress".to_owned()),
            steps_completed: Some(steps),
            ..TaskUpdate::default()
        };
        self.report(Report::Update(update)).await
    }

    /// There is a picture that people may want to see.
    pub async fn picture(&self, path: PathBuf) -> Result<(), Cancelled> {
        self.report(Report::Picture(path)).await
    }

    /// Whether the task was called off.
    pub fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Ends when the task is called off.
    pub async fn cancelled(&self) {
        // The other end may go away only together with the whole Worker.
        self.cancelled
            .clone()
            .wait_for(|cancelled| *cancelled)
            .await
            .ok();
    }

    /// For work on another thread: whether it shall go on.
    pub fn go_on(&self) -> impl Fn() -> bool + Send + 'static {
        let cancelled = self.cancelled.clone();
        move || !*cancelled.borrow()
    }
}
