//! From values to variables: a submitted job's paths, which are those of its submitter's platform, are stored with the
//! names of the folders that they are in.

use std::cmp::Reverse;

use farandole_protocol::api::{ManagerVariableAudience, SubmittedJob};
use serde_json::Value;

use super::definition::Variables;
use super::path::{self, Case};

/// The platform of a submitter whose paths are the Manager's own.
const MANAGER: &str = "manager";

impl Variables {
    /// Replaces the folders of two-way variables by their names, in the texts among the settings and in all metadata.
    /// Nothing else of a job holds paths, and settings within settings are a script's own business.
    pub fn name_folders(&self, job: &mut SubmittedJob) {
        let platform = match job.submitter_platform.as_str() {
            MANAGER => &self.manager_platform,
            other => other,
        };
        let settings = job
            .settings
            .iter_mut()
            .flat_map(|settings| settings.0.values_mut());
        let texts = settings.filter_map(|value| match value {
            Value::String(text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        });
        let metadata = job
            .metadata
            .iter_mut()
            .flat_map(|metadata| metadata.0.values_mut());
        for text in texts.chain(metadata) {
            if let Some(named) = self.named(text, platform) {
                *text = named;
            }
        }
    }

    /// Paths of the Manager's platform, as people on another one see them.
    pub fn shown_paths(&self, paths: Vec<String>, platform: &str) -> Vec<String> {
        let people = self.resolver(ManagerVariableAudience::Users, platform);
        let shown = paths.into_iter().map(|path| {
            let named = self.named(&path, &self.manager_platform);
            people.text(&named.unwrap_or(path))
        });
        shown.collect()
    }

    /// The path with its folder named, if it is in one. Case does not count, since it does not on half of the platforms;
    /// what follows is kept as it is. Of folders within each other the innermost is named.
    pub fn named(&self, path: &str, platform: &str) -> Option<String> {
        self.folders(ManagerVariableAudience::Workers, platform)
            .filter_map(|(name, folder)| {
                Some((name, folder, path::below(path, folder, Case::Ignored)?))
            })
            // Of equally long ones the first by name.
            .max_by_key(|(name, folder, _)| (folder.len(), Reverse(*name)))
            .map(|(name, _, rest)| format!("{{{name}}}{rest}"))
    }
}
