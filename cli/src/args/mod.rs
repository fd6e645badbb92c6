//! The command line.
//!
//! `command.rs` has the commands, `select.rs` says which jobs are meant, `submit.rs` what is submitted, `workers.rs`
//! what is asked of Workers, `outputs.rs` what is asked about outputs, `help.rs` holds the longer texts.

mod command;
mod help;
mod outputs;
mod select;
mod submit;
mod workers;

pub(crate) use command::{Args, Command, ConfigDeed, FarmCommand, Log};
pub(crate) use outputs::Verify;
pub(crate) use select::{Consent, Delete, Order, Priority, Requeue, Select, Watch};
pub(crate) use submit::{Fetch, Submit};
pub(crate) use workers::{OfWorker, TagDeed, TagUse, Tags, Wish};
