//! The Manager of the Farandole render farm, as a library: the binary, and tests that run a whole farm in one
//! process, start it through `boot`.

pub mod ask;
pub mod broadcaster;
pub mod config;
pub mod farm;
pub mod farm_status;
pub mod gatekeeper;
pub mod panic;
pub mod scheduler;
pub mod store;
pub mod task_logs;
pub mod task_reports;
pub mod timeout_checker;
