//! The tasks of a job by their state, as one bit per task and state. Pure.
//!
//! A state of many tasks changes by joining two sets, so that canceling a job of a million tasks is a matter of
//! microseconds, not of a walk over its tasks.

use farandole_protocol::status::TaskStatus;
use fixedbitset::FixedBitSet;

const STATES: usize = TaskStatus::ALL.len();

/// The tasks (by 1-based index) of a job, by state. Every task is in exactly one set.
#[derive(Clone, Debug)]
pub(super) struct StatusSets {
    sets: [FixedBitSet; STATES],
    counts: [usize; STATES],
}

impl StatusSets {
    /// Sets for tasks in these states, the first of which has index 1.
    pub(super) fn new(states: impl ExactSizeIterator<Item = TaskStatus>) -> Self {
        let bits = states.len() + 1;
        let mut sets = Self {
            sets: std::array::from_fn(|_| FixedBitSet::with_capacity(bits)),
            counts: [0; STATES],
        };
        for (index, status) in (1..).zip(states) {
            sets.put(index, status);
        }
        sets
    }

    /// The state of a task; `None` if there is no such task.
    pub(super) fn get(&self, index: u32) -> Option<TaskStatus> {
        TaskStatus::ALL
            .iter()
            .zip(&self.sets)
            .find(|(_, set)| set.contains(index as usize))
            .map(|(status, _)| *status)
    }

    /// Moves a task from one state to another.
    pub(super) fn change(&mut self, index: u32, from: TaskStatus, to: TaskStatus) {
        if let (Some(set), Some(count)) = (
            self.sets.get_mut(slot(from)),
            self.counts.get_mut(slot(from)),
        ) && set.contains(index as usize)
        {
            set.remove(index as usize);
            *count -= 1;
            self.put(index, to);
        }
    }

    /// Moves all tasks in some states to another state. Gives those that moved.
    pub(super) fn change_all(&mut self, from: &[TaskStatus], to: TaskStatus) -> FixedBitSet {
        let mut moved = FixedBitSet::with_capacity(self.sets.first().map_or(0, FixedBitSet::len));
        let mut count = 0;
        for status in from.iter().filter(|status| **status != to) {
            if let (Some(set), Some(counted)) = (
                self.sets.get_mut(slot(*status)),
                self.counts.get_mut(slot(*status)),
            ) {
                moved.union_with(set);
                set.clear();
                count += std::mem::take(counted);
            }
        }
        if let (Some(set), Some(counted)) =
            (self.sets.get_mut(slot(to)), self.counts.get_mut(slot(to)))
        {
            set.union_with(&moved);
            *counted += count;
        }
        moved
    }

    /// How many tasks are in this state.
    pub(super) fn count(&self, status: TaskStatus) -> usize {
        self.counts.get(slot(status)).copied().unwrap_or(0)
    }

    /// How many of these tasks are in this state.
    pub(super) fn count_among(&self, status: TaskStatus, tasks: &FixedBitSet) -> usize {
        let set = self.sets.get(slot(status));
        set.map_or(0, |set| set.intersection_count(tasks))
    }

    /// The tasks in this state, ascending.
    pub(super) fn iter(&self, status: TaskStatus) -> impl Iterator<Item = u32> {
        self.sets
            .get(slot(status))
            .into_iter()
            .flat_map(FixedBitSet::ones)
            .filter_map(|index| u32::try_from(index).ok())
    }

    fn put(&mut self, index: u32, status: TaskStatus) {
        if let (Some(set), Some(count)) = (
            self.sets.get_mut(slot(status)),
            self.counts.get_mut(slot(status)),
        ) {
            set.insert(index as usize);
            *count += 1;
        }
    }
}

const fn slot(status: TaskStatus) -> usize {
    status as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_its_place_in_the_list_of_all() {
        for (place, status) in TaskStatus::ALL.iter().enumerate() {
            assert_eq!(slot(*status), place);
        }
    }

    #[test]
    fn tasks_move_alone_and_together() {
        use TaskStatus::{Active, Canceled, Queued};
        let mut sets = StatusSets::new(vec![Queued; 100].into_iter());
        sets.change(7, Queued, Active);
        sets.change(7, Queued, Canceled); // not there: nothing moves
        assert_eq!((sets.count(Queued), sets.count(Active)), (99, 1));
        let moved = sets.change_all(&[Queued, Canceled], Canceled);
        assert_eq!(moved.count_ones(..), 99);
        assert_eq!(
            (sets.get(7), sets.get(8), sets.get(101)),
            (Some(Active), Some(Canceled), None)
        );
        assert_eq!(sets.iter(Canceled).count(), sets.count(Canceled));
        assert_eq!(sets.count(Queued), 0);
    }
}
