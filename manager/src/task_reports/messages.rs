//! What TaskReports is asked.

use farandole_protocol::api::TaskUpdate;
use farandole_protocol::ids::{TaskId, WorkerId};

use crate::ask::{AskError, Order};
use crate::farm::commands::reports::ReportError;

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
