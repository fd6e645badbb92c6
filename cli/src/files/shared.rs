//! The folders of this host that Workers see, too: those that two-way variables stand for, and the shared storage.

use std::path::{Path, PathBuf};

use farandole_protocol::api::ManagerVariableAudience;
use farandole_protocol::client::ManagerHttp;

use crate::error::Outcome;

/// Those folders, as far as they are really there.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedFolders {
    /// Each as it was named, and where it is when links are followed.
    folders: Vec<(PathBuf, PathBuf)>,
    /// Where the Manager says that the storage is, there or not.
    pub(crate) storage: String,
}

impl SharedFolders {
    /// Asks the Manager.
    pub(crate) async fn of(manager: &ManagerHttp, platform: &str) -> Outcome<Self> {
        let users = ManagerVariableAudience::Users;
        let told = manager.shared_storage(users, platform).await?;
        let storage = told.location;
        // With Shaman, jobs have a folder of their own in the storage, and Workers see all of it.
        let around = told.shaman_enabled.then(|| Path::new(&storage).parent());
        let around = around
            .flatten()
            .map(|folder| folder.to_string_lossy().into_owned());
        let variables = manager.variables(users, platform).await?.0;
        let named = variables
            .into_values()
            .filter(|variable| variable.is_twoway);
        let named = named
            .map(|variable| variable.value)
            .chain([storage.clone()])
            .chain(around);
        Ok(Self::new(named.map(PathBuf::from), storage))
    }

    fn new(named: impl Iterator<Item = PathBuf>, storage: String) -> Self {
        let there = named.filter(|folder| folder.is_absolute());
        let folders = there.filter_map(|folder| {
            let real = folder.canonicalize().ok().filter(|real| real.is_dir())?;
            Some((folder, real))
        });
        Self {
            folders: folders.collect(),
            storage,
        }
    }

    /// Whether Workers see this file under a path that the Manager can tell them. Either may be reached over a link.
    pub(crate) fn hold(&self, file: &Path) -> bool {
        let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        self.folders
            .iter()
            .any(|(named, found)| file.starts_with(named) || real.starts_with(found))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_shared_when_it_lies_in_a_folder_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("farm/shot")).unwrap();
        fs::create_dir_all(at("home")).unwrap();
        symlink(at("farm"), at("link")).unwrap();
        let shared = SharedFolders::new([at("farm"), at("gone")].into_iter(), String::new());
        assert!(shared.hold(&at("farm/shot/a.blend")));
        assert!(shared.hold(&at("link/shot")), "over a link");
        assert!(!shared.hold(&at("home/a.blend")));
        assert!(!shared.hold(&at("farmer/a.blend")));
        assert!(
            !shared.hold(&at("gone/a.blend")),
            "nobody can tell what is there"
        );
    }
}
