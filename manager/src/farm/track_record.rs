//! Who failed which tasks of a job, who gets no more of them, and which tasks lost their Workers. Pure.

use std::collections::{BTreeMap, BTreeSet};

use farandole_protocol::ids::WorkerId;

use super::job::Kind;
use super::keys::WorkerNo;

/// The failures of a job.
#[derive(Clone, Debug, Default)]
pub struct TrackRecord {
    failed_by: BTreeMap<u32, BTreeSet<WorkerNo>>,
    /// How many tasks of a type a Worker has failed: the same, counted.
    counts: BTreeMap<(WorkerNo, Kind), usize>,
    /// With the Workers' ids: who is deleted is not in the farm, and can be taken off the list all the same.
    blocks: BTreeMap<(WorkerNo, Kind), WorkerId>,
    /// How often the Workers of a task were lost while they ran it; only tasks of which some were.
    lost: BTreeMap<u32, u32>,
}

impl TrackRecord {
    /// Notes that a Worker failed the task with this index, of this type. Says whether that is new.
    pub(super) fn add_failure(&mut self, index: u32, kind: Kind, worker: WorkerNo) -> bool {
        let new = self.failed_by.entry(index).or_default().insert(worker);
        if new {
            *self.counts.entry((worker, kind)).or_default() += 1;
        }
        new
    }

    /// Counts that the Worker of a task was lost. Gives how often that has happened.
    pub(super) fn add_loss(&mut self, index: u32) -> u32 {
        let count = self.losses_of_task(index).saturating_add(1);
        self.set_losses(index, count);
        count
    }

    /// Sets how often the Workers of a task were lost.
    pub(super) fn set_losses(&mut self, index: u32, count: u32) {
        if count == 0 {
            self.lost.remove(&index);
        } else {
            self.lost.insert(index, count);
        }
    }

    /// How often the Workers of a task were lost while they ran it.
    pub fn losses_of_task(&self, index: u32) -> u32 {
        self.lost.get(&index).copied().unwrap_or(0)
    }

    /// The task that has lost its Workers most often, if any has.
    pub fn most_often_lost(&self) -> Option<u32> {
        let lost = self
            .lost
            .iter()
            .max_by_key(|(index, count)| (**count, std::cmp::Reverse(**index)));
        lost.map(|(index, _)| *index)
    }

    /// Forgets who failed a task, and how often its Workers were lost. Says whether there was anything to forget.
    pub(super) fn clear_task(&mut self, index: u32, kind: Kind) -> bool {
        let was_lost = self.lost.remove(&index).is_some();
        let Some(workers) = self.failed_by.remove(&index) else {
            return was_lost;
        };
        for worker in workers {
            if let Some(count) = self.counts.get_mut(&(worker, kind)) {
                *count -= 1;
            }
        }
        true
    }

    /// Notes that a Worker gets no more tasks of a type. Says whether that is new.
    pub(super) fn block(&mut self, worker: WorkerNo, id: WorkerId, kind: Kind) -> bool {
        self.blocks.insert((worker, kind), id).is_none()
    }

    /// Takes a block back. Says whether there was one.
    pub(super) fn unblock(&mut self, worker: WorkerNo, kind: Kind) -> bool {
        self.blocks.remove(&(worker, kind)).is_some()
    }

    /// Whether there is nothing to forget: no failure, no block and no loss.
    pub fn is_clean(&self) -> bool {
        self.failed_by.is_empty() && self.blocks.is_empty() && self.lost.is_empty()
    }

    /// Whether this Worker failed this task.
    pub fn has_failed(&self, worker: WorkerNo, index: u32) -> bool {
        self.failed_by
            .get(&index)
            .is_some_and(|workers| workers.contains(&worker))
    }

    /// How many Workers have failed this task.
    pub fn failures_of_task(&self, index: u32) -> usize {
        self.failed_by.get(&index).map_or(0, BTreeSet::len)
    }

    /// How many tasks of this type this Worker has failed.
    pub fn failures_of_worker(&self, worker: WorkerNo, kind: Kind) -> usize {
        self.counts.get(&(worker, kind)).copied().unwrap_or(0)
    }

    /// Whether this Worker gets no more tasks of this type.
    pub fn is_blocked(&self, worker: WorkerNo, kind: Kind) -> bool {
        self.blocks.contains_key(&(worker, kind))
    }

    /// Who failed which task (by index).
    pub fn failures(&self) -> impl Iterator<Item = (u32, WorkerNo)> {
        self.failed_by
            .iter()
            .flat_map(|(index, workers)| workers.iter().map(|worker| (*index, *worker)))
    }

    /// Who gets no more tasks of which type.
    pub fn blocks(&self) -> impl Iterator<Item = (WorkerNo, Kind)> {
        self.blocks.keys().copied()
    }

    /// From which types of task the Worker with this id is blocked, and its number.
    pub(super) fn blocks_of(&self, id: WorkerId) -> impl Iterator<Item = (WorkerNo, Kind)> {
        let its = move |(_, blocked): &(_, &WorkerId)| **blocked == id;
        self.blocks.iter().filter(its).map(|(block, _)| *block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_once_and_is_forgotten_with_its_task() {
        let (worker, kind) = (WorkerNo(1), Kind(0));
        let mut record = TrackRecord::default();
        assert!(record.add_failure(7, kind, worker));
        assert!(!record.add_failure(7, kind, worker));
        assert!(record.add_failure(8, kind, worker));
        assert_eq!(record.failures_of_worker(worker, kind), 2);
        assert!(record.clear_task(7, kind) && !record.clear_task(7, kind));
        assert_eq!(
            (
                record.failures_of_worker(worker, kind),
                record.failures_of_task(7)
            ),
            (1, 0)
        );
    }
}
