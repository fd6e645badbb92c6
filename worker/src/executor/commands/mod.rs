//! The commands that a task may consist of, and how they are found by name.
//!
//! Which types of task a Worker takes is a matter of scheduling: any command runs in a task of any type.

mod blender_render;
mod copy_file;
mod echo;
mod exec;
mod frames_to_video;
mod make_directory;
mod move_directory;
mod registry;
mod sleep;

#[cfg(test)]
mod bench;
#[cfg(test)]
mod idle_tests;

pub(super) use registry::run_command;
