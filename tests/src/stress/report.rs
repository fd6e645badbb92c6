//! What a run found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::process::Usage;
use super::strangers::Answers;

/// What a run found. Times are in milliseconds unless a name says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Who the Manager says it is.
    pub manager: String,
    /// Workers that were played.
    pub workers: u32,
    /// Tasks and jobs that were submitted for the run.
    pub submitted: Option<Submitted>,
    /// How long tasks were taken, in seconds.
    pub seconds: f64,
    /// Tasks that were taken, reported active and reported completed.
    pub tasks: u64,
    /// These, a second.
    pub tasks_per_second: f64,
    /// Workers that did not finish their last task in time.
    pub unfinished: u64,
    /// Attempts at a task that were handed out more than once; anything but 0 is a fault of the Manager. Told by
    /// Managers that count attempts.
    pub handed_out_twice: u64,
    /// How long each operation took.
    pub operations: Vec<Latency>,
    /// What went wrong, and how often.
    pub errors: BTreeMap<String, u64>,
    /// What strangers were told.
    pub strangers: Answers,
    /// The Manager's process, if it was named and is still there.
    pub process: Option<Usage>,
    /// Processors kept busy by the players themselves. Near 1.0 they are the limit, not the Manager.
    pub own_cores: f64,
}

/// What was submitted for a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Submitted {
    /// Jobs.
    pub jobs: u32,
    /// Tasks, over all jobs.
    pub tasks: u32,
    /// How long it took, in seconds, until all were ready.
    pub seconds: f64,
}

/// How long an operation took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// The operation.
    pub operation: &'static str,
    /// How often it was done.
    pub count: u64,
    /// Half of them were quicker.
    pub p50: f64,
    /// 99 of 100 were quicker.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

impl Latency {
    pub(super) fn of(operation: &'static str, micros: &Histogram<u64>) -> Self {
        let at = |quantile| milliseconds(micros.value_at_quantile(quantile));
        Self {
            operation,
            count: micros.len(),
            p50: at(0.5),
            p99: at(0.99),
            max: milliseconds(micros.max()),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "for people; the histogram has three digits anyway"
)]
fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

/// What part of the rate of undisturbed runs is left in disturbed ones, by the medians. 1.0 is all.
pub fn kept_rate(quiet: &[Report], disturbed: &[Report]) -> f64 {
    let median = |reports: &[Report]| {
        let mut rates: Vec<f64> = reports.iter().map(|run| run.tasks_per_second).collect();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or_default()
    };
    median(disturbed) / median(quiet).max(f64::MIN_POSITIVE)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, {} Workers", self.manager, self.workers)?;
        if let Some(Submitted {
            jobs,
            tasks,
            seconds,
        }) = self.submitted
        {
            writeln!(f, "submitted {tasks} tasks in {jobs} jobs: {seconds:.2} s")?;
        }
        let Self {
            tasks,
            seconds,
            tasks_per_second,
            ..
        } = self;
        writeln!(
            f,
            "{tasks} tasks in {seconds:.2} s: {tasks_per_second:.1} tasks/s\n"
        )?;
        writeln!(
            f,
            "{:<20}{:>10}{:>12}{:>12}{:>12}",
            "ms", "count", "p50", "p99", "max"
        )?;
        for Latency {
            operation,
            count,
            p50,
            p99,
            max,
        } in &self.operations
        {
            writeln!(
                f,
                "{operation:<20}{count:>10}{p50:>12.2}{p99:>12.2}{max:>12.2}"
            )?;
        }
        writeln!(f)?;
        for (what, count) in &self.errors {
            writeln!(f, "error: {what}: {count} times")?;
        }
        for (kind, answers) in &self.strangers.0 {
            for (answer, count) in answers {
                writeln!(f, "{kind}: {answer}: {count} times")?;
            }
        }
        if self.unfinished > 0 {
            writeln!(
                f,
                "unfinished: {} Workers were cut off in the middle of a task",
                self.unfinished
            )?;
        }
        if self.handed_out_twice > 0 {
            writeln!(
                f,
                "FAULT: {} hand-outs of an attempt that was handed out before",
                self.handed_out_twice
            )?;
        }
        if let Some(Usage {
            pid,
            cores,
            memory_before,
            memory_most,
            memory_after,
        }) = &self.process
        {
            let memory = format!(
                "{memory_before:.1} MiB before, {memory_most:.1} at most, {memory_after:.1} after"
            );
            writeln!(f, "Manager (process {pid}): {cores:.2} cores, {memory}")?;
        }
        write!(f, "players: {:.2} cores", self.own_cores)
    }
}
