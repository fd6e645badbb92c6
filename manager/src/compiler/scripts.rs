//! Where job-type scripts are: in the `scripts` folders on disk, then among those built into the program.
//!
//! Folders are read anew for every question, so that edits, new files and even a new folder count at once. The type's
//! name is the file's: without `.js`, each `_` a `-`. A file on disk wins over a built-in one of the same name even
//! when it is broken: whoever made it is told, instead of wondering why the edit does nothing. Symlinks are followed,
//! unlike in the reference: farms link their scripts from a repository.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use farandole_frames::open_regular;

/// The scripts that are part of the program: file name and text.
const BUILT_IN: [(&str, &str); 2] = [
    (
        "echo_sleep_test.js",
        include_str!("../../job-types/echo_sleep_test.js"),
    ),
    (
        "simple_blender_render.js",
        include_str!("../../job-types/simple_blender_render.js"),
    ),
];

/// Shorter files are taken for leftovers and ignored.
const SMALLEST: u64 = 8;

/// Longer files are no scripts.
const LARGEST: u64 = 4 << 20;

/// A script's text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Script {
    /// The job type's name.
    pub(super) name: String,
    /// The file's name, for errors.
    pub(super) file: String,
    /// The text itself.
    pub(super) source: String,
}

/// A script that is there but cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be read: {source}")]
pub(super) struct UnreadableScript {
    pub(super) file: String,
    pub(super) source: io::Error,
}

/// All places where scripts are.
#[derive(Clone, Debug)]
pub(super) struct Library {
    folders: Vec<PathBuf>,
}

impl Library {
    /// The scripts of these folders, the first of which wins, and below them the built-in ones.
    pub(super) fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// The names of all job types.
    pub(super) fn names(&self) -> Vec<String> {
        self.index().into_keys().collect()
    }

    /// The name of the file of this job type, or that of the type if there is none.
    pub(super) fn file_name(&self, name: &str) -> String {
        match self.index().get(name) {
            Some(Place::BuiltIn(file, _)) => (*file).to_owned(),
            Some(Place::Disk(path)) => file_name(path),
            None => name.to_owned(),
        }
    }

    /// The script of this job type.
    pub(super) fn find(&self, name: &str) -> Result<Option<Script>, UnreadableScript> {
        self.index()
            .remove_entry(name)
            .map(|(name, place)| place.read(name))
            .transpose()
    }

    /// The module that `require(request)` means in a file of `folder` (relative to the scripts folder): its path there
    /// and its text. Nothing outside of the scripts folder can be reached.
    pub(super) fn module(&self, folder: &str, request: &str) -> Option<(String, String)> {
        let candidates = if request.starts_with("./") || request.starts_with("../") {
            vec![resolve(folder, request)?]
        } else if request.starts_with('/') {
            return None;
        } else {
            in_node_modules(folder, request)
        };
        candidates
            .iter()
            .flat_map(|path| ["", ".js", ".json"].map(|suffix| format!("{path}{suffix}")))
            .find_map(|path| self.file(&path).map(|text| (path, text)))
    }

    fn file(&self, path: &str) -> Option<String> {
        self.folders
            .iter()
            .find_map(|folder| read(&folder.join(path)).ok())
            .or_else(|| {
                let built_in = BUILT_IN.iter().find(|(file, _)| *file == path);
                built_in.map(|(_, source)| (*source).to_owned())
            })
    }

    /// Which file is which job type. Later entries win: so the folders come last to first.
    fn index(&self) -> BTreeMap<String, Place> {
        let mut index = BTreeMap::new();
        for (file, source) in BUILT_IN {
            index.extend(type_name(file).map(|name| (name, Place::BuiltIn(file, source))));
        }
        for folder in self.folders.iter().rev() {
            index.extend(on_disk(folder));
        }
        index
    }
}

enum Place {
    BuiltIn(&'static str, &'static str),
    Disk(PathBuf),
}

