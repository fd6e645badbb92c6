//! The HTTP edge: translates requests into messages and answers into responses. No handler decides anything about
//! the farm, opens a file or asks the database's threads for anything but what a person wants to see.
//!
//! One file per tag of the interface. Every error body has `code` and `message`; which error is which status is said
//! in `error.rs` alone.

mod body;
mod caller;
mod encoded_words;
mod error;
mod in_order;
mod known_task;
mod pace;
mod pieces;
mod reading;
mod respond;
mod surrogates;

mod browsers;
mod doors;
mod outgoing;
mod output_files;

mod addon;
mod configuration;
mod deletion;
mod docs;
mod events;
mod health;
mod job_files;
mod job_types;
mod jobs;
mod meta;
mod methods;
mod metrics;
mod refusals;
mod shaman;
mod sleep_schedules;
mod socket_io;
mod tags;
mod tasks;
mod uploads;
mod worker;
mod worker_conditions;
mod worker_mgt;

mod server;

pub(crate) use server::{bind, serve};
