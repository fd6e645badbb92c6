//! TaskReports: what a Worker reports of its task, in the right order: log text first, then the decision.
//!
//! An update without text is only decided. One with only text is checked, which also counts as a sign of life, and
//! appended. One with both is checked, appended, then decided; the answer waits for all. A repeat may double text,
//! never lose it. A stock Worker drops what is answered 503 and renders again, so an order that a recovering
//! Scheduler refuses is asked again for a while. Asks the TaskLogs and the Scheduler.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::{TaskOutput, TaskUpdate};
use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::status::TaskStatus;
use tokio::time::Instant;
use tracing::instrument;

use crate::ask::{self, Ask, AskError, Front, Order};
use crate::farm::commands::reports::{Accepted, CheckReport, ReportError, ReportTask};
use crate::farm::decision::FarmCommand;
use crate::scheduler::{self, Scheduler};
use crate::settings::{NameOutputs, Settings};
use crate::task_logs::{AppendLog, SyncLog, TaskLogs};

/// A few reports of every Worker of a large farm.
const MAILBOX: usize = 16_384;
/// For so long a refused order is asked again.
const PATIENCE: Duration = Duration::from_secs(10);
/// After so long.
const PAUSE: Duration = Duration::from_millis(500);

/// A Worker reports of its task. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct TakeReport {
    /// Who reports.
    pub worker: WorkerId,
    /// Of which task.
    pub task: TaskId,
    /// Of which attempt.
    pub attempt: Option<u32>,
    /// What.
    pub update: TaskUpdate,
}

impl Order for TakeReport {
    type Reply = Result<(), TakeReportError>;
}

/// Why a report was not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TakeReportError {
    /// The farm does not want it.
    #[error(transparent)]
    Refused(#[from] ReportError),
    /// Its text could not be written; nothing of it was taken.
    #[error("the task's log cannot be written")]
    LogNotWritten,
    /// Somebody who was needed is busy or recovering.
    #[error(transparent)]
    Unavailable(#[from] AskError),
}

/// See the [module](self).
#[derive(Debug)]
pub struct TaskReports {
    parts: Rc<Parts>,
}

#[derive(Debug)]
struct Parts {
    scheduler: Front<Scheduler>,
    logs: TaskLogs,
    settings: Front<Settings>,
}

impl TaskReports {
    /// Reports go to these.
    pub fn new(scheduler: Front<Scheduler>, logs: TaskLogs, settings: Front<Settings>) -> Self {
        Self {
            parts: Rc::new(Parts {
                scheduler,
                logs,
                settings,
            }),
        }
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
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            let answer = parts.take(ask.order).await;
            ask.reply.answer(answer);
        });
    }
}

impl Parts {
    async fn take(&self, order: TakeReport) -> Result<(), TakeReportError> {
        let TakeReport {
            worker,
            task,
            attempt,
            update,
        } = order;
        let TaskUpdate {
            task_status,
            activity,
            log,
            steps_completed,
            outputs,
            findings,
        } = update;
        let outputs = outputs.unwrap_or_default();
        let findings = findings.unwrap_or_default();
        let only_text = task_status.is_none()
            && activity.is_none()
            && steps_completed.is_none()
            && outputs.is_empty()
            && findings.is_empty();
        let mut report = ReportTask {
            worker,
            task,
            attempt,
            status: task_status,
            activity,
            steps_completed,
            outputs,
            findings,
        };
        let accepted = if log.is_some() || !report.outputs.is_empty() {
            Some(self.patiently(|| CheckReport(report.clone())).await??)
        } else {
            None
        };
        if let Some(reporter) = accepted
            .as_ref()
            .and_then(|accepted| accepted.counts.as_ref())
        {
            report.outputs = self.named(report.outputs, &reporter.platform).await?;
        }
        if let (Some(text), Some(Accepted { job, .. })) = (log, accepted) {
            let ends = matches!(
                task_status,
                Some(TaskStatus::Completed | TaskStatus::Failed)
            );
            self.append(job, task, text, ends).await?;
            if only_text {
                return Ok(());
            }
        }
        self.patiently(|| report.clone()).await??;
        Ok(())
    }

    /// The outputs as they are stored: below folders that each Worker calls by its own name, with the variable.
    async fn named(
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
                Err(AskError::Recovering | AskError::Busy) if Instant::now() < until => {
                    tokio::time::sleep(PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }
}
