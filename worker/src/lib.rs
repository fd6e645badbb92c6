//! The Worker: asks a Manager for tasks, runs them, and tells how they go.

pub mod blender;
pub mod executor;
pub mod files;
pub mod process;
pub mod text;
