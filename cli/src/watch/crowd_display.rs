//! How many watched jobs are shown: some bars on a terminal, lines elsewhere, lines of JSON for programs.

use std::collections::HashMap;

use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::crowd::{Crowd, Member};
use crate::error::Outcome;
use crate::output::{note, print_json_line};
use crate::terminal;
use crate::words::{percent, short};

/// The rows of a terminal that are left to other things: the line of all jobs, what is said, and the command itself.
const OTHER_ROWS: usize = 3;

/// With so many columns for it, a job's id has room beside the longest name of a state.
const ROOM_FOR_IDS: usize = 26;

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
    columns: usize,
}

/// How a job is shown in a row that is no longer than this terminal's.
#[derive(Debug)]
struct Layout {
    name: usize,
    template: String,
    with_id: bool,
}

impl Layout {
    fn of(columns: usize) -> Self {
        let name = (columns * 3 / 10).clamp(8, 48);
        let bar = (columns / 5).clamp(4, 40);
        let room = columns.saturating_sub(name + bar + "  100 %  ".len());
        Self {
            name,
            template: format!(
                "{{prefix:{name}!}} {{bar:{bar}.cyan/dim}} {{percent:>3}} %  {{wide_msg}}"
            ),
            with_id: room >= ROOM_FOR_IDS,
        }
    }
}

impl CrowdDisplay {
    /// The one that suits the terminal, if it is one.
    pub(super) fn new(json: bool) -> Self {
        if json {
            Self::Json
        } else if terminal::shows_bars() {
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

    /// Leaves what is shown as it is. The terminal has written `^C` somewhere, so nothing can be drawn over any more.
    pub(super) fn leave(&self) {
        if let Self::Bars(bars) = self {
            bars.all.set_draw_target(ProgressDrawTarget::hidden());
            note("");
        }
    }
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let tally = all.add(ProgressBar::no_length());
        // The templates are tested; with another style the bars would do as well.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            tally.set_style(style);
        }
        Self {
            all,
            jobs: Vec::new(),
            tally,
            columns: 0,
        }
    }

    fn show(&mut self, crowd: &Crowd) {
        let (rows, columns) = terminal::size();
        let layout = Layout::of(columns);
        let jobs = crowd.most_interesting(rows.saturating_sub(OTHER_ROWS).max(1));
        let more = crowd.size() - jobs.len();
        for bar in self.jobs.drain(jobs.len().min(self.jobs.len())..) {
            self.all.remove(&bar);
        }
        let styled = if columns == self.columns {
            self.jobs.len()
        } else {
            0
        };
        self.columns = columns;
        while self.jobs.len() < jobs.len() {
            let bar = self.all.insert_before(&self.tally, ProgressBar::new(1));
            self.jobs.push(bar);
        }
        if let Ok(style) = ProgressStyle::with_template(&layout.template) {
            for bar in self.jobs.iter().skip(styled) {
                bar.set_style(style.clone());
            }
        }
        for (bar, job) in self.jobs.iter().zip(jobs) {
            // Of nothing nothing is done.
            bar.set_length(job.steps_total.max(1).cast_unsigned());
            bar.set_position(job.steps_completed.max(0).cast_unsigned());
            bar.set_prefix(terminal::cut(&terminal::plain(&job.name), layout.name));
            bar.set_message(if layout.with_id {
                format!("{}  {}", short(job.id), job.status)
            } else {
                job.status.to_string()
            });
            bar.tick();
        }
        self.tally.set_message(match more {
            0 => crowd.tally(),
            more => format!("and {more} more; {}", crowd.tally()),
        });
        self.tally.tick();
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
    fn a_row_fits_the_terminal() {
        let check = |columns, name, bar, with_id| {
            let layout = Layout::of(columns);
            let template = &layout.template;
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
            let begin = format!("{{prefix:{name}!}} {{bar:{bar}.");
            assert!(template.starts_with(&begin), "{template}");
            assert_eq!(layout.with_id, with_id, "{columns}");
        };
        check(20, 8, 4, false);
        check(40, 12, 8, false);
        check(80, 24, 16, true);
        check(200, 48, 40, true);
    }
}
