//! The folders of this host that Workers see, too: those that two-way variables stand for, and the shared storage.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use farandole_protocol::api::ManagerVariableAudience;
use farandole_protocol::client::ManagerHttp;

use crate::error::Outcome;
use crate::submission::without_detours;

/// Those folders, and where they are on this host.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedFolders {
    folders: Vec<Folder>,
    /// Where the Manager says that the storage is, there or not.
    pub(crate) storage: String,
    /// What the farm's variables stand for on this host's platform, for people.
    variables: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Folder {
    /// The path that the Manager knows for people.
    named: PathBuf,
    /// Where that is on this host when links are followed; `None` if this host does not have it.
    real: Option<PathBuf>,
    /// Whether Workers have it under the same path, so that paths inside a file work there.
    is_same_for_workers: bool,
}

/// How many links may lead from one to the next, as in Linux.
const MOST_LINKS: usize = 40;

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
        let of_workers = if variables.values().any(|it| it.is_twoway) {
            let workers = ManagerVariableAudience::Workers;
            manager.variables(workers, platform).await?.0
        } else {
            BTreeMap::default()
        };
        let two_way = variables.iter().filter(|(_, variable)| variable.is_twoway);
        let named = two_way.map(|(name, variable)| {
            let theirs = of_workers.get(name);
            let is_same = theirs.is_none_or(|theirs| theirs.value == variable.value);
            (PathBuf::from(&variable.value), is_same)
        });
        let storages = [Some(storage.clone()), around].into_iter().flatten();
        let named = named.chain(storages.map(|folder| (PathBuf::from(folder), true)));
        let folders = Self::folders(named);
        let variables = variables.into_iter().map(|(name, it)| (name, it.value));
        Ok(Self {
            folders,
            storage,
            variables: variables.collect(),
        })
    }

    fn folders(named: impl Iterator<Item = (PathBuf, bool)>) -> Vec<Folder> {
        let absolute = named.filter(|(folder, _)| folder.is_absolute());
        let folders = absolute.map(|(named, is_same_for_workers)| Folder {
            real: named.canonicalize().ok().filter(|real| real.is_dir()),
            named,
            is_same_for_workers,
        });
        folders.collect()
    }

    /// The path of this file by which Workers find it: as it is written, or, where it is reached over a link that only
    /// this host may have, below the shared folder that it really is in. `None` if it is in no shared folder.
    pub(crate) fn known(&self, file: &Path) -> Option<PathBuf> {
        let is_there = |folder: &Folder| folder.real.is_some();
        if self
            .folders
            .iter()
            .any(|it| is_there(it) && self.leads_to(file, it))
        {
            return Some(file.to_owned());
        }
        let real = real_path(file)?;
        self.folders.iter().find_map(|folder| {
            let rest = real.strip_prefix(folder.real.as_ref()?).ok()?;
            // Joining nothing would add a separator.
            Some(if rest.as_os_str().is_empty() {
                folder.named.clone()
            } else {
                folder.named.join(rest)
            })
        })
    }

    /// The path of a folder to write to by which Workers know it. It need not exist, and its shared folder need not
    /// exist on this host.
    pub(crate) fn known_for_output(&self, folder: &Path) -> Option<PathBuf> {
        let is_elsewhere = |it: &Folder| it.real.is_none() && folder.starts_with(&it.named);
        self.known(folder).or_else(|| {
            self.folders
                .iter()
                .any(is_elsewhere)
                .then(|| folder.to_owned())
        })
    }

    /// The path with the value of the variable that it begins with.
    pub(crate) fn resolved(&self, path: &str) -> String {
        let variable = path.strip_prefix('{').and_then(|it| it.split_once('}'));
        let value = variable.and_then(|(name, rest)| Some((self.variables.get(name)?, rest)));
        value.map_or_else(|| path.to_owned(), |(value, rest)| format!("{value}{rest}"))
    }

    /// Whether Workers find a file that is named by this path inside of another file, which no variable replaces.
    pub(crate) fn finds(&self, path: &Path) -> bool {
        let mut same = self.folders.iter().filter(|it| it.is_same_for_workers);
        same.any(|folder| folder.real.is_some() && self.leads_to(path, folder))
    }

    /// Whether the path is in this folder by its name, and no link on its way below leads out of the shared folders.
    fn leads_to(&self, path: &Path, folder: &Folder) -> bool {
        path.strip_prefix(&folder.named)
            .is_ok_and(|rest| self.stays_inside(&folder.named, rest, MOST_LINKS))
    }

    fn stays_inside(&self, start: &Path, rest: &Path, links_left: usize) -> bool {
        let mut at = start.to_owned();
        for part in rest.components() {
            if part == Component::ParentDir {
                at.pop();
            } else {
                at.push(part);
            }
            let Ok(target) = fs::read_link(&at) else {
                continue;
            };
            if links_left == 0 {
                return false;
            }
            at.pop();
            let target = without_detours(&at.join(target));
            let left = links_left - 1;
            let is_inside = self.folders.iter().any(|folder| {
                let inside = target.strip_prefix(&folder.named);
                inside.is_ok_and(|rest| self.stays_inside(&folder.named, rest, left))
            });
            if !is_inside {
                return false;
            }
            at = target;
        }
        true
    }
}

