//! Running other people's programs: started in a group of their own, read line by line, and ended as a whole group.
//!
//! A run goes like this: `Program::start` makes the process and the one pipe it writes to; `watch` reads the pipe,
//! hands each line on and sees to it that the group ends, in good time when the task is called off; log text leaves
//! in chunks. Reading waits for the disk at most (see [`crate::upstream`]), never for the network. What programs
//! are run, and why, is said in [`crate::executor`].

mod chunker;
mod command_line;
mod environment;
mod group;
mod lines;
mod listener;
mod locate;
mod log_writer;
mod processor;
mod program;
mod signs;
mod task_user;
mod version;
mod watch;

pub use listener::{Listener, NoListener, Reaction};
pub use locate::locate;
pub use program::{Program, ProgramSettings};
pub use signs::{IdleLimits, Overdue, Signs};
pub use task_user::{TaskUser, TaskUserError};
pub use version::version_of;
pub use watch::{ProgramFault, run_program};
