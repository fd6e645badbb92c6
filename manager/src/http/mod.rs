//! The HTTP edge: translates requests into messages and answers into responses. No handler decides anything about
//! the farm, opens a file or asks the database's threads for anything but what a person wants to see.
//!
//! One file per tag of the interface. Every error body has `code` and `message`; which error is which status is said
//! in `error.rs` alone.

mod error;
mod extract;
mod respond;

mod meta;
mod job_types;
mod jobs;
mod tasks;
mod worker;
mod worker_mgt;
mod job_files;
mod events;
mod health;
mod docs;

mod server;

pub use server::{bind, serve};