impl Place {
    fn read(self, name: String) -> Result<Script, UnreadableScript> {
        let (file, source) = match self {
            Self::BuiltIn(file, source) => (file.to_owned(), Ok(source.to_owned())),
            Self::Disk(path) => (file_name(&path), read(&path)),
        };
        match source {
            Ok(source) => Ok(Script { name, file, source }),
            Err(source) => Err(UnreadableScript { file, source }),
        }
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The scripts of a folder; of two with the same name the alphabetically later file wins.
fn on_disk(folder: &Path) -> BTreeMap<String, Place> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            // No folder is the usual case, and a file in its place is none either.
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) {
                tracing::warn!(path = %folder.display(), %error, "the scripts folder cannot be read");
            }
            return BTreeMap::new();
        }
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() >= SMALLEST)
        })
        .collect();
    files.sort_unstable();
    files
        .into_iter()
        .filter_map(|path| {
            let name = type_name(path.file_name()?.to_str()?)?;
            Some((name, Place::Disk(path)))
        })
        .collect()
}

fn type_name(file: &str) -> Option<String> {
    file.strip_suffix(".js")
        .filter(|stem| !stem.is_empty())
        .map(|stem| stem.replace('_', "-"))
}

fn read(path: &Path) -> io::Result<String> {
    let file = open_regular(path)?;
    let mut text = String::new();
    if file.take(LARGEST + 1).read_to_string(&mut text)? as u64 > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "larger than a script may be",
        ));
    }
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// The folders named `node_modules` in this folder and above it.
fn in_node_modules(folder: &str, request: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folder = Some(folder);
    while let Some(here) = folder {
        found.extend(resolve(here, &format!("node_modules/{request}")));
        folder = match here.rsplit_once('/') {
            Some((above, _)) => Some(above),
            None if here.is_empty() => None,
            None => Some(""),
        };
    }
    found
}

