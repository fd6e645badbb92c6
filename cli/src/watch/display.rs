//! How a watched job is shown: a bar on a terminal, lines elsewhere, lines of JSON for programs.

use std::time::Duration;

use farandole_protocol::api::JobFinding;
use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::view::View;
use crate::error::Outcome;
use crate::files::leave;
use crate::findings;
use crate::output::{note, print_json_line};
use crate::table::one_line;
use crate::terminal;
use crate::words::{count, duration, percent};

/// So many Workers are named.
const NAMED_WORKERS: usize = 4;

/// Two lines, so that both fit a terminal of any width.
const TEMPLATE: &str = "{prefix} {wide_bar:.cyan/dim} {percent:>3} %\n{wide_msg}";

/// What is shown of a job, and what a program is told.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Shown {
    id: JobId,
    name: String,
    status: JobStatus,
    steps_completed: i64,
    steps_total: i64,
    failed_tasks: usize,
    workers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
    /// Why the job stands still, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<JobFinding>,
    #[serde(skip)]
    has_ended: bool,
}

impl Shown {
    /// What is to be shown now.
    pub(crate) fn new(view: &View, left: Option<Duration>, why: Option<&str>) -> Self {
        Self {
            id: view.id,
            name: one_line(&view.name),
            status: view.status,
            steps_completed: view.done,
            steps_total: view.total,
            failed_tasks: view.failed_tasks(),
            workers: view.workers().into_iter().map(one_line).collect(),
            remark: view.remark().map(|remark| one_line(&remark)),
            why: why.map(one_line),
            // What stands still does not come nearer to its end.
            seconds_left: left.filter(|_| why.is_none()).map(|left| left.as_secs()),
            findings: view.findings.clone(),
            has_ended: view.has_ended(),
        }
    }

    /// Warnings of classes that were not there before, in words. Of a job that has ended all are said at the end.
    fn new_warnings(&self, before: Option<&Self>) -> Vec<String> {
        let known = before.map_or(&[][..], |before| &before.findings);
        let is_new = |finding: &&JobFinding| known.iter().all(|it| it.class != finding.class);
        let new: Vec<JobFinding> = self.findings.iter().filter(is_new).cloned().collect();
        if self.has_ended {
            Vec::new()
        } else {
            findings::warnings(&new)
        }
    }

    /// All but the name and the steps, in words.
    fn words(&self) -> String {
        let mut words = Vec::new();
        if let Some(seconds) = self
            .seconds_left
            .filter(|_| self.status == JobStatus::Active)
        {
            words.push(format!("{} left", duration(Duration::from_secs(seconds))));
        }
        if self.failed_tasks > 0 {
            words.push(format!("{} failed", count(self.failed_tasks, "task")));
        }
        words.push(match (self.status, self.workers.as_slice()) {
            (JobStatus::Queued, []) => "waiting for a Worker".to_owned(),
            (JobStatus::Paused, _) => "paused until it is requeued".to_owned(),
            (status, []) => status.to_string(),
            (JobStatus::Active, workers) => names(workers),
            (status, workers) => format!("{status}, {}", names(workers)),
        });
        words.extend(self.remark.clone());
        words.extend(self.why.clone());
        words.join(", ")
    }

    fn steps(&self) -> String {
        format!("{} of {} steps", self.steps_completed, self.steps_total)
    }

    /// What makes a new line worth while: not every step of thousands, not the time left, and not how long exactly a
    /// program has done nothing.
    fn landmark(&self) -> (JobStatus, Option<i64>, usize, bool, Option<&str>) {
        let percent = percent(self.steps_completed, self.steps_total);
        (
            self.status,
            percent,
            self.failed_tasks,
            self.remark.is_some(),
            self.why.as_deref(),
        )
    }
}

fn names(workers: &[String]) -> String {
    let named: Vec<&str> = workers
        .iter()
        .take(NAMED_WORKERS)
        .map(String::as_str)
        .collect();
    let more = match workers.len().saturating_sub(NAMED_WORKERS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(", "))
}

/// Where a job is shown.
#[derive(Debug)]
pub(crate) struct Display {
    kind: Kind,
    last: Option<Shown>,
}

#[derive(Debug)]
enum Kind {
    Bar(ProgressBar),
    Lines,
    Json,
}

impl Display {
    /// The one that suits the terminal, if it is one.
    pub(crate) fn new(json: bool) -> Self {
        let kind = if json {
            Kind::Json
        } else if terminal::shows_bars() {
            Kind::Bar(bar())
        } else {
            Kind::Lines
        };
        Self { kind, last: None }
    }

