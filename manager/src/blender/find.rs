//! Where Blenders are looked for.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use farandole_protocol::api::{BlenderPathCheckResult, BlenderPathSource};

use super::run;

/// Where macOS keeps its programs.
const ON_MACOS: &str = "/Applications/Blender.app/Contents/MacOS/Blender";

/// The Blenders that are where they usually are. One that does not run is none.
pub(crate) async fn find(search_path: &OsStr) -> Vec<BlenderPathCheckResult> {
    match usual_place(search_path) {
        Some((path, source)) => {
            let found = checked(name(), path, source).await;
            Some(found)
                .filter(|found| found.is_usable)
                .into_iter()
                .collect()
        }
        None => Vec::new(),
    }
}

/// Whether that is a Blender: a name to be searched for, a program, or the folder that a program is in. Without any of
/// these, one that is where it usually is.
pub(crate) async fn check(given: &str, search_path: &OsStr) -> BlenderPathCheckResult {
    let (found, source) = locate(given.trim(), search_path);
    match found {
        Ok(path) => checked(given, path, source).await,
        Err(cause) => BlenderPathCheckResult {
            input: given.to_owned(),
            path: String::new(),
            source,
            is_usable: false,
            cause,
        },
    }
}

fn locate(given: &str, search_path: &OsStr) -> (Result<PathBuf, String>, BlenderPathSource) {
    if given.is_empty() {
        let none = || {
            let cause = "there is no blender on this host's PATH; say where it is".to_owned();
            (Err(cause), BlenderPathSource::PathEnvvar)
        };
        return usual_place(search_path).map_or_else(none, |(path, source)| (Ok(path), source));
    }
    let path = Path::new(given);
    if path.components().count() == 1 && !given.contains('/') && given != ".." && given != "." {
        let found = on_path(given, search_path);
        let cause = || format!("there is no {given} on this host's PATH");
        return (found.ok_or_else(cause), BlenderPathSource::PathEnvvar);
    }
    let program = if path.is_dir() {
        path.join(name())
    } else {
        path.to_owned()
    };
    let found = if program.is_file() {
        Ok(program)
    } else {
        Err(format!("there is no file {}", program.display()))
    };
    (found, BlenderPathSource::InputPath)
}

async fn checked(input: &str, path: PathBuf, source: BlenderPathSource) -> BlenderPathCheckResult {
    let version = run::version(&path).await;
    let found = path.display();
    let (is_usable, cause) = match &version {
        Ok(version) => (true, format!("found {version}")),
        Err(error) => (false, format!("{found} is no Blender that works: {error}")),
    };
    BlenderPathCheckResult {
        input: input.to_owned(),
        path: if is_usable {
            found.to_string()
        } else {
            String::new()
        },
        source,
        is_usable,
        cause,
    }
}

fn usual_place(search_path: &OsStr) -> Option<(PathBuf, BlenderPathSource)> {
    let system = Path::new(ON_MACOS);
    if cfg!(target_os = "macos") && system.is_file() {
        return Some((system.to_owned(), BlenderPathSource::SystemLocation));
    }
    Some((on_path(name(), search_path)?, BlenderPathSource::PathEnvvar))
}

fn on_path(name: &str, search_path: &OsStr) -> Option<PathBuf> {
    env::split_paths(search_path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// What the program is called.
fn name() -> &'static str {
    if cfg!(target_os = "macos") {
        "Blender"
    } else {
        "blender"
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use crate::blender::stand_ins::stand_in;

    use super::*;

    /// A folder with a program that says that it is Blender, and another that does not.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, program) in [(name(), "blender"), ("gimp", "gimp")] {
            symlink(stand_in(program), folder.path().join(name)).unwrap();
        }
        folder
    }

    #[actix::test]
    async fn one_on_the_path_is_found() {
        let folder = folder();
        let found = find(folder.path().as_os_str()).await;
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].source, found[0].is_usable),
            (BlenderPathSource::PathEnvvar, true)
        );
        assert!(found[0].cause.contains("Blender 4.2.1"));
        assert_eq!(find(OsStr::new("/nowhere")).await, Vec::new());
    }

    #[actix::test]
    async fn a_name_a_program_a_folder_and_nothing_are_checked() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        for (given, source, is_usable) in [
            (name().to_owned(), BlenderPathSource::PathEnvvar, true),
            (String::new(), BlenderPathSource::PathEnvvar, true),
            (at(name()), BlenderPathSource::InputPath, true),
            (at(""), BlenderPathSource::InputPath, true),
            ("other".to_owned(), BlenderPathSource::PathEnvvar, false),
            ("gimp".to_owned(), BlenderPathSource::PathEnvvar, false),
            (at("other"), BlenderPathSource::InputPath, false),
            (at("gimp"), BlenderPathSource::InputPath, false),
        ] {
            let found = check(&given, folder.path().as_os_str()).await;
            assert_eq!(
                (found.source, found.is_usable),
                (source, is_usable),
                "{given:?}: {}",
                found.cause
            );
            assert_eq!(found.path.is_empty(), !is_usable);
            assert_eq!(found.input, given);
            assert!(!found.cause.is_empty());
        }
    }
}
