//! What Workers say and ask about the task that they were given. Pure.
//!
//! A report counts for the attempt that it names; without a number (stock Workers) for the latest of that Worker.
//! What comes too late changes nothing, with four exceptions: a repeat of the report that ended the very attempt
//! (its first answer was lost), the completion of a task that was paused because its Worker seemed to have lost it, log
//! text of the latest attempt, and pictures.

use farandole_protocol::api::{TaskFinding, TaskOutput};
use farandole_protocol::headers::Idle;
use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::status::{TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use super::late;
use crate::farm::decision::{Decision, FarmCommand, LateTask, Subject};
use crate::farm::job::Job;
use crate::farm::keys::{TaskKey, WorkerNo};
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::{AttemptEnd, TaskRow};

/// What a Worker says of its task.
#[derive(Clone, Debug)]
pub struct ReportTask {
    /// Who says it.
    pub worker: WorkerId,
    /// Of which task.
    pub task: TaskId,
    /// Of which attempt.
    pub attempt: Option<u32>,
    /// The state that it has reached.
    pub status: Option<TaskStatus>,
    /// What it is doing.
    pub activity: Option<String>,
    /// Steps done.
    pub steps_completed: Option<i64>,
    /// The files that it has finished; their paths begin with a variable where they can.
    pub outputs: Vec<TaskOutput>,
    /// What it noticed.
    pub findings: Vec<TaskFinding>,
}

/// Whether a report would be accepted, asked before its log text is written. Also counts as a sign of life.
#[derive(Clone, Debug)]
pub struct CheckReport(pub ReportTask);

/// A report that is accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Accepted {
    /// The task's job, where its log lies.
    pub job: JobId,
    /// The task and its Worker, if the report counts; `None` if it comes too late and changes nothing.
    pub counts: Option<Reporter>,
}

/// Which task a report is about, and on what platform its paths are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reporter {
    /// The task.
    pub key: TaskKey,
    /// The Worker's platform.
    pub platform: String,
}

/// Why a report changes nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReportError {
    /// There is no such task.
    #[error("there is no such task")]
    NotFound,
    /// The Worker does not exist any more.
    #[error("there is no such worker")]
    UnknownWorker,
    /// The task is not this Worker's.
    #[error("this task is not assigned to you")]
    NotYours,
    /// The report speaks of an attempt that is over.
    #[error("this task was handed out anew since, as attempt {0}")]
    OtherAttempt(u32),
    /// The task is no longer worked on.
    #[error("this task is {0}, it is not being worked on")]
    NotRunning(TaskStatus),
    /// A Worker cannot say that.
    #[error("a worker cannot make a task {0}")]
    NotForWorkers(TaskStatus),
}

/// What an accepted report does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It changes the task.
    Counts,
    /// It changes nothing, but is no error.
    Harmless,
}

/// What of a task decides about a report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    status: TaskStatus,
    worker: Option<WorkerNo>,
    attempt: u32,
    ended: Option<AttemptEnd>,
}

impl Standing {
    fn of(job: &Job, index: u32) -> Option<Self> {
        let task = job.task(index)?;
        Some(Self {
            status: job.task_status(index)?,
            worker: task.worker,
            attempt: task.attempt,
            ended: task.ended,
        })
    }
}

impl From<&TaskRow> for Standing {
    fn from(row: &TaskRow) -> Self {
        Self {
            status: row.status,
            worker: row.worker,
            attempt: row.attempt,
            ended: row.ended,
        }
    }
}

impl ReportTask {
    /// Judges the report by the state of its task. `no` is its Worker.
    pub(super) fn judge(&self, no: WorkerNo, task: Standing) -> Result<Verdict, ReportError> {
        if task.worker != Some(no) {
            return Err(ReportError::NotYours);
        }
        if let Some(status) = self.status
            && !matches!(
                status,
                TaskStatus::Active | TaskStatus::Completed | TaskStatus::Failed
            )
        {
            return Err(ReportError::NotForWorkers(status));
        }
        if self.attempt.is_some_and(|attempt| attempt != task.attempt) {
            return Err(ReportError::OtherAttempt(task.attempt));
        }
        if task.status == TaskStatus::Active || self.ends_paused(task) {
            return Ok(Verdict::Counts);
        }
        let ended_so = match self.status {
            Some(TaskStatus::Completed) => task.ended == Some(AttemptEnd::Completed),
            Some(TaskStatus::Failed) => task.ended == Some(AttemptEnd::Failed),
            Some(_) => false,
            None => {
                self.activity.is_none()
                    && self.steps_completed.is_none()
                    && self.outputs.is_empty()
                    && self.findings.is_empty()
            }
        };
        if ended_so {
            Ok(Verdict::Harmless)
        } else {
            Err(ReportError::NotRunning(task.status))
        }
    }

