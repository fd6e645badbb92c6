//! Whole farms for tests: real processes on free ports, each with a folder of its own, ended with the test.

#![expect(
    clippy::missing_panics_doc,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "this is a part of tests: what goes wrong ends them, and processes are what they are about"
)]

mod api;
mod binaries;
mod dead_port;
mod exchange;
mod manager;
mod process;
mod scripted_manager;
mod wait;
mod worker;

pub use api::Api;
pub use binaries::binary;
pub use dead_port::DeadPort;
pub use exchange::{Answer, Opened, Request};
pub use manager::{Manager, ManagerOptions};
pub use process::Process;
pub use scripted_manager::{Asked, Reply, ScriptedManager};
pub use wait::{eventually, eventually_within, retried};
pub use worker::{Worker, WorkerOptions};
