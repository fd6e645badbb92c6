//! What the Worker knows about Blender: its output, and which files of earlier runs are not whole.
//!
//! Starting it is the business of [`crate::executor`].

mod broken_frames;
mod facts;
mod log_lines;
mod message_table;
mod messages;

pub use broken_frames::{BrokenFrame, Defect, find_broken_frames, set_aside};
pub use facts::{
    ExpectedFile, Facts, FactsError, FileKind, MissingInput, expression, parse as parse_facts,
};
pub use log_lines::{Notice, notice};
pub use messages::finding;
