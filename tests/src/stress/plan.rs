//! What can be asked of a run.

use std::time::Duration;

use clap::Parser;
use url::Url;

use super::strangers::Crowd;

const EXAMPLES: &str = "\
Examples:
  stress --workers 10 --submit --tasks 1000
      10 Workers on a job of 1,000 tasks of its own, at http://127.0.0.1:8080/
  stress --workers 100 --submit --tasks 100000 --jobs 1000 --duration 30 --pid $(pidof farandole-manager)
      30 seconds of 100 Workers on 1,000 jobs, with the Manager's memory and CPU
  stress --manager http://localhost:8090/ --workers 1 --cycles 500 --json
      500 tasks of whatever is queued there, as JSON
  stress --workers 20 --submit --tasks 100000 --duration 30 --slow-connections 1000 --listeners 3000
      the same among strangers; raise the limit of open files first (ulimit -n 65536)
  stress --workers 20 --submit --tasks 100000 --duration 30 --registrations 20000 --wrong-secrets 10000 --turns 3
      three runs without and three with strangers, in turns, and what part of their rate the Workers keep";

/// Plays Workers against a v3 Manager and prints tasks per second and latencies.
///
/// The Workers stay registered with the Manager, so point it at one that is for trials. Jobs that it submits are of
/// the type echo-sleep-test, which every Manager has; what is left of them at the end is canceled.
#[derive(Clone, Debug, Parser)]
#[command(name = "stress", version, after_help = EXAMPLES)]
pub struct Plan {
    /// The Manager
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080/")]
    pub manager: Url,

    /// How many Workers to play
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub workers: u32,

    /// Submit jobs of its own first, instead of taking what is queued
    #[arg(long)]
    pub submit: bool,

    /// How many tasks to submit, over all jobs
    #[arg(long, value_name = "M", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub tasks: u32,

    /// Over how many jobs the tasks are spread
    #[arg(long, value_name = "J", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub jobs: u32,

    /// Stop after this many seconds [default: 10, or 600 with --cycles]
    #[arg(long, value_name = "S")]
    pub duration: Option<u32>,

    /// Stop after this many tasks
    #[arg(long, value_name = "K")]
    pub cycles: Option<u64>,

    /// Let the Manager wait this many seconds for a task, as Farandole's Workers do (Prefer: wait)
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub wait: u32,

    /// Give up a request after this many seconds
    #[arg(long, value_name = "S", default_value_t = 120)]
    pub limit: u32,

    /// At the end, let Workers finish what they have for so many seconds
    #[arg(long, value_name = "S", default_value_t = 30)]
    pub grace: u32,

    /// The Manager's process on this machine: also print its memory and CPU
    #[arg(long, value_name = "PID")]
    pub pid: Option<u32>,

    /// Who disturbs the Workers.
    #[command(flatten, next_help_heading = "Strangers")]
    pub crowd: Crowd,

    /// Play this many times without and with the strangers, in turns, and compare the rates
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub turns: u32,

    /// Leave unfinished jobs of its own in the queue
    #[arg(long)]
    pub keep: bool,

    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

impl Plan {
    /// For how long tasks are taken.
    pub fn duration(&self) -> Duration {
        let default = if self.cycles.is_some() { 600 } else { 10 };
        Duration::from_secs(self.duration.unwrap_or(default).into())
    }

    /// The same without strangers.
    #[must_use]
    pub fn undisturbed(&self) -> Self {
        Self {
            crowd: Crowd::default(),
            ..self.clone()
        }
    }

    /// For how long a request may take.
    pub fn limit(&self) -> Duration {
        Duration::from_secs(u64::from(self.limit) + u64::from(self.wait))
    }

    /// For how long after the end a Worker may finish its task.
    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.grace.into())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Plan::command().debug_assert();
    }

    #[test]
    fn a_run_always_has_an_end() {
        let plan = |arguments: &[&str]| {
            Plan::parse_from([&["stress"], arguments].concat())
                .duration()
                .as_secs()
        };
        assert_eq!(
            (
                plan(&[]),
                plan(&["--cycles", "9"]),
                plan(&["--cycles", "9", "--duration", "3"])
            ),
            (10, 600, 3)
        );
    }
}
