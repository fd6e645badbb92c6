//! Doors that are shut: what strangers, web pages, damaged files and careless clients tried, and what they get now.
//! docs/security.md names the test of each fault.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

mod browser;
mod configuration;
mod files;
mod limits;
mod origins;
mod processes;
