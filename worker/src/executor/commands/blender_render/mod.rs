//! `blender-render`: renders frames, and checks that they are there, whole, and what the file describes.
//!
//! | file | is |
//! |---|---|
//! | `run` | the command: its parameters, the run of Blender, and the verdict |
//! | `question` | the expression that makes Blender say what it is about to write |
//! | `plan` | the files that are to be written, and which of them are finished |
//! | `files` | looking at files: whether one is whole, was there before, or is in the way |
//! | `listener` | what Blender says while it renders, and what follows from it |
//!
//! Blender ends with 0 also when it could not save a frame, so its exit code says little.

mod files;
mod listener;
mod plan;
mod question;
mod run;

pub(super) use run::{NAME, run};
