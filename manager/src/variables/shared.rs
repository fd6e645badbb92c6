//! Whether a path leads to a folder that Workers share. Pure.

use std::path::Path;

use farandole_protocol::api::ManagerVariableAudience;

use super::definition::Variables;
use super::path::{self, Case};

impl Variables {
    /// Whether a path of a job is in the shared storage, which has this root, or in the folder of a two-way variable on
    /// any platform. A path that is relative, as to the .blend file, counts as shared, since the file is.
    pub fn is_shared(&self, path: &str, storage_root: Option<&Path>) -> bool {
        let workers = ManagerVariableAudience::Workers;
        let resolved = self.resolver(workers, &self.manager_platform).text(path);
        // To Blender, two slashes stand for the folder of the file; as a server's share it is nothing to judge, either.
        let is_relative = |path: &str| !path::is_absolute(path) || path.starts_with("//");
        if is_relative(&resolved) {
            return true;
        }
        let root = storage_root.map(|root| root.to_string_lossy().into_owned());
        let storages = root
            .iter()
            .map(String::as_str)
            .chain([self.storage.as_str()]);
        let mut folders = storages.chain(self.two_way_values());
        folders.any(|folder| {
            let is_below = |path| path::below(path, folder, Case::Ignored).is_some();
            !folder.is_empty() && (is_below(path) || is_below(&resolved))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Audience, Variable, VariableValue};

    fn variable(is_twoway: bool, values: &[(&str, &str)]) -> Variable {
        let values = values.iter().map(|(platform, value)| VariableValue {
            audience: Audience::All,
            platform: Some((*platform).to_owned()),
            platforms: Vec::new(),
            value: (*value).to_owned(),
        });
        Variable {
            is_twoway,
            values: values.collect(),
        }
    }

    #[test]
    fn only_the_storage_and_two_way_variables_are_shared() {
        let definitions = BTreeMap::from([
            (
                "farm".to_owned(),
                variable(true, &[("linux", "/mnt/farm"), ("windows", "F:\\")]),
            ),
            (
                "scratch".to_owned(),
                variable(false, &[("linux", "/scratch")]),
            ),
            (
                "below".to_owned(),
                variable(false, &[("linux", "/srv/storage/out")]),
            ),
        ]);
        let variables = Variables::new(
            definitions,
            "/srv/storage/jobs".to_owned(),
            "linux".to_owned(),
        );
        let is_shared = |path| variables.is_shared(path, Some(Path::new("/srv/storage")));
        for path in [
            "{jobs}/x/######",
            "/srv/storage/renders/######",
            "/mnt/farm/x",
            "f:/x/######",
            "{farm}/x",
            "{below}/x",
            "//renders/######",
            "renders/x",
            "{unknown}/x",
        ] {
            assert!(is_shared(path), "{path}");
        }
        for path in [
            "/shot/2026/######",
            "/srv/storage2/x",
            "{scratch}/x",
            "D:\\out\\######",
            "/",
        ] {
            assert!(!is_shared(path), "{path}");
        }
    }
}
