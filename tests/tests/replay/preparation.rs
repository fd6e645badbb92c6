//! What was done between the recorded steps, but not recorded: `preparations.yaml` says it in the lines that a
//! [`Stage`](farandole_tests::wire::Stage) knows, by scenario and the step that it comes before. Three more are known
//! here: `waits` has the step asked for again until the answer is as recorded, `begins N` sends half of the request of a
//! later step, and `unheard` forgets what was told up to then.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The preparations of one scenario, by step.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Preparations(BTreeMap<u32, Vec<String>>);

impl Preparations {
    /// What is to be done before a step.
    pub(crate) fn before(&self, step: u32) -> &[String] {
        self.0.get(&step).map_or(&[], Vec::as_slice)
    }
}

/// The preparations of a scenario.
pub(crate) fn of(scenario: &str) -> Preparations {
    let mut all: BTreeMap<String, Preparations> =
        yaml_serde::from_str(include_str!("preparations.yaml")).expect("preparations by scenario");
    all.remove(scenario).unwrap_or_default()
}
