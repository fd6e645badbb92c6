//! Orders about who gets no more tasks of a job. Pure.

use farandole_protocol::ids::{JobId, WorkerId};
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand, Subject};
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::Write;

/// A person lets Workers have tasks of a job again. What is not blocked is passed over, also in a job that does not
/// exist; a Worker that was deleted is taken off the list as any other. It stays remembered what they have failed, so that the next failure blocks them again.
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
    let Some(job) = turn.farm.job_by_id(job) else {
        return;
    };
    let no = job.no;
    let named = |(_, kind): &(_, _)| job.type_name(*kind) == task_type;
    let Some((worker, kind)) = job.record.blocks_of(worker).find(named) else {
        return;
    };
    if let Some(job) = turn.job_mut(no) {
        job.record.unblock(worker, kind);
        turn.write(Write::Unblock(no, worker, task_type));
    }
}
