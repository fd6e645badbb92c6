//! What is asked about a scene before it is submitted, and what is told of it. Real complaints of people who run render
//! farms, with real Blender.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

mod inputs;
mod outputs;
mod settings;
mod sharing;
mod simulations;
mod stage;
mod steps;
mod waiting;
