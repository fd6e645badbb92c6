//! What the look into a scene has found, before a job is submitted. Pure.
//!
//! Each finding is an error (the job cannot be right), a refusal unless its class is allowed (`--allow`), or a note; and
//! each says what can be done. `settings.rs` compares the settings with the scene, `inputs.rs` looks at the files and
//! simulations that the scene needs, `outputs.rs` at what the compositor writes, and `finding.rs` decides what follows.

mod finding;
mod formats;
mod inputs;
mod outputs;
mod settings;

use serde_json::{Map, Value};

pub(crate) use finding::{Finding, verdict};
pub(crate) use formats::{extension, has_previews};
pub(crate) use settings::unknown_scene;

use crate::files::{SharedFolders, Way};
use crate::scene::Scene;

/// The setting of a job type that has the compositor's files beside an uploaded .blend file go to the job's output.
pub(crate) const GATHER: &str = "gather_outputs";

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looked<'a> {
    /// The scene that is to be rendered.
    pub(crate) scene: &'a Scene,
    /// The settings that the job would have.
    pub(crate) settings: &'a Map<String, Value>,
    /// How the file gets to the Workers.
    pub(crate) way: Way,
    /// The folders of this host that Workers see.
    pub(crate) shared: &'a SharedFolders,
}

impl Looked<'_> {
    /// All findings.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = settings::findings(self.scene, self.settings);
        findings.extend(inputs::findings(self));
        findings.extend(outputs::findings(self));
        findings
    }
}
