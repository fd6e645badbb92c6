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

/// Whether that is a Blender: a name to be searched for, or a program, or the folder that a program is in. Without any of
/// these, one that is where it usually is. Of programs elsewhere than on the search path only those are run that are
/// configured, and of others nothing is told: the caller is to learn nothing of the files of this host.
pub(crate) async fn check(
    given: &str,
    search_path: &OsStr,
    configured: &[String],
) -> BlenderPathCheckResult {
    let (found, source) = locate(given.trim(), search_path, configured);
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

fn locate(
    given: &str,
    search_path: &OsStr,
    configured: &[String],
) -> (Result<PathBuf, String>, BlenderPathSource) {
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
    let program = configured
        .iter()
        .map(Path::new)
        .find(|known| *known == path || *known == path.join(name()));
    let Some(program) = program.map(Path::to_owned) else {
        let cause = format!(
            "{given} is neither the name of a program on the Manager's PATH nor a program in its variable blender: name \
             it in the configuration file first"
        );
        return (Err(cause), BlenderPathSource::InputPath);
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
        let configured = [name(), "gimp", "missing"].map(at);
        for (given, source, is_usable) in [
            (name().to_owned(), BlenderPathSource::PathEnvvar, true),
            (String::new(), BlenderPathSource::PathEnvvar, true),
            (at(name()), BlenderPathSource::InputPath, true),
            (at(""), BlenderPathSource::InputPath, true),
            ("other".to_owned(), BlenderPathSource::PathEnvvar, false),
            ("gimp".to_owned(), BlenderPathSource::PathEnvvar, false),
            (at("missing"), BlenderPathSource::InputPath, false),
            (at("gimp"), BlenderPathSource::InputPath, false),
        ] {
            let found = check(&given, folder.path().as_os_str(), &configured).await;
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

    #[actix::test]
    async fn what_is_not_configured_is_not_run_and_nothing_is_told_of_it() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        for given in [
            at(name()),
            at("missing"),
            "/etc/shadow".to_owned(),
            "/".to_owned(),
        ] {
            let found = check(&given, folder.path().as_os_str(), &[]).await;
            assert!(!found.is_usable && found.path.is_empty());
            assert!(
                found.cause.starts_with(&format!("{given} is neither")),
                "{}",
                found.cause
            );
        }
    }
}
