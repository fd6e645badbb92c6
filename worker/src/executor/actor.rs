//! The actor: which task runs, its cancellation, and the way of its reports to Upstream and OutputUploader.

use std::mem;
use std::path::PathBuf;

use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, ResponseFuture, WrapFuture,
};
use farandole_protocol::api::TaskUpdate;
use farandole_protocol::ids::TaskId;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{info, instrument};

use super::messages::{AwaitIdle, Busy, CancelTask, RunTask};
use super::run::Outcome;
use super::site::{Report, Site, TaskFacts};
use super::thread::run_on_thread;
use crate::ask::{MAILBOX, ask, tell};
use crate::heartbeat::{Heartbeat, WatchTask, Watched};
use crate::inspector::Inspector;
use crate::process::ProgramSettings;
use crate::uploader::{OfferPicture, OutputUploader};
use crate::upstream::{Deliver, Upstream};

/// Reports that may wait for the Upstream's disk before the task has to: some hundred kilobytes of log.
const REPORTS: usize = 64;

/// The actors that a running task has to do with.
#[derive(Clone, Debug)]
pub struct Colleagues {
    /// Takes what the task has to say.
    pub upstream: Addr<Upstream>,
    /// Takes its pictures.
    pub uploader: Addr<OutputUploader>,
    /// Asks whether it may go on.
    pub heartbeat: Addr<Heartbeat>,
    /// Knows whether the shared storage is what it should be.
    pub inspector: Addr<Inspector>,
}

/// Runs one task at a time.
#[derive(Debug)]
pub struct TaskExecutor {
    colleagues: Colleagues,
    programs: ProgramSettings,
    tools: Option<PathBuf>,
    running: Option<Running>,
    waiting: Vec<oneshot::Sender<()>>,
}

#[derive(Debug)]
struct Running {
    attempt: (TaskId, Option<u32>),
    cancel: watch::Sender<bool>,
}

impl TaskExecutor {
    /// `tools` is the directory with programs that were shipped with the Worker.
    pub fn new(colleagues: Colleagues, programs: ProgramSettings, tools: Option<PathBuf>) -> Self {
        Self {
            colleagues,
            programs,
            tools,
            running: None,
            waiting: Vec::new(),
        }
    }

    fn ended(&mut self, outcome: &Outcome) {
        if let Some(Running {
            attempt: (task, _), ..
        }) = self.running.take()
        {
            info!(task.id = %task, ?outcome, "task ended");
        }
        tell(
            &self.colleagues.heartbeat.clone().recipient(),
            WatchTask(None),
        );
        for sender in mem::take(&mut self.waiting) {
            // Who does not wait any more needs no answer.
            sender.send(()).ok();
        }
    }
}

/// Brings everything a task has to say to where it belongs; ends when the task has ended.
async fn forward(
    attempt: (TaskId, Option<u32>),
    mut reports: mpsc::Receiver<Report>,
    outcome: impl Future<Output = Outcome>,
    colleagues: Colleagues,
) -> Outcome {
    let uploader = colleagues.uploader.recipient();
    let deliver = async |update: TaskUpdate| {
        // It fails only when the Worker ends.
        ask(&colleagues.upstream, Deliver { attempt, update })
            .await
            .unwrap_or_default();
    };
    while let Some(report) = reports.recv().await {
        match report {
            Report::Update(update) => deliver(update).await,
            Report::Picture(path) => tell(
                &uploader,
                OfferPicture {
                    task: attempt.0,
                    attempt: attempt.1,
                    path,
                },
            ),
        }
    }
    let outcome = outcome.await;
    if let Some(update) = outcome.update() {
        deliver(update).await;
    }
    outcome
}

impl Actor for TaskExecutor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<RunTask> for TaskExecutor {
    type Result = Result<(), Busy>;

    #[instrument(name = "executor.run_task", skip_all, fields(task.id = %msg.task.uuid, job.id = %msg.task.job))]
    fn handle(&mut self, msg: RunTask, ctx: &mut Self::Context) -> Self::Result {
        if self.running.is_some() {
            return Err(Busy);
        }
        let task = msg.task;
        info!(
            task.name = task.name,
            task.attempt = task.attempt,
            task.commands = task.commands.len(),
            "task begins"
        );
        let attempt = (task.uuid, task.attempt);
        let (reporting, reports) = mpsc::channel(REPORTS);
        let (cancel, cancelled) = watch::channel(false);
        let mut programs = self.programs.clone();
        if task.attempt.is_some() {
            // A Farandole Manager applies its own limit to what it is told; only Flamenco's does not know it.
            programs.limits.progress = None;
        }
        let site = Site::new(
            reporting,
            cancelled,
            programs,
            self.tools.clone(),
            TaskFacts::of(&task),
        )
        .inspected_by(self.colleagues.inspector.clone().recipient());
        let watched = Watched {
            task: attempt.0,
            attempt: attempt.1,
            signs: site.signs(),
        };
        let ended = run_on_thread(task, site);
        let outcome = async {
            match ended.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(error)) => {
                    Outcome::Failed(format!("the Worker cannot run it: {error}"), Vec::new())
                }
                Err(panic) => Outcome::Failed(format!("the Worker has a bug: {panic}"), Vec::new()),
            }
        };
        self.running = Some(Running { attempt, cancel });
        tell(
            &self.colleagues.heartbeat.clone().recipient(),
            WatchTask(Some(watched)),
        );
        let forwarded =
            forward(attempt, reports, outcome, self.colleagues.clone()).into_actor(self);
        ctx.spawn(forwarded.map(|outcome, this, _| this.ended(&outcome)));
        Ok(())
    }
}

impl Handler<CancelTask> for TaskExecutor {
    type Result = ();

    #[instrument(name = "executor.cancel_task", skip_all, fields(task.id = msg.which.map(|(task, _)| display(task))))]
    fn handle(&mut self, msg: CancelTask, _: &mut Self::Context) {
        let Some(running) = &self.running else { return };
        if msg.which.is_none_or(|which| which == running.attempt) {
            info!(task.id = %running.attempt.0, reason = %msg.cause, "calling the task off");
            running.cancel.send_replace(true);
        }
    }
}

impl Handler<AwaitIdle> for TaskExecutor {
    type Result = ResponseFuture<()>;

    #[instrument(name = "executor.await_idle", level = "debug", skip_all)]
    fn handle(&mut self, _: AwaitIdle, _: &mut Self::Context) -> Self::Result {
        let (sender, idle) = oneshot::channel();
        match self.running {
            Some(_) => self.waiting.push(sender),
            None => drop(sender),
        }
        Box::pin(async move { idle.await.unwrap_or_default() })
    }
}
