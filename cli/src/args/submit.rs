//! What is submitted, and what is brought back.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use farandole_protocol::api::FindingClass;

use super::help::{FETCH_EXAMPLES, SUBMIT_EXAMPLES};
use super::outputs::allowed;

/// What to bring back, and where to.
#[derive(Debug, clap::Args)]
#[command(after_help = FETCH_EXAMPLES)]
pub(crate) struct Fetch {
    /// The job's id, or the beginning of it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
    /// The folder that they go to [default: one named after the job, here]
    #[arg(value_parser = clap::value_parser!(PathBuf))]
    pub(crate) dir: Option<PathBuf>,
    /// Replace files of the same names that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// Jobs to submit.
#[derive(Debug, clap::Args)]
#[command(after_help = SUBMIT_EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Submit {
    /// The .blend files, each a job of its own; some job types take none. Where Workers see a file under its path it is
    /// used there, else it is uploaded
    #[arg(value_name = "FILE", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) files: Vec<PathBuf>,
    /// The frames, such as 1-48, 1,5,10-20, or 1-9x4 for every fourth one [default: those of the scene]
    #[arg(long)]
    pub(crate) frames: Option<String>,
    /// The job type; `farandole types` lists them
    #[arg(
        long = "type",
        default_value = "simple-blender-render",
        value_name = "TYPE"
    )]
    pub(crate) job_type: String,
    /// A setting of the job type; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
    /// The job's name [default: the file's]
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
    /// 0 to 100, higher is earlier
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(0..=100))]
    pub(crate) priority: i32,
    /// Upload the file, wherever it is
    #[arg(long, requires = "files", conflicts_with = "in_place")]
    pub(crate) upload: bool,
    /// Use the file where it is: Workers find it under the same path
    #[arg(long, requires = "files")]
    pub(crate) in_place: bool,
    /// Upload a copy with textures, sounds, fonts and linked files packed into it
    #[arg(long, requires = "files", conflicts_with = "in_place")]
    pub(crate) pack: bool,
    /// Only Workers with this tag; `farandole tags` lists them
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) tag: Option<String>,
    /// The folder that frames go below, as Workers see it [default: renders in the farm's storage]
    #[arg(long, value_name = "DIR", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) storage: Option<String>,
    /// Submit although Workers would miss files that the scene needs; implies --allow missing-files
    #[arg(long)]
    pub(crate) allow_missing: bool,
    /// Findings that are to be warnings instead of refusals or failures, such as not-baked; may be repeated
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = allowed)]
    pub(crate) allow: Vec<FindingClass>,
    /// Do not ask where frames exist already at the output path: they are moved aside, and rendered again
    #[arg(long, conflicts_with = "keep_existing")]
    pub(crate) overwrite: bool,
    /// Frames that exist already at the output path count as rendered, if they are whole
    #[arg(long)]
    pub(crate) keep_existing: bool,
    /// Hold them until they are requeued
    #[arg(long)]
    pub(crate) paused: bool,
    /// Follow them until they end
    #[arg(long)]
    pub(crate) watch: bool,
    /// The Blender that is asked about the scene
    #[arg(
        long,
        env = "FARANDOLE_BLENDER",
        default_value = "blender",
        value_name = "PATH"
    )]
    pub(crate) blender: PathBuf,
}
