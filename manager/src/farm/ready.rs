//! Which tasks of a job wait for a Worker and for nothing else, in the order in which they are given out. Pure.
//!
//! Every task has a rank: by type, then priority, then index. A bit per rank says whether the task is ready, so that
//! a job costs the same memory whatever its priorities, and the best task of a type is the first bit of its stretch.

use std::cmp::Reverse;

use fixedbitset::FixedBitSet;

use super::job::{Kind, Task};

/// The ready tasks of a job.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    bits: FixedBitSet,
    /// The rank of each task by its place; empty if rank and place are the same.
    ranks: Vec<u32>,
    /// The place of each task by its rank; empty likewise.
    places: Vec<u32>,
    /// By type.
    stretches: Vec<Stretch>,
}

/// The ranks of one type of task.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// The first rank that is ready, or the end.
    first: usize,
    end: usize,
}

impl Ready {
    /// Room for these tasks, of which none is ready yet.
    pub(super) fn new(tasks: &[Task], kinds: usize) -> Self {
        let order = |place: &usize| {
            tasks
                .get(*place)
                .map(|task| (task.kind, Reverse(task.priority), *place))
        };
        let mut by_rank: Vec<usize> = (0..tasks.len()).collect();
        let (mut ranks, mut places) = (Vec::new(), Vec::new());
        if !by_rank.is_sorted_by_key(order) {
            by_rank.sort_unstable_by_key(order);
            places = by_rank.iter().map(|place| narrow(*place)).collect();
            ranks = vec![0; tasks.len()];
            for (rank, place) in by_rank.iter().enumerate() {
                if let Some(slot) = ranks.get_mut(*place) {
                    *slot = narrow(rank);
                }
            }
        }
        let mut counts = vec![0_usize; kinds];
        for task in tasks {
            if let Some(count) = counts.get_mut(task.kind.place()) {
                *count += 1;
            }
        }
        let mut end = 0;
        let stretches = counts
            .into_iter()
            .map(|count| {
                end += count;
                Stretch { first: end, end }
            })
            .collect();
        Self {
            bits: FixedBitSet::with_capacity(tasks.len()),
            ranks,
            places,
            stretches,
        }
    }

    /// The task with this 1-based index, of this type, is ready or not.
    pub(super) fn set(&mut self, kind: Kind, index: u32, ready: bool) {
        let Some(rank) = self.rank(index) else { return };
        let Some(stretch) = self.stretches.get_mut(kind.place()) else {
            return;
        };
        self.bits.set(rank, ready);
        if ready {
            stretch.first = stretch.first.min(rank);
        } else if stretch.first == rank {
            stretch.first = next_one(&self.bits, rank, stretch.end).unwrap_or(stretch.end);
        }
    }

    /// No task is ready.
    pub(super) fn clear(&mut self) {
        self.bits.clear();
        for stretch in &mut self.stretches {
            stretch.first = stretch.end;
        }
    }

    /// Whether any task is ready.
    pub(super) fn any(&self) -> bool {
        self.stretches
            .iter()
            .any(|stretch| stretch.first < stretch.end)
    }

    /// The index of the best ready task of this type.
    pub(super) fn best(&self, kind: Kind) -> Option<u32> {
        let stretch = self.stretches.get(kind.place())?;
        (stretch.first < stretch.end).then(|| self.index(stretch.first))?
    }

    /// The indices of the ready tasks of this type, best first.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = u32> {
        let (first, end) = self
            .stretches
            .get(kind.place())
            .map_or((0, 0), |stretch| (stretch.first, stretch.end));
        let next = move |rank: &usize| next_one(&self.bits, rank + 1, end);
        std::iter::successors((first < end).then_some(first), next)
            .filter_map(|rank| self.index(rank))
    }

    fn rank(&self, index: u32) -> Option<usize> {
        let place = (index as usize).checked_sub(1)?;
        if self.ranks.is_empty() {
            return (place < self.bits.len()).then_some(place);
        }
        self.ranks.get(place).map(|rank| *rank as usize)
    }

    fn index(&self, rank: usize) -> Option<u32> {
        if self.places.is_empty() {
            return Some(narrow(rank) + 1);
        }
        self.places.get(rank).map(|place| place + 1)
    }
}

/// A job has at most [`TaskKey::MAX_TASKS`](super::keys::TaskKey::MAX_TASKS) tasks, so that nothing is cut off.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The first bit that is set, from this one on and before the end.
fn next_one(bits: &FixedBitSet, from: usize, end: usize) -> Option<usize> {
    const BITS: usize = usize::BITS as usize;
    if from >= end {
        return None;
    }
    let blocks = bits.as_slice();
    let mut block = from / BITS;
    let mut word = *blocks.get(block)? & (usize::MAX << (from % BITS));
    while word == 0 {
        block += 1;
        if block * BITS >= end {
            return None;
        }
        word = *blocks.get(block)?;
    }
    let found = block * BITS + word.trailing_zeros() as usize;
    (found < end).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_bit_is_found_across_words_and_not_beyond_the_end() {
        let mut bits = FixedBitSet::with_capacity(300);
        for bit in [0, 63, 64, 200] {
            bits.insert(bit);
        }
        let found = |from, end| next_one(&bits, from, end);
        assert_eq!(
            [found(0, 300), found(1, 300), found(64, 300), found(65, 300)],
            [Some(0), Some(63), Some(64), Some(200)]
        );
        assert_eq!(
            [found(65, 200), found(201, 300), found(300, 300)],
            [None; 3]
        );
    }
}
