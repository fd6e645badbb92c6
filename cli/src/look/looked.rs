//! What is looked at, and all that is found there. Pure.

use serde_json::{Map, Value};

use super::finding::Finding;
use super::{inputs, outputs, settings};
use crate::files::{SharedFolders, Way};
use crate::scene::Scene;

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