/// `folder/request` without `.` and `..`, if it stays inside and names nothing strange.
fn resolve(folder: &str, request: &str) -> Option<String> {
    let mut path: Vec<&str> = Vec::new();
    for component in folder.split('/').chain(request.split('/')) {
        match component {
            "" | "." => {}
            ".." => {
                path.pop()?;
            }
            // On Windows these could lead elsewhere; a NUL leads nowhere.
            strange if strange.contains(['\\', ':', '\0']) => return None,
            name => path.push(name),
        }
    }
    (!path.is_empty()).then(|| path.join("/"))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn library(folders: &[&TempDir]) -> Library {
        Library::new(
            folders
                .iter()
                .map(|folder| folder.path().to_owned())
                .collect(),
        )
    }

    fn names(library: &Library) -> Vec<String> {
        library.names()
    }

    #[test]
    fn the_built_in_types_are_always_there() {
        let nowhere = Library::new(vec![PathBuf::from("/nonexistent/scripts")]);
        assert_eq!(
            names(&nowhere),
            ["echo-sleep-test", "simple-blender-render"]
        );
    }

    #[test]
    fn names_come_from_files() {
        let here = folder(&[
            ("my_first_type.js", "// a type"),
            ("my.type.js", "// a type"),
            ("upper.JS", "// not one"),
            ("data.json", "{\"a\": 12345}"),
            (".js", "// no name at all"),
            ("tiny.js", "1"),
            ("lib/inner.js", "// not looked at"),
        ]);
        fs::create_dir(here.path().join("folder.js")).unwrap();
        assert_eq!(
            names(&library(&[&here])),
            [
                "echo-sleep-test",
                "my-first-type",
                "my.type",
                "simple-blender-render"
            ]
        );
    }

    #[test]
    fn nearer_scripts_win() {
        let first = folder(&[("echo_sleep_test.js", "// the first")]);
        let second = folder(&[
            ("echo_sleep_test.js", "// the second"),
            ("more.js", "// the second"),
        ]);
        let library = library(&[&first, &second]);
        assert_eq!(
            library.find("echo-sleep-test").unwrap().unwrap().source,
            "// the first"
        );
        assert_eq!(
            library.find("more").unwrap().unwrap().source,
            "// the second"
        );
        assert!(library.find("nothing").unwrap().is_none());
    }

    #[test]
    fn of_two_files_for_one_name_the_later_wins() {
        let here = folder(&[
            ("a-b.js", "// with a dash"),
            ("a_b.js", "// with an underscore"),
        ]);
        assert_eq!(
            library(&[&here]).find("a-b").unwrap().unwrap().file,
            "a_b.js"
        );
    }

    #[test]
    fn edits_and_new_folders_count_at_once() {
        let here = folder(&[]);
        let library = Library::new(vec![here.path().join("scripts")]);
        assert!(library.find("mine").unwrap().is_none());
        fs::create_dir(here.path().join("scripts")).unwrap();
        fs::write(here.path().join("scripts/mine.js"), "// version 1").unwrap();
        assert_eq!(
            library.find("mine").unwrap().unwrap().source,
            "// version 1"
        );
        fs::write(here.path().join("scripts/mine.js"), "// version 2").unwrap();
        assert_eq!(
            library.find("mine").unwrap().unwrap().source,
            "// version 2"
        );
    }

    #[test]
    fn an_unreadable_override_does_not_let_the_built_in_script_through() {
        let here = tempfile::tempdir().unwrap();
        fs::write(here.path().join("echo_sleep_test.js"), [0xff; 20]).unwrap();
        let error = library(&[&here]).find("echo-sleep-test").unwrap_err();
        assert_eq!(error.file, "echo_sleep_test.js");
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_script_is_one() {
        let elsewhere = folder(&[("original.js", "// linked to")]);
        let here = folder(&[]);
        std::os::unix::fs::symlink(
            elsewhere.path().join("original.js"),
            here.path().join("linked.js"),
        )
        .unwrap();
        assert!(library(&[&here]).find("linked").unwrap().is_some());
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_no_folder() {
        let here = folder(&[("scripts", "not a folder")]);
        assert_eq!(
            names(&Library::new(vec![here.path().join("scripts")])).len(),
            2
        );
    }

    #[test]
    fn modules_are_found_beside_below_and_in_node_modules() {
        let here = folder(&[
            ("lib/a.js", "a"),
            ("lib/b.json", "b"),
            ("top.js", "top"),
            ("node_modules/pack.js", "pack"),
            ("lib/node_modules/near.js", "near"),
        ]);
        let library = library(&[&here]);
        for (from, request, expected) in [
            ("", "./lib/a", Some("lib/a.js")),
            ("", "./lib/a.js", Some("lib/a.js")),
            ("lib", "./b.json", Some("lib/b.json")),
            ("lib", "./b", Some("lib/b.json")),
            ("lib", "../top", Some("top.js")),
            ("lib", "pack", Some("node_modules/pack.js")),
            ("lib", "near", Some("lib/node_modules/near.js")),
            ("", "near", None),
            ("", "./echo_sleep_test", Some("echo_sleep_test.js")),
            ("", "./lib", None),
            ("", "top", None),
            ("", "", None),
            ("", "./", None),
        ] {
            let found = library.module(from, request).map(|(path, _)| path);
            assert_eq!(found.as_deref(), expected, "{request} from {from:?}");
        }
    }

    #[test]
    fn nothing_outside_of_the_scripts_folder_can_be_required() {
        let here = folder(&[("secret.js", "secret"), ("scripts/lib/a.js", "a")]);
        let library = Library::new(vec![here.path().join("scripts")]);
        let absolute = here.path().join("secret.js").display().to_string();
        for request in [
            "../secret",
            "./../secret.js",
            "../scripts/lib/a",
            "./lib/../../secret",
            absolute.as_str(),
            "x/../../../secret",
            "./..\\secret",
            "./C:secret",
            "./a\0",
        ] {
            assert_eq!(library.module("", request), None, "{request}");
        }
        assert!(library.module("lib", "../lib/a").is_some());
    }
}
