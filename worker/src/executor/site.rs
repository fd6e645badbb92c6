//! What a command may touch of the Worker: the task's log, its steps and pictures, and whether it was called off. Also
//! keeps the signs of life of the program that the command runs.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use farandole_protocol::api::TaskUpdate;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::process::{Overdue, ProgramSettings, Signs};

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
    /// The steps that the running command still has to report; `None` when it announced none.
    steps_left: Cell<Option<i64>>,
    /// The signs of life of the program that runs, if one does.
    signs: watch::Sender<Option<Signs>>,
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
            steps_left: Cell::new(None),
            signs: watch::Sender::new(None),
        }
    }

    /// The signs of life of the program that runs, for whoever asks the Manager whether to go on.
    pub fn signs(&self) -> watch::Receiver<Option<Signs>> {
        self.signs.subscribe()
    }

    /// A command begins that announces so many steps; 0 when it announces none.
    pub fn expect_steps(&self, count: i64) {
        self.steps_left.set((count > 0).then_some(count));
    }

    /// The running program has certainly saved all frames that it was to save, so that it should end. A command that
    /// cannot tell need not call this: then the number of its steps decides.
    pub fn all_frames_saved(&self) {
        self.sign(Signs::all_saved);
    }

    /// A program starts.
    pub(crate) fn program_started(&self) {
        self.signs
            .send_replace(Some(Signs::started(Instant::now().into_std())));
    }

    /// The program wrote output.
    pub(crate) fn program_wrote(&self) {
        self.sign(Signs::wrote);
    }

    /// The program used a noticeable amount of processor time.
    pub(crate) fn program_computed(&self) {
        self.sign(Signs::computed);
    }

    /// The program ended.
    pub(crate) fn program_ended(&self) {
        self.signs.send_replace(None);
    }

    /// The limit that the running program has exceeded, if any.
    pub(crate) fn overdue(&self) -> Option<Overdue> {
        let now = Instant::now().into_std();
        self.signs
            .borrow()
            .and_then(|signs| signs.overdue(self.programs.limits, now))
    }

    fn sign(&self, change: impl FnOnce(&mut Signs, std::time::Instant)) {
        self.signs.send_modify(|signs| {
            if let Some(signs) = signs {
                change(signs, Instant::now().into_std());
            }
        });
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
        let left = self.steps_left.get().map(|left| left.saturating_sub(1));
        self.steps_left.set(left);
        let is_last = left.is_some_and(|left| left <= 0);
        self.sign(|signs, now| signs.stepped(is_last, now));
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
