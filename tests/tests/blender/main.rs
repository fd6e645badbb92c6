//! What a real Blender says and writes, compared with what the Worker knows about it. No farm takes part: Blender is
//! started as the Worker starts it, with the Python expression that tells what will be written.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start Blender"
)]

mod facts;
mod messages;
mod stage;
