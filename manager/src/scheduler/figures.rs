//! What the Scheduler counts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};

use crate::farm::state::Farm;
use crate::metrics::Histogram;

/// Row changes of a commit.
const WRITES: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0, 2_000.0];
/// Seconds that a commit takes: from a quick disk to one that is in trouble.
const SECONDS: [f64; 10] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0,
];

/// Counts since the process began, and what the farm looks like.
#[derive(Clone, Debug)]
pub struct SchedulerFigures {
    /// Orders that were decided.
    pub decisions: u64,
    /// How often the farm was read again after a failed commit.
    pub recoveries: u64,
    /// Row changes of each commit.
    pub commit_writes: Histogram,
    /// How long each commit took.
    pub commit_seconds: Histogram,
    /// Orders that are decided or set aside and not yet answered.
    pub decisions_waiting: u64,
    /// Workers that wait for a task.
    pub workers_waiting: u64,
    /// Jobs in memory.
    pub jobs: BTreeMap<JobStatus, u64>,
    /// Tasks of these jobs.
    pub tasks: BTreeMap<TaskStatus, u64>,
    /// Workers.
    pub workers: BTreeMap<WorkerStatus, u64>,
}

/// The counts alone.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) decisions: u64,
    pub(super) recoveries: u64,
    commit_writes: Histogram,
    commit_seconds: Histogram,
    commit_since: Option<Instant>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            decisions: 0,
            recoveries: 0,
            commit_writes: Histogram::new(&WRITES),
            commit_seconds: Histogram::new(&SECONDS),
            commit_since: None,
        }
    }
}

impl Counts {
    /// A commit is on its way.
    pub(super) fn commit_begins(&mut self, writes: usize) {
        self.commit_writes
            .add(f64::from(u32::try_from(writes).unwrap_or(u32::MAX)));
        self.commit_since = Some(Instant::now());
    }

    /// It is on disk.
    pub(super) fn commit_ends(&mut self) {
        let took = self.commit_since.take().as_ref().map(Instant::elapsed);
        if let Some(seconds) = took.as_ref().map(Duration::as_secs_f64) {
            self.commit_seconds.add(seconds);
        }
    }

    /// All figures, with those of this farm, if there is one at the moment.
    pub(super) fn figures(&self, farm: Option<&Farm>) -> SchedulerFigures {
        let mut figures = SchedulerFigures {
            decisions: self.decisions,
            recoveries: self.recoveries,
            commit_writes: self.commit_writes.clone(),
            commit_seconds: self.commit_seconds.clone(),
            decisions_waiting: 0,
            workers_waiting: 0,
            jobs: BTreeMap::new(),
            tasks: BTreeMap::new(),
            workers: BTreeMap::new(),
        };
        let Some(farm) = farm else {
            return figures;
        };
        for job in farm.jobs() {
            *figures.jobs.entry(job.status).or_default() += 1;
            for status in TaskStatus::ALL {
                *figures.tasks.entry(*status).or_default() += job.count(*status) as u64;
            }
        }
        for worker in farm.workers() {
            *figures.workers.entry(worker.status).or_default() += 1;
        }
        figures
    }
}