    /// Whether it completes a task that was paused because its Worker seemed to have lost it. The reports of a Flamenco
    /// Worker wait in a buffer, and it may ask for its next task first. Nothing else has worked on the task since.
    fn ends_paused(&self, task: Standing) -> bool {
        self.status == Some(TaskStatus::Completed)
            && task.status == TaskStatus::Paused
            && task.ended == Some(AttemptEnd::Lost)
    }

    fn check(
        &self,
        turn: &mut Turn<'_>,
    ) -> Result<(TaskKey, WorkerNo, JobId, Verdict), ReportError> {
        let no = turn
            .hear_of(self.worker)
            .ok_or(ReportError::UnknownWorker)?;
        let key = turn
            .farm
            .find_task(self.task)
            .ok_or(ReportError::NotFound)?;
        let job = turn.job(key.job).ok_or(ReportError::NotFound)?;
        let standing = Standing::of(job, key.index).ok_or(ReportError::NotFound)?;
        let verdict = self.judge(no, standing)?;
        let job = job.id;
        if verdict == Verdict::Counts && standing.status == TaskStatus::Active {
            turn.touch(no);
        }
        Ok((key, no, job, verdict))
    }
}

impl FarmCommand for CheckReport {
    type Reply = Result<Accepted, ReportError>;

    fn subject(&self) -> Subject {
        Subject::Report(self.0.task)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let checked = self.0.check(turn)?;
            Ok(accepted(turn, checked))
        })
    }

    fn decide_late(
        self,
        farm: &mut Farm,
        late: Option<LateTask>,
        now: Timestamp,
    ) -> Decision<Self::Reply> {
        late::judge(&self.0, farm, late, now)
    }
}

fn accepted(
    turn: &Turn<'_>,
    (key, no, job, verdict): (TaskKey, WorkerNo, JobId, Verdict),
) -> Accepted {
    let platform = turn.worker(no).map(|worker| worker.platform.clone());
    let counts = platform.filter(|_| verdict == Verdict::Counts);
    Accepted {
        job,
        counts: counts.map(|platform| Reporter { key, platform }),
    }
}

impl FarmCommand for ReportTask {
    type Reply = Result<Accepted, ReportError>;

    fn subject(&self) -> Subject {
        Subject::Report(self.task)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let checked @ (key, no, _, verdict) = self.check(turn)?;
            let accepted = accepted(turn, checked);
            if verdict == Verdict::Counts {
                self.carry_out(turn, key, no);
            }
            Ok(accepted)
        })
    }

    fn decide_late(
        self,
        farm: &mut Farm,
        late: Option<LateTask>,
        now: Timestamp,
    ) -> Decision<Self::Reply> {
        late::judge(&self, farm, late, now)
    }
}

impl ReportTask {
    fn carry_out(self, turn: &mut Turn<'_>, key: TaskKey, no: WorkerNo) {
        let Self {
            status,
            activity,
            outputs,
            findings,
            ..
        } = self;
        turn.record_outputs(key, outputs);
        let why_job_fails = turn.take_findings(key, &findings);
        if status == Some(TaskStatus::Completed) {
            if turn.task_status(key) == Some(TaskStatus::Paused) {
                turn.end_attempt(key, AttemptEnd::Completed);
            }
            // Which also completes its steps, whatever the report says of them.
            return turn.change_task(key, TaskStatus::Completed, activity, AttemptEnd::Completed);
        }
        let stepped = self
            .steps_completed
            .is_some_and(|steps| turn.set_steps(key, steps));
        if status == Some(TaskStatus::Failed) {
            if stepped {
                turn.announce_steps(key);
            }
            if let Some(reason) = why_job_fails {
                return turn.fail_with_job(key, activity, AttemptEnd::Failed, &reason);
            }
            return turn.fail_task(key, no, activity, AttemptEnd::Failed);
        }
        if stepped || activity.is_some() {
            turn.set_activity(key, activity);
            let now = turn.now;
            turn.write_task(key, Some(now));
        }
        if stepped {
            turn.announce_steps(key);
        }
    }
}

