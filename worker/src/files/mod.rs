//! Moving and copying files without ever overwriting one or leaving half a file behind.
//!
//! All of it blocks, and none of it treats a path as a pattern.

mod aside;
mod copy;
mod no_overwrite;

pub use aside::aside_name;
pub use copy::{CopyFault, copy_file};
pub use no_overwrite::rename_without_overwrite;