/// The path with its links followed, as far as it exists.
fn real_path(path: &Path) -> Option<PathBuf> {
    let mut missing = Vec::new();
    let mut there = path;
    loop {
        if let Ok(mut real) = there.canonicalize() {
            real.extend(missing.into_iter().rev());
            return Some(real);
        }
        missing.push(there.file_name()?);
        there = there.parent()?;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn folders(paths: &[&Path]) -> SharedFolders {
        shared(paths.iter().map(|path| (path.to_path_buf(), true)))
    }

    fn shared(named: impl Iterator<Item = (PathBuf, bool)>) -> SharedFolders {
        SharedFolders {
            folders: SharedFolders::folders(named),
            ..SharedFolders::default()
        }
    }

    #[test]
    fn a_file_is_known_by_the_path_that_workers_have() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("farm/shot")).unwrap();
        fs::create_dir_all(at("home")).unwrap();
        symlink(at("farm"), at("home/link")).unwrap();
        let shared = folders(&[&at("farm"), &at("gone")]);
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(shared.known(&at(path)), expected.map(at), "{path}");
        };
        check("farm/shot/a.blend", Some("farm/shot/a.blend"));
        check("farm", Some("farm"));
        check("home/link/shot/a.blend", Some("farm/shot/a.blend"));
        check("home/link/shot/new/x", Some("farm/shot/new/x"));
        check("home/link", Some("farm"));
        check("home/a.blend", None);
        check("farmer/a.blend", None);
        check("gone/a.blend", None);
        assert_eq!(shared.known_for_output(&at("gone/x")), Some(at("gone/x")));
        assert_eq!(shared.known_for_output(&at("home/x")), None);
    }

    #[test]
    fn a_link_in_a_shared_folder_may_lead_out_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for made in ["farm/v1", "home/private"] {
            fs::create_dir_all(at(made)).unwrap();
        }
        symlink("v1", at("farm/latest")).unwrap();
        symlink(at("farm/v1"), at("farm/absolute")).unwrap();
        symlink(at("home/private"), at("farm/out")).unwrap();
        symlink(at("farm"), at("home/farm")).unwrap();
        symlink(at("home/farm/v1"), at("farm/detour")).unwrap();
        symlink("loop", at("farm/loop")).unwrap();
        let shared = folders(&[&at("farm")]);
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(shared.known(&at(path)), expected.map(at), "{path}");
        };
        check("farm/latest/a", Some("farm/latest/a"));
        check("farm/absolute/a", Some("farm/absolute/a"));
        check("farm/out/a", None);
        check("farm/detour/a", Some("farm/v1/a"));
        assert!(shared.finds(&at("farm/latest/a")) && !shared.finds(&at("farm/detour/a")));
        assert!(!shared.finds(&at("home/farm/v1/a")));
        assert!(!shared.finds(&at("farm/loop/a")));
    }

    #[test]
    fn a_file_names_others_by_paths_that_workers_have_only_where_theirs_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let named = [(folder.path().to_owned(), false)];
        let shared = shared(named.into_iter());
        let file = folder.path().join("a.png");
        assert!(shared.known(&file).is_some() && !shared.finds(&file));
    }
}
