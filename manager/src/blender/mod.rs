//! The Blender check: which Blenders are on this host, and whether one runs.
//!
//! A Blender is run with `--version`, in a process group of its own and for ten seconds at most; nothing of what it
//! says is kept but the line with its version.

mod find;
mod run;
#[cfg(test)]
mod stand_ins;

pub(crate) use find::{check, find};
