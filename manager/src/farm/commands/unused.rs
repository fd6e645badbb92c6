//! What becomes of registrations that nobody uses. Pure.

use std::time::Duration;

use farandole_protocol::ids::WorkerId;
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand};
use crate::farm::keys::WorkerNo;
use crate::farm::state::Farm;
use crate::farm::worker::Worker;

/// A Worker signs on right after it has registered. No registration goes sooner than this, however many there are.
const SIGNS_ON_WITHIN: Duration = Duration::from_mins(1);

/// Workers that have registered and never signed on are forgotten: those that are old, and the oldest of too many. One
/// that a person has given a tag stays. From the Gatekeeper.
#[derive(Clone, Copy, Debug)]
pub struct ForgetUnused {
    /// How old is too old; `None`: never.
    pub after: Option<Duration>,
    /// How many may stay.
    pub most: usize,
}

impl FarmCommand for ForgetUnused {
    /// Those that are forgotten, with their names.
    type Reply = Vec<(WorkerId, String)>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let unused = self.unused(turn.farm, now);
            unused
                .into_iter()
                .map(|(no, id, name)| {
                    turn.delete_worker(no);
                    (id, name)
                })
                .collect()
        })
    }
}

impl ForgetUnused {
    fn unused(self, farm: &Farm, now: Timestamp) -> Vec<(WorkerNo, WorkerId, String)> {
        let mut unused: Vec<&Worker> = farm.workers().filter(|one| is_unused(one)).collect();
        unused.sort_by_key(|worker| (worker.updated, worker.no));
        let too_many = unused.len().saturating_sub(self.most);
        let age = |worker: &Worker| (now - worker.updated).to_std().unwrap_or_default();
        let goes = |(index, worker): &(usize, &Worker)| {
            let age = age(worker);
            self.after.is_some_and(|limit| age >= limit)
                || *index < too_many && age >= SIGNS_ON_WITHIN
        };
        let going = unused.into_iter().enumerate().filter(goes);
        going
            .map(|(_, worker)| (worker.no, worker.id, worker.name.clone()))
            .collect()
    }
}

/// Imported Workers, which another Manager has seen, have the version of their software.
fn is_unused(worker: &Worker) -> bool {
    worker.last_seen.is_none() && worker.software.is_empty() && worker.tags.is_empty()
}
