//! Whole farms for tests: real processes on free ports, each with a folder of its own, ended with the test.

mod api;
mod binaries;
mod manager;
mod process;
mod wait;
mod worker;

pub use api::Api;
pub use binaries::binary;
pub use manager::{Manager, ManagerOptions};
pub use process::Process;
pub use wait::{eventually, eventually_within};
pub use worker::{Worker, WorkerOptions};
