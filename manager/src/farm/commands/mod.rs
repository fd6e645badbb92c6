//! The orders to the farm, by subject. Pure: each is a small struct that carries its own rule.

pub mod blocklist;
pub mod deletion;
pub mod jobs;
pub mod late;
pub mod reports;
pub mod signs;
pub mod sleep;
pub mod tags;
pub mod tasks;
pub mod ticks;
pub mod unused;
pub mod why;
pub mod worker_mgt;
pub mod workers;
