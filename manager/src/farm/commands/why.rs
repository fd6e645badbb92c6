//! Questions of people about what is not being worked on. Pure; nothing changes.

use farandole_protocol::api::{JobWhy, TaskWhy};
use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand, Subject};
use crate::farm::state::Farm;

/// Why is this task not being worked on?
#[derive(Clone, Copy, Debug)]
pub struct AskWhyTask {
    /// Which task.
    pub task: TaskId,
}

impl FarmCommand for AskWhyTask {
    /// `None` if there is no such task.
    type Reply = Option<TaskWhy>;

    fn subject(&self) -> Subject {
        Subject::Task(self.task)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let key = turn.farm.find_task(self.task)?;
            turn.farm.why_task(key)
        })
    }
}

/// Why is this job not being worked on?
#[derive(Clone, Copy, Debug)]
pub struct AskWhyJob {
    /// Which job.
    pub job: JobId,
}

impl FarmCommand for AskWhyJob {
    /// `None` if there is no such job.
    type Reply = Option<JobWhy>;

    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.farm.job_by_id(self.job)?.no;
            turn.farm.why_job(no)
        })
    }
}
