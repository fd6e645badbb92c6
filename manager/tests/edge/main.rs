//! The HTTP edge, from outside: a whole Manager on a port of its own, spoken to byte by byte, so that nothing a
//! client library would mend goes unseen.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end where something goes wrong"
)]

mod client;
mod farm;

mod configuration;
mod deletion;
mod document;
mod errors;
mod events;
mod files;
mod origins;
mod output;
mod schedules;
mod shaman;
mod slow;
mod socket;
mod socket_io;
mod tags;
mod uploads;
mod why;
mod workers;
