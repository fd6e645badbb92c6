//! What a command may touch of the Worker: the task's log, its steps and pictures, and whether it was called off. Also
//! keeps the signs of life of the program that the command runs.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use actix::Recipient;
use farandole_protocol::api::{AssignedTask, FindingClass, TaskFinding, TaskOutput, TaskUpdate};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::error::CommandError;
use crate::inspector::CheckStorage;
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

/// What the Manager said about a task, besides its commands.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TaskFacts {
    /// The files that earlier attempts have finished.
    pub outputs: Vec<TaskOutput>,
    /// The findings that are warnings of the job instead of failures.
    pub allow: Vec<FindingClass>,
    /// Whether whole files that exist already count as rendered, although the job did not render them.
    pub keep_existing: bool,
}

impl TaskFacts {
    /// What came with a task. A Flamenco Manager does not know what its submitter allows, so that missing files are
    /// rendered as Flamenco renders them, and frames that exist count as rendered.
    pub fn of(task: &AssignedTask) -> Self {
        Self {
            outputs: task.outputs.clone().unwrap_or_default(),
            allow: task
                .allow
                .clone()
                .unwrap_or_else(|| vec![FindingClass::MissingFiles]),
            keep_existing: task.keep_existing.unwrap_or_else(|| task.attempt.is_none()),
        }
    }
}

/// The place where a task's commands work.
#[derive(Debug)]
pub struct Site {
    reports: mpsc::Sender<Report>,
    cancelled: watch::Receiver<bool>,
    programs: ProgramSettings,
    tools: Option<PathBuf>,
    task: TaskFacts,
    steps: Cell<i64>,
    /// The steps that the running command still has to report; `None` when it announced none.
    steps_left: Cell<Option<i64>>,
    /// The signs of life of the program that runs, if one does.
    signs: watch::Sender<Option<Signs>>,
    /// Who knows whether the shared storage is what it should be.
    inspector: Option<Recipient<CheckStorage>>,
}

impl Site {
    /// A place whose reports go into the channel. `tools` is the directory with programs that were shipped with
    /// the Worker.
    pub fn new(
        reports: mpsc::Sender<Report>,
        cancelled: watch::Receiver<bool>,
        programs: ProgramSettings,
        tools: Option<PathBuf>,
        task: TaskFacts,
    ) -> Self {
        Self {
            reports,
            cancelled,
            programs,
            tools,
            task,
            steps: Cell::new(0),
            steps_left: Cell::new(None),
            signs: watch::Sender::new(None),
            inspector: None,
        }
    }

    /// The same, where the shared storage is looked at before the task begins.
    #[must_use]
    pub fn inspected_by(self, inspector: Recipient<CheckStorage>) -> Self {
        Self {
            inspector: Some(inspector),
            ..self
        }
    }

    /// Looks at the shared storage if one of these texts is a path in it. The error says what is wrong with it.
    pub(super) async fn check_storage(&self, texts: Vec<String>) -> Result<(), CommandError> {
        let Some(inspector) = &self.inspector else {
            return Ok(());
        };
        match inspector.send(CheckStorage { texts }).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(problem)) => Err(CommandError::Storage(problem)),
            // It ends only together with the whole Worker.
            Err(_) => Err(Cancelled.into()),
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
        if self.ends_programs() {
            self.sign(Signs::all_saved);
        }
    }

    /// Whether a program that has saved all of its frames is ended here. Otherwise the Manager ends its task when it
    /// makes no progress.
    fn ends_programs(&self) -> bool {
        let limit = self.programs.limits.exit;
        limit.is_some_and(|limit| !limit.is_zero())
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
    pub fn programs(&self) -> &ProgramSettings {
        &self.programs
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

    /// What the Manager said about the task.
    pub fn task(&self) -> &TaskFacts {
        &self.task
    }

    /// One more step of the task is done.
    pub async fn step(&self) -> Result<(), Cancelled> {
        self.finished(1, Vec::new()).await
    }

    /// More steps of the task are done, and these files are finished.
    pub async fn finished(&self, steps: i64, outputs: Vec<TaskOutput>) -> Result<(), Cancelled> {
        if steps == 0 && outputs.is_empty() {
            return Ok(());
        }
        let mut update = TaskUpdate {
            outputs: Some(outputs).filter(|outputs| !outputs.is_empty()),
            ..TaskUpdate::default()
        };
        if steps > 0 {
            self.steps.set(self.steps.get() + steps);
            let left = self.steps_left.get().map(|left| left.saturating_sub(steps));
            self.steps_left.set(left);
            let is_last = self.ends_programs() && left.is_some_and(|left| left <= 0);
            self.sign(|signs, now| signs.stepped(is_last, now));
            update.activity = Some("Progress".to_owned());
            update.steps_completed = Some(self.steps.get());
        }
        self.report(Report::Update(update)).await
    }

    /// Something was noticed that does not fail the task.
    pub async fn warn(&self, findings: Vec<TaskFinding>) -> Result<(), Cancelled> {
        if findings.is_empty() {
            return Ok(());
        }
        let update = TaskUpdate {
            findings: Some(findings),
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
