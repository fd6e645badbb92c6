//! Which jobs are meant: by their ids, or by what they are like.

use std::str::FromStr as _;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use farandole_protocol::status::JobStatus;

use super::help::{DELETE_EXAMPLES, WATCH_EXAMPLES};

/// Jobs by what they are like. What is not said does not matter.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Selectors")]
pub(crate) struct Select {
    /// Jobs in one of these states: failed, or active,queued
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = statuses(), ignore_case = true)]
    pub(crate) status: Vec<JobStatus>,
    /// Jobs whose name is like this; * stands for any text, ? for any character
    #[arg(long = "name", value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name_like: Option<String>,
    /// Jobs of this type
    #[arg(long = "type", value_name = "TYPE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) of_type: Option<String>,
    /// Jobs in which nothing has changed for this long: 12h, 7days
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) older_than: Option<Duration>,
}

fn statuses() -> impl TypedValueParser<Value = JobStatus> {
    let shown = JobStatus::ALL
        .iter()
        .filter(|status| **status != JobStatus::UnderConstruction);
    PossibleValuesParser::new(shown.map(|status| status.as_str()))
        .try_map(|text| JobStatus::from_str(&text.to_lowercase()))
}

impl Select {
    /// Whether nothing was said.
    pub(crate) const fn is_empty(&self) -> bool {
        self.status.is_empty()
            && self.name_like.is_none()
            && self.of_type.is_none()
            && self.older_than.is_none()
    }
}

/// Whether a person is asked before many things are changed at once.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Consent {
    /// Do it without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what it would be done to, and do nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
}

/// Which jobs or tasks are given an order, and why.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Order {
    /// Ids of jobs or tasks: 8fac, 8fac/3
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids: Vec<String>,
    /// Why, for others to read
    #[arg(long, default_value = "asked for on the command line")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) consent: Consent,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// Which jobs or tasks are queued again, and what becomes of their frames.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Requeue {
    /// Move frames that exist already aside and render them again; without it whole frames of the job are kept
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) order: Order,
}

/// Which jobs are deleted.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = DELETE_EXAMPLES)]
pub(crate) struct Delete {
    /// Ids of jobs
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) consent: Consent,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// Which jobs come earlier or later.
#[derive(Clone, Debug, clap::Args)]
#[command(
    override_usage = "farandole priority [OPTIONS] [ID]... <N>",
    after_help = "\
Examples:
  farandole priority 8fac 80
  farandole priority 90 --name 'shot_0*' --status queued"
)]
pub(crate) struct Priority {
    /// Ids of jobs, and at the end the priority: 0 to 100, higher is earlier
    #[arg(value_name = "ID|N", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids_and_number: Vec<String>,
    #[command(flatten)]
    pub(crate) consent: Consent,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// Which jobs are watched.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = WATCH_EXAMPLES)]
pub(crate) struct Watch {
    /// Ids of jobs; they are followed until all of them have ended
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids: Vec<String>,
    /// All jobs of the farm, also those to come, until Ctrl-C
    #[arg(long, conflicts_with_all = ["ids", "status", "name_like", "of_type", "older_than"])]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) select: Select,
}
