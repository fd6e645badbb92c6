//! Answers to reports for tasks whose job has left memory, from the one row that was read. Pure.

use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::Timestamp;

use super::reports::{Accepted, AskMayRun, MayRun, ReportError, ReportTask, Verdict};
use crate::farm::decision::{Decision, LateTask};
use crate::farm::keys::WorkerNo;
use crate::farm::state::Farm;
use crate::farm::turn::Turn;

/// Judges a report. It can change nothing: a task of an ended job is not worked on.
pub(super) fn judge(
    report: &ReportTask,
    farm: &mut Farm,
    late: Option<LateTask>,
    now: Timestamp,
) -> Decision<Result<Accepted, ReportError>> {
    farm.turn(now, |turn| {
        let no = turn
            .hear_of(report.worker)
            .ok_or(ReportError::UnknownWorker)?;
        let late = late.ok_or(ReportError::NotFound)?;
        match report.judge(no, (&late.row).into())? {
            Verdict::Harmless => Ok(Accepted {
                job: late.job,
                counts: None,
            }),
            Verdict::Counts => Err(ReportError::NotRunning(late.row.status)),
        }
    })
}

/// Answers whether a Worker may go on.
pub(super) fn may_run(
    question: &AskMayRun,
    farm: &mut Farm,
    late: Option<LateTask>,
    now: Timestamp,
) -> Decision<MayRun> {
    farm.turn(now, |turn| {
        let Some(late) = late else {
            return MayRun::NotFound;
        };
        let Some(no) = turn.hear_of(question.worker) else {
            return MayRun::NotYours;
        };
        match urgent_request(turn, no) {
            Some(status) => MayRun::StatusRequested(status),
            None => question.judge(no, (&late.row).into()),
        }
    })
}

/// The state that the Worker is asked to take at once, if it is.
pub(super) fn urgent_request(turn: &Turn<'_>, no: WorkerNo) -> Option<WorkerStatus> {
    turn.worker(no)?
        .requested
        .filter(|request| !request.lazy)
        .map(|request| request.status)
}
