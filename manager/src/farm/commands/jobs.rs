//! Orders about jobs. Pure.

use farandole_protocol::api::TaskFinding;
use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand, Subject};
use crate::farm::job::Job;
use crate::farm::job_status::transition;
use crate::farm::keys::{JobNo, TaskKey};
use crate::farm::state::Farm;
use crate::farm::track_record::TrackRecord;
use crate::farm::turn::Turn;
use crate::farm::write::{OutputsOf, Write};

/// Why an order about a job changes nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JobOrderError {
    /// There is no such job.
    #[error("there is no such job")]
    NotFound,
    /// That state of a job comes about by itself only.
    #[error("a job cannot be made {0} by hand")]
    NotByHand(JobStatus),
}

/// What a completed job says when it is asked to be queued or active.
const STAYS_COMPLETED: &str = "only `requeueing` renders a completed job again";

/// A job that is completely stored joins the farm. From JobIntake.
#[derive(Debug)]
pub struct ReleaseJob {
    /// The job, under construction.
    pub job: Box<Job>,
    /// `queued` or `paused`.
    pub initial_status: JobStatus,
    /// What was noticed about the job as a whole, which are warnings for as long as it exists.
    pub findings: Vec<TaskFinding>,
}

impl FarmCommand for ReleaseJob {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        let no = self.job.no;
        farm.take_in(*self.job, now);
        farm.turn(now, |turn| {
            turn.write(Write::JobReleased(no));
            for finding in &self.findings {
                turn.warn(TaskKey::of_whole(no), finding.class, 1, &finding.line);
            }
            if let Some(job) = turn.job_mut(no) {
                job.status = self.initial_status;
                job.changed = job.created;
            }
            turn.announce_job(no, None, false);
            if turn.job(no).is_some_and(|job| job.task_count() == 0) {
                turn.change_job(no, JobStatus::Completed, "it has no tasks");
            }
        })
    }
}

/// A person wants a job to take a state. Which states can be asked for, and what they mean, is said in
/// `JobRequest::read`.
#[derive(Clone, Debug)]
pub struct SetJobStatus {
    /// Which job.
    pub job: JobId,
    /// The state that was asked for.
    pub status: JobStatus,
    /// Why, in the person's words; may be empty.
    pub reason: String,
    /// Whether the frames of tasks that are queued again are rendered again instead of kept.
    pub overwrite: bool,
}

/// What asking for a state of a job comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum JobRequest {
    /// It takes this state, and those that follow.
    Take(JobStatus),
    /// It starts again, and old failures are forgotten.
    StartAnew,
    /// Nothing is to be done.
    Nothing,
    /// Nothing is to be done, and the job says so: the person may have expected that it is rendered again.
    StayCompleted,
}

impl JobRequest {
    /// `canceled` and `paused` count as the request for them; `queued` and `active` start a job that rests, or take
    /// back a pause that has not begun, but never run a completed job again: that takes `requeueing`.
    fn read(current: JobStatus, asked: JobStatus) -> Result<Self, JobOrderError> {
        use JobStatus as J;
        let target = match asked {
            J::CancelRequested | J::Canceled => {
                if current == J::Canceled {
                    return Ok(Self::Nothing);
                }
                J::CancelRequested
            }
            J::PauseRequested | J::Paused => {
                if matches!(current, J::Paused | J::PauseRequested) {
                    return Ok(Self::Nothing);
                }
                J::PauseRequested
            }
            J::Failed => {
                if current == J::Failed {
                    return Ok(Self::Nothing);
                }
                J::Failed
            }
            J::Requeueing => return Ok(Self::StartAnew),
            J::Queued | J::Active => match current {
                J::Canceled | J::Failed | J::Paused => J::Requeueing,
                J::PauseRequested => J::Active,
                J::Completed => return Ok(Self::StayCompleted),
                J::Active
                | J::Queued
                | J::CancelRequested
                | J::Requeueing
                | J::UnderConstruction
                | J::Unset => return Ok(Self::Nothing),
            },
            J::Completed | J::UnderConstruction | J::Unset => {
                return Err(JobOrderError::NotByHand(asked));
            }
        };
        transition(current, target).map_err(|_| JobOrderError::NotByHand(asked))?;
        Ok(Self::Take(target))
    }
}

impl FarmCommand for SetJobStatus {
    type Reply = Result<(), JobOrderError>;

    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let (no, current) = find(turn, self.job)?;
            let reason = if self.reason.is_empty() {
                "no reason given"
            } else {
                &self.reason
            };
            match JobRequest::read(current, self.status)? {
                JobRequest::Nothing => {}
                JobRequest::StayCompleted => {
                    if let Some(job) = turn.job_mut(no) {
                        STAYS_COMPLETED.clone_into(&mut job.activity);
                    }
                    turn.announce_job(no, None, false);
                }
                JobRequest::Take(status) => turn.change_job(no, status, reason),
                JobRequest::StartAnew => {
                    // First, so that no Worker is passed over for an old failure once the tasks are ready.
                    forget_failures(turn, no);
                    turn.change_job(no, JobStatus::Requeueing, reason);
                }
            }
            if self.overwrite {
                turn.forget_outputs(no, OutputsOf::QueuedTasks(no));
            }
            Ok(())
        })
    }
}

fn forget_failures(turn: &mut Turn<'_>, no: JobNo) {
    if turn.job(no).is_some_and(|job| !job.record.is_clean()) {
        if let Some(job) = turn.job_mut(no) {
            job.record = TrackRecord::default();
        }
        turn.write(Write::JobFailuresCleared(no));
    }
}

/// A person wants a job to be worked on earlier or later.
#[derive(Clone, Copy, Debug)]
pub struct SetJobPriority {
    /// Which job.
    pub job: JobId,
    /// Higher is earlier.
    pub priority: i32,
}

impl FarmCommand for SetJobPriority {
    type Reply = Result<(), JobOrderError>;

    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let (no, _) = find(turn, self.job)?;
            if let Some(job) = turn.job_mut(no) {
                job.priority = self.priority;
            }
            turn.announce_job(no, None, false);
            Ok(())
        })
    }
}

fn find(turn: &Turn<'_>, id: JobId) -> Result<(JobNo, JobStatus), JobOrderError> {
    turn.farm
        .job_by_id(id)
        .map(|job| (job.no, job.status))
        .ok_or(JobOrderError::NotFound)
}
