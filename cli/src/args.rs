//! The command line.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  farandole submit shot.blend --frames 1-48 --watch
  farandole submit shot.blend --set chunk_size=4 --set render_output_root=/mnt/farm/out
  farandole submit --type echo-sleep-test --set message=hello --name \"just a test\"
  farandole submit shot.blend --pack --watch
  farandole fetch 8fac frames/
  farandole jobs
  farandole watch 8fac
  farandole tasks 8fac
  farandole log 8fac/3 --follow
  farandole requeue 8fac/3
  farandole jobs --json | jq -r '.[] | select(.status == \"failed\").id'

Ids can be shortened, as long as they are unmistakable. A task can be named by its job and its place in it: 8fac/3.

The Manager is the one that --manager names, else the one on this host (port 8080), else the first that is found in
the network; with --farm only one of that farm, which is always searched for.

Exit codes:
  0    all went well
  1    the job failed or was canceled, the Manager refused, or something on this side failed
  2    the command line makes no sense
  3    there is no Manager
  130  interrupted; a job that was being watched goes on";

const FETCH_EXAMPLES: &str = "\
Examples:
  farandole fetch 8fac
  farandole fetch 8fac /home/me/frames --overwrite

What is there already, with the same size and time, is not fetched again. When the connection breaks it is gone on with by
itself; after that, fetch again.";

const SUBMIT_EXAMPLES: &str = "\
Examples:
  farandole submit shot.blend --frames 1-48 --watch
  farandole submit shot.blend --pack
  farandole submit /mnt/farm/shot.blend --in-place --set render_output_root=/mnt/farm/out
  farandole submit --type echo-sleep-test --set message=hello

Before anything is queued Blender is asked which files the scene needs, and those that Workers would miss are named.";

/// Submit jobs to a Farandole (or Flamenco) farm, see what it does, steer it.
#[derive(Debug, Parser)]
#[command(name = "farandole", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The Manager's URL or host, such as farm:8080
    #[arg(
        long,
        env = "FARANDOLE_MANAGER",
        global = true,
        default_value = "",
        hide_default_value = true,
        value_name = "URL"
    )]
    pub(crate) manager: String,
    /// Search for a Manager of this farm
    #[arg(
        long,
        env = "FARANDOLE_FARM",
        global = true,
        default_value = "",
        hide_default_value = true,
        value_name = "NAME"
    )]
    pub(crate) farm: String,
    /// Print JSON: one document, or a line for each change where something is followed
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Submit a job
    Submit(Box<Submit>),
    /// List the jobs
    Jobs,
    /// Show a job
    Job(OfJob),
    /// Follow a job until it ends
    Watch(OfJob),
    /// List the tasks of a job
    Tasks(OfJob),
    /// Show the log of a task
    Log {
        /// The task's id, or its job and its place in it: 8fac/3
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        task: String,
        /// Go on as the log grows, until the task ends
        #[arg(long, short)]
        follow: bool,
    },
    /// Bring back the frames and the video of a job
    Fetch(Fetch),
    /// List the Workers
    Workers,
    /// Cancel a job or a task
    Cancel(Order),
    /// Pause a job or a task
    Pause(Order),
    /// Queue a job or a task again
    Requeue(Order),
    /// List the job types and their settings
    Types,
}

/// Which job.
#[derive(Debug, clap::Args)]
pub(crate) struct OfJob {
    /// The job's id, or the beginning of it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

/// Which job or task, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Order {
    /// The job's id, or a task's: 8fac, 8fac/3
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
    /// Why, for others to read
    #[arg(long, default_value = "asked for on the command line")]
    pub(crate) reason: String,
}

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

/// A job to submit.
#[derive(Debug, clap::Args)]
#[command(after_help = SUBMIT_EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Submit {
    /// The .blend file; some job types take none. Where Workers see it under its path it is used there, else it is
    /// uploaded
    #[arg(value_parser = clap::value_parser!(PathBuf))]
    pub(crate) file: Option<PathBuf>,
    /// The frames, such as 1-48 or 1,5,10-20 [default: those of the scene]
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
    #[arg(long, requires = "file", conflicts_with = "in_place")]
    pub(crate) upload: bool,
    /// Use the file where it is: Workers find it under the same path
    #[arg(long, requires = "file")]
    pub(crate) in_place: bool,
    /// Upload a copy with textures, sounds, fonts and linked files packed into it
    #[arg(long, requires = "file", conflicts_with = "in_place")]
    pub(crate) pack: bool,
    /// Submit although Workers would miss files that the scene needs
    #[arg(long)]
    pub(crate) allow_missing: bool,
    /// Hold it until it is requeued
    #[arg(long)]
    pub(crate) paused: bool,
    /// Follow it until it ends
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_exit_codes_are_in_the_help() {
        let help = Args::command().render_help().to_string();
        assert!(help.contains("Exit codes:"), "{help}");
    }
}
