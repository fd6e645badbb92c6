//! The commands, and what all of them take.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand};

use super::help;
use super::outputs::{ShowJob, Verify};
use super::select::{Delete, Order, Priority, Requeue, Select, Watch};
use super::submit::{Fetch, Submit};
use super::workers::{OfWorker, Tags};

/// Submit jobs to a Farandole (or Flamenco) farm, see what it does, steer it.
#[derive(Debug, Parser)]
#[command(name = "farandole", version, after_help = help::EXAMPLES)]
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
        value_name = "FARM"
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
    #[command(flatten)]
    OnFarm(FarmCommand),
    /// Print what a shell needs to complete commands
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write manual pages into a folder
    Man {
        /// The folder
        #[arg(value_parser = clap::value_parser!(PathBuf))]
        dir: PathBuf,
    },
}

/// What to do on a farm.
#[derive(Debug, Subcommand)]
pub(crate) enum FarmCommand {
    /// Submit jobs
    Submit(Box<Submit>),
    /// List the jobs
    #[command(after_help = help::JOBS_EXAMPLES)]
    Jobs(Select),
    /// Show a job
    Job(ShowJob),
    /// Follow jobs until they end
    Watch(Watch),
    /// List the tasks of a job
    Tasks(OfJob),
    /// Show the log of a task
    Log(Log),
    /// Say why a job or a task is not being worked on
    #[command(after_help = help::WHY_EXAMPLES)]
    Why {
        /// The job's id, or a task's: 8fac, 8fac/3
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: String,
    },
    /// List the attempts at a task
    Attempts {
        /// The task's id, or its job and its place in it: 8fac/3
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        task: String,
    },
    /// Bring back the frames and the video of a job
    Fetch(Fetch),
    /// Cancel jobs or tasks
    #[command(after_help = help::CANCEL_EXAMPLES)]
    Cancel(Order),
    /// Pause jobs or tasks
    #[command(after_help = help::PAUSE_EXAMPLES)]
    Pause(Order),
    /// Queue jobs or tasks again
    #[command(after_help = help::REQUEUE_EXAMPLES)]
    Requeue(Requeue),
    /// Check again that the files which jobs have written are there and whole
    Verify(Verify),
    /// Give jobs another priority
    Priority(Priority),
    /// Delete jobs
    Delete(Delete),
    /// List the Workers
    Workers,
    /// Show a Worker, or ask it to wake up, sleep, shut down or restart
    Worker(OfWorker),
    /// List tags, make and delete them, give them to Workers and jobs
    Tags(Tags),
    /// Tell what happens on the farm, as it happens
    #[command(after_help = help::EVENTS_EXAMPLES)]
    Events {
        /// Only of this: jobs, jobs/8fac, workers, tasklog/8fac/3; may be repeated
        #[arg(long = "topic", value_name = "TOPIC", value_parser = NonEmptyStringValueParser::new())]
        topics: Vec<String>,
    },
    /// List the job types and their settings
    Types,
    /// Show a job, a task or the whole farm in the browser
    Open {
        /// The job's id, or a task's; without, the farm
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: Option<String>,
        /// Only print the address
        #[arg(long)]
        print: bool,
    },
    /// Look whether everything is as it must be
    Config {
        #[command(subcommand)]
        deed: ConfigDeed,
    },
}

/// Which job.
#[derive(Debug, clap::Args)]
pub(crate) struct OfJob {
    /// The job's id, or the beginning of it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

/// Which log, and how much of it.
#[derive(Debug, clap::Args)]
#[command(after_help = help::LOG_EXAMPLES)]
pub(crate) struct Log {
    /// The task's id, or its job and its place in it: 8fac/3
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) task: String,
    /// Go on as the log grows, until the task ends
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only lines in which this regular expression is found
    #[arg(long, short, value_name = "PATTERN")]
    pub(crate) grep: Option<regex::Regex>,
}

/// What to do with the configuration.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ConfigDeed {
    /// Check the Manager, its storage and the Blender of this host
    Check {
        /// The Blender that is asked about scenes
        #[arg(
            long,
            env = "FARANDOLE_BLENDER",
            default_value = "blender",
            value_name = "PATH"
        )]
        blender: PathBuf,
    },
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
