//! TaskLogs: the log files of tasks, and the way to the files of a job.
//!
//! One file per task, below one folder per job: what Workers say, and lines of the Manager's own. All writing is done
//! by one thread, so that text keeps its order. A killed process loses nothing; files are brought onto the disk once
//! a second and before a task ends, by threads of their own, so that a power cut costs the last second at most. It
//! asks nobody, and tells the Broadcaster of every text.

mod cut;
mod files;
mod handle;
mod messages;
mod open_files;
pub mod paths;
mod sync;

pub use files::Files;
pub use handle::TaskLogs;
pub use messages::{
    AppendLog, AppendNote, FindLog, ForgetJob, LogError, OpenFile, OpenedFile, SyncLog, TailLog,
};

#[cfg(test)]
mod tests;
