//! What is asked of Workers, and which tags there are.

use clap::builder::NonEmptyStringValueParser;
use clap::{Subcommand, ValueEnum};

/// A Worker, and what it shall do.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  farandole worker anna
  farandole worker anna sleep
  farandole worker anna restart --now
  farandole worker anna forget

Without --now a Worker finishes its task first. One that is gone for good can be forgotten: then no job waits for it.")]
pub(crate) struct OfWorker {
    /// The Worker's name, or its id, or the beginning of it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    /// What it shall do; without, it is shown
    pub(crate) wish: Option<Wish>,
    /// At once: its task goes back to the queue
    #[arg(long, requires = "wish")]
    pub(crate) now: bool,
}

/// What a Worker shall do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Wish {
    /// Take tasks
    Wake,
    /// Take no more tasks
    Sleep,
    /// End
    Shutdown,
    /// End, and be started again by whatever looks after it
    Restart,
    /// Be forgotten by the farm, which no longer waits for it
    Forget,
}

/// What to do with tags.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  farandole tags
  farandole tags create GPU --description \"has a good graphics card\"
  farandole tags assign GPU --worker anna --worker bert --job 8fac
  farandole tags unassign GPU --worker anna
  farandole tags delete GPU

A job with a tag is given to Workers with that tag alone; one without, to anybody.")]
pub(crate) struct Tags {
    #[command(subcommand)]
    pub(crate) deed: Option<TagDeed>,
}

/// What to do with tags.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum TagDeed {
    /// List the tags
    List,
    /// Make a tag
    Create {
        /// Its name
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
    },
    /// Delete a tag; jobs that asked for it may then run anywhere
    Delete {
        /// Its name or id
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        tag: String,
        /// Do it without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// Give a tag to Workers and jobs
    Assign(TagUse),
    /// Take a tag from Workers and jobs
    Unassign(TagUse),
}

/// Whose tag it is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct TagUse {
    /// The tag's name or id
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) tag: String,
    /// A Worker's name or id; may be repeated
    #[arg(long = "worker", value_name = "NAME", required_unless_present = "jobs")]
    pub(crate) workers: Vec<String>,
    /// A job's id; may be repeated
    #[arg(long = "job", value_name = "ID")]
    pub(crate) jobs: Vec<String>,
}
