//! Questions of people about signs of life, which are stored some seconds later than they come. Pure; nothing changes.

use std::collections::HashMap;

use farandole_protocol::ids::{TaskId, WorkerId};
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand};
use crate::farm::state::Farm;

/// When were Workers last heard of? Those that were not heard of since the Manager started are left out.
#[derive(Clone, Copy, Debug)]
pub struct AskLastSeen;

impl FarmCommand for AskLastSeen {
    type Reply = HashMap<WorkerId, Timestamp>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let farm = &turn.farm;
            let seen = |worker| Some((worker, farm.seen(worker)?));
            let all = farm.workers().filter_map(seen);
            all.map(|(worker, seen)| (worker.id, seen)).collect()
        })
    }
}

/// When did a Worker last report progress of this task?
#[derive(Clone, Copy, Debug)]
pub struct AskTouched {
    /// Which task.
    pub task: TaskId,
}

impl FarmCommand for AskTouched {
    /// `None` if no Worker works on it, or none has reported progress since the Manager started.
    type Reply = Option<Timestamp>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let farm = &turn.farm;
            let key = farm.find_task(self.task)?;
            let no = farm.job(key.job)?.task(key.index)?.worker?;
            let worker = farm.worker(no)?;
            worker.running.filter(|running| running.key == key)?;
            farm.touched(worker)
        })
    }
}
