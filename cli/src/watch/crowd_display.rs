//! How many watched jobs are shown: some bars on a terminal, lines elsewhere, lines of JSON for programs.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _};

use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::crowd::{Crowd, Member};
use crate::error::Outcome;
use crate::output::{note, print_json_line};
use crate::words::{percent, short};

/// So many jobs are shown on a terminal.
const BARS: usize = 16;

const TEMPLATE: &str = "{prefix:24!} {bar:24.cyan/dim} {percent:>3} %  {msg}";

/// Where many jobs are shown.
#[derive(Debug)]
pub(super) enum CrowdDisplay {
    Bars(Bars),
    Lines(HashMap<JobId, Landmark>),
    Json,
}

/// What makes a new line worth while: another state, or another quarter done.
type Landmark = (JobStatus, Option<i64>);

/// Bars, one below the other, and a line of all jobs.
#[derive(Debug)]
pub(super) struct Bars {
    all: MultiProgress,
    jobs: Vec<ProgressBar>,
    tally: ProgressBar,
}

impl CrowdDisplay {
    /// The one that suits the terminal, if it is one.
    pub(super) fn new(json: bool) -> Self {
        if json {
            Self::Json
        } else if io::stderr().is_terminal() {
            Self::Bars(Bars::new())
        } else {
            Self::Lines(HashMap::new())
        }
    }

    /// Shows what has changed.
    pub(super) fn show(&mut self, crowd: &Crowd, changed: &[Member]) -> Outcome<()> {
        match self {
            Self::Bars(bars) => bars.show(crowd),
            Self::Lines(seen) => {
                for job in changed {
                    let landmark = landmark(job);
                    if job.deleted || seen.insert(job.id, landmark) != Some(landmark) {
                        note(&line(job));
                    }
                }
            }
            Self::Json => {
                for job in changed {
                    print_json_line(job)?;
                }
            }
        }
        Ok(())
    }

    /// Says something in between.
    pub(super) fn say(&self, text: &str) {
        match self {
            Self::Bars(bars) => bars.all.suspend(|| note(text)),
            Self::Lines(_) | Self::Json => note(text),
        }
    }

    /// Makes room for what is said afterwards.
    pub(super) fn end(&self) {
        if let Self::Bars(bars) = self {
            // Where the terminal is gone, there is nothing to make room on.
            drop(bars.all.clear());
        }
    }
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let tally = all.add(ProgressBar::no_length());
        // The templates are tested; with another style the bars would do as well.
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            tally.set_style(style);
        }
        Self {
            all,
            jobs: Vec::new(),
            tally,
        }
    }

    fn show(&mut self, crowd: &Crowd) {
        let jobs = crowd.most_interesting(BARS);
        while self.jobs.len() < jobs.len() {
            let bar = self.all.insert_before(&self.tally, ProgressBar::new(1));
            if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                bar.set_style(style);
            }
            self.jobs.push(bar);
        }
        for bar in self.jobs.drain(jobs.len()..) {
            self.all.remove(&bar);
        }
        for (bar, job) in self.jobs.iter().zip(jobs) {
            bar.set_length(job.steps_total.max(0).cast_unsigned());
            bar.set_position(job.steps_completed.max(0).cast_unsigned());
            bar.set_prefix(job.name.clone());
            bar.set_message(format!("{}  {}", short(job.id), job.status));
            bar.tick();
        }
        self.tally.set_message(crowd.tally());
    }
}

fn landmark(job: &Member) -> Landmark {
    let percent = percent(job.steps_completed, job.steps_total);
    (job.status, percent.map(|percent| percent / 25))
}

fn line(job: &Member) -> String {
    let state = if job.deleted {
        "deleted".to_owned()
    } else {
        job.status.to_string()
    };
    format!(
        "{}  {}: {state}, {} of {} steps",
        short(job.id),
        job.name,
        job.steps_completed,
        job.steps_total
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_template_is_understood() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
