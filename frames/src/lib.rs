//! What can be known about files without Blender: which files a command line writes, whether a picture file is whole,
//! and which Blender saved a .blend file. And how a file is opened that may be a named pipe.
//!
//! The Worker checks what it has rendered, the Manager what a Flamenco Worker has rendered. Files are read with
//! blocking calls, so that [`examine()`] belongs on a thread that may block.

mod blend_file;
mod command_line;
mod decoded;
mod examine;
mod expected;
mod failure;
mod format;
mod headers;
mod names;
mod openexr;
mod regular;
mod source;

pub use blend_file::{BlenderVersion, saved_by};
pub use command_line::{Render, renders};
pub use examine::{Depth, Examined, Picture, examine};
pub use expected::{ExpectedFile, MAX_FRAMES, expected_files};
pub use names::{format_extensions, frame_file_candidates, with_frame_number};
pub use regular::{WITHOUT_WAITING, only_regular, open_regular, open_regular_with};
