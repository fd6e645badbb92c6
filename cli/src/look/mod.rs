//! What the look into a scene has found, before a job is submitted. Pure.
//!
//! Each finding is an error (the job cannot be right), a refusal unless its class is allowed (`--allow`), or a note; and
//! each says what can be done. `settings.rs` compares the settings with the scene, `inputs.rs` looks at the files and
//! simulations that the scene needs, `outputs.rs` at what the compositor writes, `looked.rs` puts all of it together, and
//! `finding.rs` decides what follows.

mod finding;
mod formats;
mod inputs;
mod looked;
mod outputs;
mod settings;

pub(crate) use finding::verdict;
pub(crate) use formats::{extension, has_previews};
pub(crate) use looked::Looked;
pub(crate) use settings::unknown_scene;

/// The setting of a job type that has the compositor's files beside an uploaded .blend file go to the job's output.
pub(crate) const GATHER: &str = "gather_outputs";
