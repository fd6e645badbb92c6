//! The Manager of the Farandole render farm, as a library: the binary, and tests that run a whole farm in one
//! process, start it through [`boot`].

pub mod config;
pub mod farm;
pub mod field_limits;
mod file_names;
pub mod variables;

pub mod ask;
mod blender;
pub mod check_health;
pub mod collect_garbage;
mod descriptors;
mod disk;
pub mod exclusive;
pub mod import_flamenco;
mod own_files;
pub mod panic;

pub mod broadcaster;
pub mod compiler;
pub mod control;
pub mod database_check;
pub mod farm_status;
pub mod frame_checks;
pub mod gatekeeper;
pub mod handout;
pub mod health;
pub mod host;
pub mod job_deleter;
pub mod job_intake;
pub mod job_output;
pub mod last_rendered;
pub mod memory;
pub mod metrics;
pub mod mqtt;
pub mod refusal_log;
pub mod scheduler;
pub mod settings;
pub mod shaman;
pub mod shared_storage;
pub mod sleep_scheduler;
pub mod store;
pub mod task_logs;
pub mod task_reports;
pub mod timeout_checker;
pub mod worker_conditions;

pub mod boot;
mod http;
pub mod parts;
