//! One file per subject of the command line; `run.rs` chooses. `bulk.rs` and `deed.rs` are for many jobs at once.

mod bulk;
mod check;
mod deed;
mod delete;
mod events;
mod existing;
mod fetch;
mod jobs;
mod log;
mod open;
mod orders;
mod other_version;
mod outputs;
mod outputs_shared;
mod place;
mod run;
mod shell;
mod sieve;
mod submit;
mod tags;
mod types;
mod verify;
mod watch;
mod why;
mod workers;

pub(crate) use run::run;
