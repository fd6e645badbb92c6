//! Where all players write down what happened to them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;
use uuid::Uuid;

use super::report::Latency;

/// What is timed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Operation {
    Register,
    SignOn,
    StateChanged,
    Submit,
    Schedule,
    ScheduleNothing,
    Active,
    Completed,
    /// Schedule, active and completed together.
    Cycle,
}

impl Operation {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignOn => "sign on",
            Self::StateChanged => "state changed",
            Self::Submit => "submit",
            Self::Schedule => "schedule",
            Self::ScheduleNothing => "schedule (nothing)",
            Self::Active => "update: active",
            Self::Completed => "update: completed",
            Self::Cycle => "whole cycle",
        }
    }
}

/// Written by all players, who share one thread.
#[derive(Debug)]
pub(super) struct Board {
    latencies: RefCell<BTreeMap<Operation, Histogram<u64>>>,
    errors: RefCell<BTreeMap<String, u64>>,
    allowed: Cell<u64>,
    finished: Cell<u64>,
    last_finished: Cell<Option<Instant>>,
    /// Tasks of jobs that were submitted for this run, still to be finished; none: the queue is somebody else's.
    left: Cell<Option<u64>>,
    twice: Cell<u64>,
    seen: RefCell<HashSet<(Uuid, u64)>>,
}

impl Board {
    /// `cycles`: how many tasks may be taken.
    pub(super) fn new(cycles: Option<u64>) -> Self {
        let (latencies, errors, finished, last_finished, left, twice, seen) = Default::default();
        let allowed = Cell::new(cycles.unwrap_or(u64::MAX));
        Self {
            latencies,
            errors,
            allowed,
            finished,
            last_finished,
            left,
            twice,
            seen,
        }
    }

    pub(super) fn took(&self, operation: Operation, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let mut latencies = self.latencies.borrow_mut();
        let histogram = latencies.entry(operation).or_insert_with(new_histogram);
        histogram.saturating_record(micros.max(1));
    }

    pub(super) fn failed(&self, operation: Operation, why: &str) {
        *self
            .errors
            .borrow_mut()
            .entry(format!("{}: {why}", operation.name()))
            .or_default() += 1;
    }

    /// Whether one more task may be taken. Given back with [`Board::return_turn`] when there was none.
    pub(super) fn take_turn(&self) -> bool {
        let allowed = self.allowed.get();
        self.allowed.set(allowed.saturating_sub(1));
        allowed > 0
    }

    pub(super) fn return_turn(&self) {
        self.allowed.set(self.allowed.get().saturating_add(1));
    }

    pub(super) fn expect(&self, tasks: u64) {
        self.left.set(Some(tasks));
    }

    /// Whether there is something left to do, as far as anybody here knows.
    pub(super) fn has_work(&self) -> bool {
        self.left.get() != Some(0) && self.allowed.get() > 0
    }

    /// A task was handed out. The same hand-out twice would be a grave fault of the Manager.
    pub(super) fn handed_out(&self, task: Uuid, attempt: u64) {
        if !self.seen.borrow_mut().insert((task, attempt)) {
            self.twice.set(self.twice.get() + 1);
        }
    }

    pub(super) fn finished_one(&self) {
        self.finished.set(self.finished.get() + 1);
        self.last_finished.set(Some(Instant::now()));
        self.left
            .set(self.left.get().map(|left| left.saturating_sub(1)));
    }

    pub(super) fn finished(&self) -> u64 {
        self.finished.get()
    }

    pub(super) fn last_finished(&self) -> Option<Instant> {
        self.last_finished.get()
    }

    /// Hand-outs of a task with an attempt that was handed out before.
    pub(super) fn handed_out_twice(&self) -> u64 {
        self.twice.get()
    }

    /// How long each operation took.
    pub(super) fn latencies(&self) -> Vec<Latency> {
        let latencies = self.latencies.borrow();
        latencies
            .iter()
            .map(|(operation, micros)| Latency::of(operation.name(), micros))
            .collect()
    }

    /// What went wrong, and how often.
    pub(super) fn errors(&self) -> BTreeMap<String, u64> {
        self.errors.borrow().clone()
    }
}

/// Microseconds up to an hour, to three digits.
fn new_histogram() -> Histogram<u64> {
    let hour = 3_600_000_000;
    Histogram::new_with_bounds(1, hour, 3)
        .unwrap_or_else(|_| unreachable!("the bounds are constants that fit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted() {
        let board = Board::new(Some(2));
        assert!(board.take_turn() && board.take_turn() && !board.take_turn());
        assert!(!board.has_work());
        board.return_turn();
        assert!(board.has_work() && board.take_turn());
    }

    #[test]
    fn the_last_task_of_ones_own_ends_the_work() {
        let board = Board::new(None);
        board.expect(2);
        board.finished_one();
        assert!(board.has_work());
        board.finished_one();
        assert!(!board.has_work());
    }

    #[test]
    fn a_hand_out_that_comes_twice_is_counted() {
        let board = Board::new(None);
        let task = Uuid::from_u128(1);
        board.handed_out(task, 1);
        board.handed_out(task, 2);
        assert_eq!(board.handed_out_twice(), 0);
        board.handed_out(task, 2);
        assert_eq!(board.handed_out_twice(), 1);
    }
}