    /// Shows a job, where something has changed.
    pub(crate) fn show(&mut self, shown: Shown) -> Outcome<()> {
        if !matches!(self.kind, Kind::Json) {
            for warning in shown.new_warnings(self.last.as_ref()) {
                self.say(&warning);
            }
        }
        match &self.kind {
            Kind::Bar(bar) => {
                let (_, columns) = terminal::size();
                // Of nothing nothing is done.
                bar.set_length(shown.steps_total.max(1).cast_unsigned());
                bar.set_position(shown.steps_completed.max(0).cast_unsigned());
                bar.set_prefix(terminal::cut(&terminal::plain(&shown.name), columns / 2));
                let words = format!("{}, {}", shown.steps(), shown.words());
                bar.set_message(terminal::plain(&words));
            }
            Kind::Lines => {
                if self.last.as_ref().map(Shown::landmark) != Some(shown.landmark()) {
                    note(&line(&shown));
                }
            }
            Kind::Json => {
                let timeless = |shown: &Shown| Shown {
                    seconds_left: None,
                    ..shown.clone()
                };
                if self.last.as_ref().map(timeless) != Some(timeless(&shown)) {
                    print_json_line(&shown)?;
                }
            }
        }
        self.last = Some(shown);
        Ok(())
    }

    /// Says something in between.
    pub(crate) fn say(&self, text: &str) {
        match &self.kind {
            Kind::Bar(bar) => bar.suspend(|| note(text)),
            Kind::Lines | Kind::Json => note(text),
        }
    }

    /// Makes room for what is said afterwards.
    pub(crate) fn end(&self) {
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
    }

    /// Leaves what is shown as it is.
    pub(crate) fn leave(&self) {
        if let Kind::Bar(bar) = &self.kind {
            leave(bar);
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // The template is tested; with another style the bar would do as well.
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style);
    }
    bar
}

fn line(shown: &Shown) -> String {
    format!("{}: {}, {}", shown.name, shown.steps(), shown.words())
}

#[cfg(test)]
mod tests {
    use farandole_protocol::api::FindingClass;

    use super::*;

    fn shown(status: JobStatus, workers: &[&str]) -> Shown {
        Shown {
            id: JobId::random(),
            name: "dance".to_owned(),
            status,
            steps_completed: 10,
            steps_total: 25,
            failed_tasks: 0,
            workers: workers.iter().map(|name| (*name).to_owned()).collect(),
            remark: None,
            why: None,
            seconds_left: Some(200),
            findings: Vec::new(),
            has_ended: false,
        }
    }

    #[test]
    fn a_line_says_how_far_how_long_and_who() {
        assert_eq!(
            line(&shown(JobStatus::Active, &["anna", "bert"])),
            "dance: 10 of 25 steps, 3 min 20 s left, anna, bert"
        );
        assert_eq!(
            line(&shown(JobStatus::Queued, &[])),
            "dance: 10 of 25 steps, waiting for a Worker"
        );
        assert_eq!(
            line(&shown(JobStatus::CancelRequested, &["anna"])),
            "dance: 10 of 25 steps, cancel-requested, anna"
        );
    }

    #[test]
    fn of_many_workers_some_are_named() {
        let shown = shown(JobStatus::Active, &["a", "b", "c", "d", "e", "f"]);
        assert!(shown.words().ends_with("a, b, c, d and 2 more"));
    }

    #[test]
    fn failed_tasks_are_counted() {
        let mut shown = shown(JobStatus::Active, &["anna"]);
        shown.failed_tasks = 1;
        assert_eq!(shown.words(), "3 min 20 s left, 1 task failed, anna");
    }

    #[test]
    fn a_warning_is_said_when_it_is_new() {
        let finding = |class, count| JobFinding {
            class,
            count,
            line: "x".to_owned(),
        };
        let with = |findings: &[JobFinding]| Shown {
            findings: findings.to_vec(),
            ..shown(JobStatus::Active, &[])
        };
        let one = with(&[finding(FindingClass::PythonError, 1)]);
        assert_eq!(one.new_warnings(None), ["  warning: python-error: x"]);
        let two = with(&[
            finding(FindingClass::PythonError, 2),
            finding(FindingClass::Engine, 1),
        ]);
        assert_eq!(
            two.new_warnings(Some(&one)),
            ["  warning: engine, allowed: x"]
        );
        assert!(one.new_warnings(Some(&one)).is_empty());
        let ended = Shown {
            has_ended: true,
            ..one
        };
        assert!(ended.new_warnings(None).is_empty());
    }

    #[test]
    fn a_remark_comes_last_and_is_worth_a_line() {
        let before = shown(JobStatus::Active, &["anna"]);
        let mut after = before.clone();
        after.remark = Some("anna: no output for 4 m".to_owned());
        assert!(
            after
                .words()
                .ends_with("left, anna, anna: no output for 4 m")
        );
        assert_ne!(before.landmark(), after.landmark());
    }

    #[test]
    fn the_bars_template_is_understood() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
