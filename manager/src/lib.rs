//! The Manager of the Farandole render farm, as a library: the binary, and tests that run a whole farm in one
//! process, start it through [`boot`].

pub mod config;
pub mod farm;
pub mod variables;

pub mod ask;
pub mod panic;

pub mod broadcaster;
pub mod store;
pub mod settings;
pub mod task_logs;
pub mod compiler;
pub mod scheduler;
pub mod gatekeeper;
pub mod job_intake;
pub mod handout;
pub mod task_reports;
pub mod timeout_checker;
pub mod farm_status;

pub mod parts;
pub mod boot;
