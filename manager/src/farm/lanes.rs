//! Where Workers look for work: one lane per tag and task type, in it the jobs that have something ready. Pure.
//!
//! A lane is ordered as work is given out: job priority, best ready task's priority, older job first. So the next
//! task for a Worker is found by looking at the heads of its few lanes, whatever the number of jobs and tasks.
//! Waiting Workers stand beside the lanes that they can take work from, oldest first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use farandole_protocol::ids::TagId;

use super::keys::JobNo;

/// A task type by its number in the farm.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TypeNo(u32);

/// The task types that the farm has heard of.
#[derive(Clone, Debug, Default)]
pub struct Types {
    numbers: HashMap<String, TypeNo>,
}

impl Types {
    /// The number of a type, given at first sight.
    pub fn number(&mut self, name: &str) -> TypeNo {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = TypeNo(u32::try_from(self.numbers.len()).unwrap_or(u32::MAX));
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// Work of one type, for Workers with one tag (or for all).
pub type Lane = (Option<TagId>, TypeNo);

/// A Worker's place among those who wait: lower is older.
pub type Ticket = u64;

/// Where a job stands in a lane.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Slot {
    /// The job's priority.
    pub job_priority: Reverse<i32>,
    /// The priority of its best ready task of the lane's type.
    pub task_priority: Reverse<i32>,
    /// The job; older ones have lower numbers.
    pub job: JobNo,
}

/// All lanes, and who waits beside them.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    jobs: BTreeMap<Lane, BTreeSet<Slot>>,
    waiting: BTreeMap<Lane, BTreeSet<Ticket>>,
}

impl Lanes {
    /// The jobs in a lane, best first.
    pub fn jobs(&self, lane: Lane) -> impl Iterator<Item = Slot> {
        self.jobs.get(&lane).into_iter().flatten().copied()
    }

    /// Whether a lane has no work.
    pub fn is_empty(&self, lane: Lane) -> bool {
        !self.jobs.contains_key(&lane)
    }

    /// Moves a job within a lane, into it or out of it.
    pub fn place(&mut self, lane: Lane, before: Option<Slot>, after: Option<Slot>) {
        if before == after {
            return;
        }
        if let Some(slot) = before {
            remove(&mut self.jobs, lane, &slot);
        }
        if let Some(slot) = after {
            self.jobs.entry(lane).or_default().insert(slot);
        }
    }

    /// Notes that a Worker waits beside these lanes.
    pub fn wait(&mut self, ticket: Ticket, lanes: impl Iterator<Item = Lane>) {
        for lane in lanes {
            self.waiting.entry(lane).or_default().insert(ticket);
        }
    }

    /// Forgets that a Worker waits beside these lanes.
    pub fn leave(&mut self, ticket: Ticket, lanes: impl Iterator<Item = Lane>) {
        for lane in lanes {
            remove(&mut self.waiting, lane, &ticket);
        }
    }

    /// Who has waited longest beside those of these lanes that have work; with `after`, the next one after that.
    pub fn next_in_line(&self, lanes: &[Lane], after: Option<Ticket>) -> Option<Ticket> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        lanes
            .iter()
            .filter(|lane| !self.is_empty(**lane))
            .filter_map(|lane| {
                let waiting = self.waiting.get(lane)?;
                waiting.range((from, Bound::Unbounded)).next().copied()
            })
            .min()
    }
}

/// All that is kept, for tests to compare.
#[cfg(test)]
impl Lanes {
    pub(super) fn all_jobs(&self) -> &BTreeMap<Lane, BTreeSet<Slot>> {
        &self.jobs
    }

    pub(super) fn all_waiting(&self) -> &BTreeMap<Lane, BTreeSet<Ticket>> {
        &self.waiting
    }
}

fn remove<T: Ord>(lanes: &mut BTreeMap<Lane, BTreeSet<T>>, lane: Lane, thing: &T) {
    if let Some(set) = lanes.get_mut(&lane) {
        set.remove(thing);
        if set.is_empty() {
            lanes.remove(&lane);
        }
    }
}
