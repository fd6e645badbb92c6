//! Runs one task at a time: its commands in order, on a thread of their own.
//!
//! | part | is |
//! |---|---|
//! | [`TaskExecutor`] | the actor: which task runs, and its cancellation |
//! | `run` | one task from `Started` to `Completed`, in order |
//! | [`Site`] | what a command may touch: log, steps, pictures, and whether it was called off |
//! | [`Parameters`] | typed reading of a command's free-form parameters |
//! | `commands` | the commands, one file each, and their registry |
//!
//! The thread and the actor only share channels: a task that panics is a failed task and nothing more, and a
//! program's output is read whatever the rest of the Worker is doing. Renderers die with the thread that started
//! them, so the thread lives as long as its task.

mod actor;
mod commands;
mod error;
mod messages;
mod parameters;
mod run;
mod site;
mod thread;

pub use actor::{Colleagues, TaskExecutor};
pub use error::{CommandError, OutputsError};
pub use messages::{AwaitIdle, Busy, CancelTask, Cause, RunTask};
pub use parameters::{ParameterFault, Parameters};
pub use site::{Cancelled, Report, Site, TaskFacts};
