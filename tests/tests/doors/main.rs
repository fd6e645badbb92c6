//! Doors that are shut: what strangers, web pages, damaged files and careless clients tried, and what they get now.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong"
)]

mod browser;
mod checkouts;
mod checksums;
mod configuration;
mod credentials;
mod files;
mod garbage;
mod limits;
mod listeners;
mod lock;
mod logs;
mod modes;
mod pictures;
mod readiness;
mod registration;
mod rogue_manager;
mod scripts;
mod time;
