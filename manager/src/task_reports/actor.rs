//! The actor, and the order in which a report takes effect.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::TaskOutput;
use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::status::TaskStatus;
use tokio::time::Instant;
use tracing::instrument;

use super::messages::{TakeReport, TakeReportError};
use crate::ask::{self, Ask, AskError, Front};
use crate::farm::commands::reports::{CheckReport, ReportTask};
use crate::farm::decision::FarmCommand;
use crate::frame_checks::FrameChecks;
use crate::scheduler::{self, Scheduler};
use crate::settings::{NameOutputs, Settings};
use crate::store::Store;
use crate::task_logs::{AppendLog, SyncLog, TaskLogs};

/// A few reports of every Worker of a large farm.
const MAILBOX: usize = 16_384;
/// For so long a refused order is asked again.
const PATIENCE: Duration = Duration::from_secs(10);
/// After so long.
const PAUSE: Duration = Duration::from_millis(500);

/// See the [module](super).
#[derive(Debug)]
pub struct TaskReports(Rc<TaskReportsParts>);

/// Which actors it asks.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "each is the front of the actor whose name it has"
)]
pub struct TaskReportsParts {
    pub scheduler: Front<Scheduler>,
    pub logs: TaskLogs,
    pub settings: Front<Settings>,
    pub store: Store,
    pub frame_checks: FrameChecks,
}

impl TaskReports {
    /// It asks these.
    pub fn new(parts: TaskReportsParts) -> Self {
        Self(Rc::new(parts))
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }
}

impl Actor for TaskReports {
    type Context = Context<Self>;
}

impl Handler<Ask<TakeReport>> for TaskReports {
    type Result = ();

    #[instrument(name = "task_reports.take_report", level = "debug", skip_all, fields(worker.id = %ask.order.worker, task.id = %ask.order.task))]
    fn handle(&mut self, ask: Ask<TakeReport>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.0);
        ask::in_background(async move {
            let answer = parts.take(ask.order).await;
            ask.reply.answer(answer);
        });
    }
}

impl TaskReportsParts {
    async fn take(&self, order: TakeReport) -> Result<(), TakeReportError> {
        let TakeReport {
            worker,
            task,
            attempt,
            update,
        } = order;
        let by_stock_worker = update.outputs.is_none();
        let log = update.log;
        let mut report = ReportTask {
            worker,
            task,
            attempt,
            status: update.task_status,
            activity: update.activity,
            steps_completed: update.steps_completed,
            outputs: update.outputs.unwrap_or_default(),
            findings: update.findings.unwrap_or_default(),
        };
        let completed = report.status == Some(TaskStatus::Completed);
        let is_unchecked = completed && by_stock_worker;
        if log.is_some() || is_unchecked || !report.outputs.is_empty() {
            let accepted = self.patiently(|| CheckReport(report.clone())).await??;
            if let Some(reporter) = &accepted.counts {
                report.outputs = self.named(report.outputs, &reporter.platform).await?;
            }
            let ends = completed || report.status == Some(TaskStatus::Failed);
            if let Some(text) = log {
                self.append(accepted.job, task, text, ends).await?;
                if says_nothing(&report) {
                    return Ok(());
                }
            }
            if is_unchecked && let Some(reporter) = accepted.counts {
                let text = self.check_stock_frames(reporter, &mut report).await?;
                if let Some(text) = text {
                    self.append(accepted.job, task, text, true).await?;
                }
            }
        }
        self.patiently(|| report.clone()).await??;
        Ok(())
    }

    /// The outputs as they are stored: below folders that each Worker calls by its own name, with the variable.
    pub(super) async fn named(
        &self,
        outputs: Vec<TaskOutput>,
        platform: &str,
    ) -> Result<Vec<TaskOutput>, AskError> {
        if outputs.is_empty() {
            return Ok(outputs);
        }
        let name = NameOutputs {
            outputs,
            platform: platform.to_owned(),
        };
        ask::ask(&self.settings, name).await
    }

    /// Writes the text; before a task ends, also onto the disk.
    async fn append(
        &self,
        job: JobId,
        task: TaskId,
        text: String,
        sync: bool,
    ) -> Result<(), TakeReportError> {
        let append = AppendLog { job, task, text };
        self.logs
            .ask(append)
            .await?
            .map_err(|_| TakeReportError::LogNotWritten)?;
        if sync {
            self.logs
                .ask(SyncLog { job, task })
                .await?
                .map_err(|_| TakeReportError::LogNotWritten)?;
        }
        Ok(())
    }

    async fn patiently<C: FarmCommand>(
        &self,
        command: impl Fn() -> C,
    ) -> Result<C::Reply, AskError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match scheduler::give_order(&self.scheduler, command()).await {
                Err(AskError::Starting | AskError::Recovering | AskError::Busy)
                    if Instant::now() < until =>
                {
                    tokio::time::sleep(PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Whether there is nothing to be decided about a report.
fn says_nothing(report: &ReportTask) -> bool {
    report.status.is_none()
        && report.activity.is_none()
        && report.steps_completed.is_none()
        && report.outputs.is_empty()
        && report.findings.is_empty()
}
