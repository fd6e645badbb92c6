//! One file per subject of the command line.

mod jobs;
mod log;
mod orders;
mod run;
mod submit;
mod watch;
mod workers;

pub(crate) use run::run;
