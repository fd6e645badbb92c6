//! One file per subject of the command line; `run.rs` chooses.

mod fetch;
mod jobs;
mod log;
mod orders;
mod place;
mod run;
mod submit;
mod types;
mod workers;

pub(crate) use run::run;
