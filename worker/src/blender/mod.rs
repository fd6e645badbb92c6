//! What the Worker knows about Blender: its output, its arguments, the names of its frame files, and which files
//! of earlier runs are not whole.
//!
//! Starting it is the business of [`crate::executor`].

mod arguments;
mod broken_frames;
mod frame_files;
mod log_lines;
mod soundness;

pub use arguments::{Render, renders};
pub use broken_frames::{BrokenFrame, Defect, find_broken_frames, set_aside};
pub use frame_files::{frame_file_candidates, with_frame_number};
pub use log_lines::{Notice, notice};
