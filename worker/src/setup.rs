//! What a Worker is started with, checked and ready for use. Where the values come from is not known here.

use std::path::PathBuf;
use std::time::Duration;

use crate::process::ProgramSettings;

/// Everything a Worker needs to know before it starts. Where its Manager is comes with
/// [`Outside`](crate::contact::Outside).
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its name, for people.
    pub name: String,
    /// The types of task that it takes.
    pub task_types: Vec<String>,
    /// The exit code after which somebody starts it again; 0 when nobody would.
    pub restart_exit_code: i32,
    /// Whether the Manager may forget it when it is gone for long.
    pub ephemeral: bool,
    /// Where it keeps its credentials and the updates that were not delivered yet.
    pub data_directory: PathBuf,
    /// How often it asks whether its task may go on.
    pub heartbeat: Duration,
    /// How programs are run.
    pub programs: ProgramSettings,
    /// The directory with programs that were shipped with the Worker.
    pub tools: Option<PathBuf>,
    /// Only deliver the updates of an earlier run, then end.
    pub flush_only: bool,
}
