//! What the Worker knows about Blender: its output, its arguments, the names of its frame files, and which files
//! of earlier runs are not whole.
//!
//! Starting it is the business of [`crate::executor`].

mod arguments;
mod broken_frames;
mod facts;
mod frame_files;
mod log_lines;
mod message_table;
mod messages;
mod soundness;

pub use arguments::{Render, renders};
pub use broken_frames::{BrokenFrame, Defect, find_broken_frames, set_aside};
pub use facts::{
    ExpectedFile, Facts, FactsError, FileKind, MissingInput, expression, parse as parse_facts,
};
pub use frame_files::frame_file_candidates;
pub use log_lines::{Notice, notice};
pub use messages::{MessageReader, finding};
