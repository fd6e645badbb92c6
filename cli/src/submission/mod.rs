//! From the command line, the scene and the job type to the settings that are submitted. All of it is pure.
//!
//! `given.rs` reads what a person wrote, `evaluated.rs` adds what the Flamenco add-on would evaluate in Blender,
//! `output_path.rs` says where frames go, `complete.rs` adds defaults and finds what is missing.

mod complete;
mod evaluated;
mod given;
mod output_path;

pub(crate) use complete::complete;
pub(crate) use evaluated::{Evaluated, evaluate, needs_scene};
pub(crate) use given::{given, nearest};
pub(crate) use output_path::{folder_name, without_detours};
