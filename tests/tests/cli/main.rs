//! Every command of the client against real processes: on a busy farm, on an empty one, on one of another version, and
//! without one. What it says is kept as snapshots, for people and for programs; `INSTA_UPDATE=always` writes them anew.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start the programs that they test"
)]

mod alone;
mod every;
mod farm;
mod farms;
mod following;
mod mistakes;
mod older;
mod running;
mod said;
mod session;
mod steering;
mod terminal;
mod verifying;