/// A Worker asks whether it may go on with its task. Also counts as a sign of life of the Worker, but not of the task.
#[derive(Clone, Copy, Debug)]
pub struct AskMayRun {
    /// Who asks.
    pub worker: WorkerId,
    /// About which task.
    pub task: TaskId,
    /// About which attempt.
    pub attempt: Option<u32>,
    /// How long its program has done nothing; stock Workers do not say.
    pub idle: Option<Idle>,
}

/// Whether a Worker may go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MayRun {
    /// It may.
    Yes,
    /// There is no such task.
    NotFound,
    /// It is asked to take this state at once.
    StatusRequested(WorkerStatus),
    /// The task is not its own, or was handed out anew.
    NotYours,
    /// The task is no longer worked on.
    NotRunning(TaskStatus),
}

impl AskMayRun {
    pub(super) fn judge(&self, no: WorkerNo, task: Standing) -> MayRun {
        if task.worker != Some(no) || self.attempt.is_some_and(|attempt| attempt != task.attempt) {
            MayRun::NotYours
        } else if task.status == TaskStatus::Active {
            MayRun::Yes
        } else {
            MayRun::NotRunning(task.status)
        }
    }
}

impl FarmCommand for AskMayRun {
    type Reply = MayRun;

    fn subject(&self) -> Subject {
        Subject::Report(self.task)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<MayRun> {
        farm.turn(now, |turn| {
            // A Worker that asks about a task that does not exist is not marked as heard of: it may be lost in time.
            let Some(key) = turn.farm.find_task(self.task) else {
                return MayRun::NotFound;
            };
            let Some(no) = turn.hear_of(self.worker) else {
                return MayRun::NotYours;
            };
            if let Some(status) = late::urgent_request(turn, no) {
                return MayRun::StatusRequested(status);
            }
            let standing = turn
                .job(key.job)
                .and_then(|job| Standing::of(job, key.index));
            let answer = standing.map_or(MayRun::NotFound, |task| self.judge(no, task));
            if let Some(idle) = self.idle.filter(|_| answer == MayRun::Yes) {
                turn.hear_idle(key, no, idle);
            }
            answer
        })
    }

    fn decide_late(
        self,
        farm: &mut Farm,
        late: Option<LateTask>,
        now: Timestamp,
    ) -> Decision<MayRun> {
        late::may_run(&self, farm, late, now)
    }
}

/// A Worker sends a picture of its task. Also counts as a sign of life.
#[derive(Clone, Copy, Debug)]
pub struct NotePicture {
    /// Who sends it.
    pub worker: WorkerId,
    /// Of which task.
    pub task: TaskId,
    /// Of which attempt; without, of the latest.
    pub attempt: Option<u32>,
}

/// Where a picture belongs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PicturePlace {
    /// The job that it shows.
    pub job: JobId,
    /// The attempt that made it; an older one does not replace a newer one.
    pub attempt: u32,
}

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PictureRefusal {
    /// There is no such task.
    NotFound,
    /// The task is another Worker's, or was last.
    NotYours,
}

impl NotePicture {
    /// The attempt that made the picture, by the state of its task. Who has the task, or had it last, may show it:
    /// pictures of Flamenco Workers come after the end of the task.
    fn judge(&self, no: WorkerNo, task: Standing) -> Result<u32, PictureRefusal> {
        if task.worker != Some(no) {
            return Err(PictureRefusal::NotYours);
        }
        // No attempt of later can be shown already.
        let attempt = self.attempt.unwrap_or(task.attempt);
        Ok(attempt.min(task.attempt))
    }
}

impl FarmCommand for NotePicture {
    type Reply = Result<PicturePlace, PictureRefusal>;

    fn subject(&self) -> Subject {
        Subject::Report(self.task)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.hear_of(self.worker);
            let key = turn.farm.find_task(self.task);
            let key = key.ok_or(PictureRefusal::NotFound)?;
            let job = turn.job(key.job).ok_or(PictureRefusal::NotFound)?;
            let task = Standing::of(job, key.index).ok_or(PictureRefusal::NotFound)?;
            let attempt = self.judge(no.ok_or(PictureRefusal::NotYours)?, task)?;
            Ok(PicturePlace {
                job: job.id,
                attempt,
            })
        })
    }

    fn decide_late(
        self,
        farm: &mut Farm,
        late: Option<LateTask>,
        now: Timestamp,
    ) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.hear_of(self.worker);
            let late = late.ok_or(PictureRefusal::NotFound)?;
            let no = no.ok_or(PictureRefusal::NotYours)?;
            Ok(PicturePlace {
                job: late.job,
                attempt: self.judge(no, (&late.row).into())?,
            })
        })
    }
}
