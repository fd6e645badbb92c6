//! Orders about who gets no more tasks of a job. Pure.

use farandole_protocol::ids::{JobId, WorkerId};
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand, Subject};
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::Write;

/// A person lets Workers have tasks of a job again. What is not blocked is passed over, also in a job that does not
/// exist. It stays remembered what they have failed, so that the next failure blocks them again.
#[derive(Clone, Debug)]
pub struct RemoveFromBlocklist {
    /// Which job.
    pub job: JobId,
    /// Who, and for which type of task.
    pub blocks: Vec<(WorkerId, String)>,
}

impl FarmCommand for RemoveFromBlocklist {
    type Reply = ();

    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.turn(now, |turn| {
            for (worker, task_type) in self.blocks {
                unblock(turn, self.job, worker, task_type);
            }
        })
    }
}

fn unblock(turn: &mut Turn<'_>, job: JobId, worker: WorkerId, task_type: String) {
    let (Some(job), Some(worker)) = (turn.farm.job_by_id(job), turn.farm.worker_by_id(worker))
    else {
        return;
    };
    let (no, worker) = (job.no, worker.no);
    let blocks = |kind: &_| job.record.is_blocked(worker, *kind);
    let named = job.kinds().map(|(kind, _)| kind);
    let Some(kind) = named
        .filter(blocks)
        .find(|kind| job.type_name(*kind) == task_type)
    else {
        return;
    };
    if let Some(job) = turn.job_mut(no) {
        job.record.unblock(worker, kind);
        turn.write(Write::Unblock(no, worker, task_type));
    }
}
