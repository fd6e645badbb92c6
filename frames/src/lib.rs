//! What can be known about frame files without Blender: which files a command line writes, and whether a picture
//! file is whole.
//!
//! The Worker checks what it has rendered, the Manager what a Flamenco Worker has rendered. Files are read with
//! blocking calls, so that [`examine()`] belongs on a thread that may block.

mod command_line;
mod decoded;
mod examine;
mod expected;
mod failure;
mod format;
mod headers;
mod names;
mod openexr;
mod source;

pub use command_line::{Render, renders};
pub use examine::{Depth, Examined, Picture, examine};
pub use expected::{ExpectedFile, MAX_FRAMES, expected_files};
pub use names::{frame_file_candidates, with_frame_number};
