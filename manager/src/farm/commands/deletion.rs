//! Orders about the end of a job: it is marked, and when all that belongs to it is gone, removed. Pure.
//!
//! From the mark on no task of it is handed out, and what runs is taken from its Workers. What lies between the two
//! orders, files and pictures, is the `JobDeleter`'s business; its rows go after the second.

use farandole_protocol::ids::JobId;
use farandole_protocol::status::TaskStatus;
use farandole_protocol::time::Timestamp;

use super::jobs::JobOrderError;
use crate::farm::announce;
use crate::farm::decision::{Decision, FarmCommand, Subject};
use crate::farm::keys::TaskKey;
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::{AttemptEnd, Write};

/// A person wants a job to be deleted, whatever its state. From the `JobDeleter`. Asked for again, only the time of the
/// request is renewed.
#[derive(Clone, Copy, Debug)]
pub struct MarkForDeletion {
    /// Which job.
    pub job: JobId,
}

impl FarmCommand for MarkForDeletion {
    type Reply = Result<(), JobOrderError>;

    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let job = turn.farm.job_by_id(self.job);
            let no = job.ok_or(JobOrderError::NotFound)?.no;
            if let Some(job) = turn.job_mut(no) {
                job.delete_requested = Some(job.changed);
            }
            turn.announce_job(no, None, false);
            turn.take_from_workers(self.job);
            Ok(())
        })
    }
}

/// A job is gone for good: from memory and from every list. From the `JobDeleter`, once the job's files are gone; it
/// removes the rows afterwards. Only a job that was marked goes.
#[derive(Clone, Copy, Debug)]
pub struct RemoveJob {
    /// Which job.
    pub job: JobId,
}

impl FarmCommand for RemoveJob {
    type Reply = Result<(), JobOrderError>;

    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let job = turn.farm.job_by_id(self.job);
            let job = job.filter(|job| job.delete_requested.is_some());
            let no = job.ok_or(JobOrderError::NotFound)?.no;
            turn.take_from_workers(self.job);
            turn.farm.remove_job(no);
            turn.write(Write::JobRemoved(no));
            turn.announce(announce::deleted_job(self.job));
            Ok(())
        })
    }
}

impl Turn<'_> {
    /// Whatever of this job runs does not any more.
    fn take_from_workers(&mut self, id: JobId) {
        let Some(job) = self.farm.job_by_id(id) else {
            return;
        };
        let no = job.no;
        let running: Vec<_> = job.tasks_in(TaskStatus::Active).collect();
        for index in running {
            let key = TaskKey { job: no, index };
            self.return_task(key, "its job is being deleted", AttemptEnd::Canceled);
        }
    }
}
