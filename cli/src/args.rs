//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Submit jobs to a Farandole (or Flamenco) farm, see what it does, steer it.
#[derive(Debug, Parser)]
#[command(name = "farandole", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The Manager's URL. Without it: the one on this host, else one found in the network
    #[arg(long, env = "FARANDOLE_MANAGER", global = true, value_name = "URL")]
    pub(crate) manager: Option<String>,
    /// Search only for Managers of this farm
    #[arg(
        long,
        env = "FARANDOLE_FARM",
        global = true,
        default_value = "",
        value_name = "NAME"
    )]
    pub(crate) farm: String,
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Ids can be shortened, as long as they are unmistakable.

Examples:
  farandole submit shot.blend --frames 1-48 --watch
  farandole submit shot.blend --set chunk_size=4 --set render_output_root=/mnt/farm/out
  farandole jobs
  farandole watch 8fac
  farandole log 8fac4efb-c260-4383-8000-000000000003 --follow
  farandole requeue 8fac

Exit codes: 0 all went well, 1 the job failed or the Manager refused, 2 wrong command line, 3 no Manager found.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Submit a job
    Submit(Submit),
    /// List the jobs
    Jobs,
    /// Show a job
    Job {
        /// Its id
        id: String,
    },
    /// Follow a job until it ends
    Watch {
        /// Its id
        id: String,
    },
    /// List the tasks of a job
    Tasks {
        /// The job's id
        id: String,
    },
    /// Show the log of a task
    Log {
        /// Its id
        task: String,
        /// Go on as the log grows, until the task ends
        #[arg(long, short)]
        follow: bool,
    },
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

/// Which job or task, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Order {
    /// The job's or the task's id
    pub(crate) id: String,
    /// Why, for others to read
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
}

/// A job to submit.
#[derive(Debug, clap::Args)]
pub(crate) struct Submit {
    /// The .blend file; other job types may take none
    pub(crate) file: Option<PathBuf>,
    /// The frames, such as 1-48 or 1,5,10-20 [default: the scene's]
    #[arg(long)]
    pub(crate) frames: Option<String>,
    /// The job type
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
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// 0 to 100, higher is earlier
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(0..=100))]
    pub(crate) priority: i32,
    /// Do not start it yet
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
