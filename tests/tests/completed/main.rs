//! A job that is completed has all of its frames, each is whole, and is what the file describes. Real complaints of
//! people who run render farms, with real Blender.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

mod ending;
mod existing;
mod formats;
mod requeue;
mod stage;
mod storage;
