//! Which state of a job may follow which, and what that does to its tasks. Pure.
//!
//! ```text
//! under-construction ─► queued ◄──► active ──► completed
//!                  └──► paused        │  └───► failed
//!        pause-requested ◄────────────┤
//!             │ no task active        ▼
//!             ▼                 cancel-requested ─► canceled
//!           paused
//!        any resting state ─► requeueing ─► queued
//! ```
//!
//! `cancel-requested` and `requeueing` are passed through within one decision: no job rests in them.

use farandole_protocol::status::{JobStatus, TaskStatus};

/// What a change of a job's state does to its tasks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JobEffect {
    /// Nothing.
    Nothing,
    /// All that is not done, failed or paused is canceled.
    CancelUnfinished,
    /// All that waits for a Worker is paused; what runs may end.
    PauseWaiting,
    /// What was paused waits again.
    ResumePaused,
    /// Everything starts anew.
    RequeueAll,
    /// What did not complete waits again; what runs goes on.
    RequeueUnfinished,
}

impl JobEffect {
    /// The states of tasks that change, and what they become.
    pub fn tasks(self) -> Option<(&'static [TaskStatus], TaskStatus)> {
        use TaskStatus as T;
        match self {
            Self::Nothing => None,
            Self::CancelUnfinished => Some((&[T::Active, T::Queued, T::SoftFailed], T::Canceled)),
            Self::PauseWaiting => Some((&[T::Queued, T::SoftFailed], T::Paused)),
            Self::ResumePaused => Some((&[T::Paused], T::Queued)),
            Self::RequeueAll => Some((
                &[
                    T::Active,
                    T::Canceled,
                    T::Completed,
                    T::Failed,
                    T::SoftFailed,
                    T::Paused,
                ],
                T::Queued,
            )),
            Self::RequeueUnfinished => Some((
                &[T::Canceled, T::Failed, T::Paused, T::SoftFailed],
                T::Queued,
            )),
        }
    }
}

/// A job cannot go from the one state to the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a job cannot go from {from} to {to}")]
pub struct IllegalJobTransition {
    /// The state that it has.
    pub from: JobStatus,
    /// The state that it cannot take.
    pub to: JobStatus,
}

/// What happens to the tasks when a job goes from one state to another.
pub fn transition(from: JobStatus, to: JobStatus) -> Result<JobEffect, IllegalJobTransition> {
    use JobStatus as J;
    let effect = match (from, to) {
        (J::Queued, J::Active)
        | (J::UnderConstruction | J::Requeueing | J::Completed, J::Queued)
        | (
            J::Active | J::Queued | J::PauseRequested | J::Paused | J::Failed | J::Canceled,
            J::Completed,
        )
        | (J::CancelRequested, J::Canceled)
        | (J::UnderConstruction | J::PauseRequested, J::Paused) => JobEffect::Nothing,

        (J::PauseRequested, J::Active) => JobEffect::ResumePaused,

        (
            J::Active | J::Queued | J::PauseRequested | J::Paused | J::Completed | J::Canceled,
            J::Failed,
        )
        | (
            J::Active | J::Queued | J::PauseRequested | J::Paused | J::Completed | J::Failed,
            J::CancelRequested,
        )
        | (J::Active | J::Queued | J::PauseRequested | J::Paused | J::Completed, J::Canceled) => {
            JobEffect::CancelUnfinished
        }

        (J::Active | J::Queued | J::Completed | J::Failed | J::Canceled, J::PauseRequested) => {
            JobEffect::PauseWaiting
        }

        (J::Completed, J::Requeueing) => JobEffect::RequeueAll,
        (
            J::Active | J::Queued | J::PauseRequested | J::Paused | J::Failed | J::Canceled,
            J::Requeueing,
        ) => JobEffect::RequeueUnfinished,

        (
            J::Active
            | J::Canceled
            | J::Completed
            | J::Failed
            | J::Paused
            | J::PauseRequested
            | J::Queued
            | J::CancelRequested
            | J::Requeueing
            | J::UnderConstruction
            | J::Unset,
            _,
        ) => return Err(IllegalJobTransition { from, to }),
    };
    Ok(effect)
}

/// Whether a job in this state gives out tasks.
pub fn is_schedulable(status: JobStatus) -> bool {
    matches!(status, JobStatus::Active | JobStatus::Queued)
}

/// Whether a job in this state need not be kept in memory.
pub fn has_ended(status: JobStatus) -> bool {
    matches!(
        status,
        JobStatus::Completed | JobStatus::Canceled | JobStatus::Failed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: from; columns: to, both in the order of [`JobStatus::ALL`]. `.` illegal, `n` nothing happens to tasks,
    /// `c` cancel, `p` pause, `r` resume, `A` requeue all, `u` requeue unfinished.
    const TABLE: &[(&str, &str)] = &[
        //                     active canceled completed failed paused pause-req queued cancel-req requeueing constr.
        ("active", ". c n c . p . c u ."),
        ("canceled", ". . n c . p . . u ."),
        ("completed", ". c . c . p n c A ."),
        ("failed", ". . n . . p . c u ."),
        ("paused", ". c n c . . . c u ."),
        ("pause-requested", "r c n c n . . c u ."),
        ("queued", "n c n c . p . c u ."),
        ("cancel-requested", ". n . . . . . . . ."),
        ("requeueing", ". . . . . . n . . ."),
        ("under-construction", ". . . . n . n . . ."),
    ];

    #[test]
    fn every_pair_of_job_states_is_as_the_table_says() {
        assert_eq!(TABLE.len(), JobStatus::ALL.len());
        for (from, row) in TABLE {
            let from: JobStatus = from.parse().unwrap();
            for (to, cell) in JobStatus::ALL.iter().zip(row.split(' ')) {
                let expected = match cell {
                    "." => Err(IllegalJobTransition { from, to: *to }),
                    "n" => Ok(JobEffect::Nothing),
                    "c" => Ok(JobEffect::CancelUnfinished),
                    "p" => Ok(JobEffect::PauseWaiting),
                    "r" => Ok(JobEffect::ResumePaused),
                    "A" => Ok(JobEffect::RequeueAll),
                    "u" => Ok(JobEffect::RequeueUnfinished),
                    other => panic!("{other}"),
                };
                assert_eq!(transition(from, *to), expected, "{from} -> {to}");
            }
        }
    }

    #[test]
    fn the_state_that_is_only_read_leads_nowhere() {
        for to in JobStatus::ALL {
            assert!(transition(JobStatus::Unset, *to).is_err());
            assert!(transition(*to, JobStatus::Unset).is_err());
        }
    }
}
