//! What the Worker knows about Blender: its output, and which files of earlier runs are not whole.
//!
//! Starting it is the business of [`crate::executor`].

mod broken_frames;
mod log_lines;
mod message_table;
mod messages;

pub use broken_frames::{BrokenFrame, Defect, find_broken_frames, set_aside};
pub use log_lines::{Notice, notice};
pub use messages::finding;
