//! `move-directory`: gives a directory (or file) a new place. What is there already is moved aside, never lost.
//!
//! Only within one file system. If the second of two moves fails, the first is taken back.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::registry::{blocking, fail, refuse};
use crate::executor::parameters::invalid;
use crate::executor::{CommandError, Parameters, Site};
use crate::files::{aside_name, rename_without_overwrite};
use crate::text::quoted;

pub(super) const NAME: &str = "move-directory";

pub(super) async fn run(parameters: Parameters<'_>, site: &Site) -> Result<(), CommandError> {
    let source = PathBuf::from(parameters.filled_text("src").map_err(refuse(NAME))?);
    let dest = PathBuf::from(parameters.filled_text("dest").map_err(refuse(NAME))?);
    let look = look_around(source.clone(), dest.clone());
    let aside = match blocking(NAME, look).await? {
        Ok(View::Free) => None,
        Ok(View::Occupied { aside }) => Some(aside),
        Ok(View::NoSource) => {
            site.log(format!("{NAME}: source {} does not exist", shown(&source)))
                .await?;
            let value = Value::from(source.to_string_lossy());
            return Err(refuse(NAME)(invalid("src", "does not exist", &value)));
        }
        Ok(View::Same) => {
            let what = format!("source and destination are the same: {}", shown(&source));
            return Err(fail(NAME, site, what).await);
        }
        Err(error) => {
            return Err(fail(
                NAME,
                site,
                format!("cannot look at {}: {error}", shown(&dest)),
            )
            .await);
        }
    };
    if let Some(aside) = &aside {
        rename(&dest, aside, site).await?;
    }
    let moved = rename(&source, &dest, site).await;
    if let (Err(_), Some(aside)) = (&moved, &aside) {
        rename(aside, &dest, site).await?;
    }
    moved
}

/// What is at the two places.
enum View {
    NoSource,
    Same,
    Free,
    Occupied { aside: PathBuf },
}

fn look_around(source: PathBuf, dest: PathBuf) -> impl FnOnce() -> io::Result<View> {
    move || {
        if !source.try_exists()? {
            return Ok(View::NoSource);
        }
        if !dest.try_exists()? {
            return Ok(View::Free);
        }
        if source.canonicalize()? == dest.canonicalize()? {
            return Ok(View::Same);
        }
        Ok(View::Occupied {
            aside: aside_name(&dest)?,
        })
    }
}

async fn rename(from: &Path, to: &Path, site: &Site) -> Result<(), CommandError> {
    site.log(format!("{NAME}: moving {} to {}", shown(from), shown(to)))
        .await?;
    let (old, new) = (from.to_owned(), to.to_owned());
    let error = match blocking(NAME, move || rename_without_overwrite(&old, &new)).await? {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let reason = if error.kind() == io::ErrorKind::CrossesDevices {
        "they are on different file systems, and a move must not copy".to_owned()
    } else {
        error.to_string()
    };
    Err(fail(
        NAME,
        site,
        format!("cannot move {} to {}: {reason}", shown(from), shown(to)),
    )
    .await)
}

fn shown(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::super::bench::{Bench, Done};

    async fn move_directory(src: &std::path::Path, dest: &std::path::Path) -> Done {
        Bench::new()
            .run("move-directory", json!({"src": src, "dest": dest}))
            .await
    }

    fn names(dir: &std::path::Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_directory_is_moved() {
        let dir = tempfile::tempdir().unwrap();
        let (src, dest) = (dir.path().join("a [1]*"), dir.path().join("b"));
        fs::create_dir(&src).unwrap();
        let done = move_directory(&src, &dest).await;
        assert!(done.result.is_ok() && dest.is_dir() && !src.exists());
        assert_eq!(
            done.logs(),
            [format!("move-directory: moving {src:?} to {dest:?}")]
        );
    }

    #[tokio::test]
    async fn what_is_at_the_destination_is_moved_aside() {
        let dir = tempfile::tempdir().unwrap();
        let (src, dest) = (dir.path().join("frames"), dir.path().join("final"));
        for name in ["one", "two", "three"] {
            fs::create_dir(&src).unwrap();
            fs::write(src.join(name), "").unwrap();
            assert!(move_directory(&src, &dest).await.result.is_ok());
            assert_eq!(names(&dest), [name]);
        }
        let names = names(dir.path());
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(
            names.iter().all(|name| name.starts_with("final")),
            "{names:?}"
        );
    }

    #[tokio::test]
    async fn a_missing_source_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("final")).unwrap();
        let done = move_directory(&dir.path().join("gone"), &dir.path().join("final")).await;
        assert!(done.error().contains("src"), "{}", done.error());
        assert_eq!(done.logs().len(), 1);
        assert_eq!(names(dir.path()), ["final"]);
    }

    #[tokio::test]
    async fn a_directory_is_not_moved_onto_itself() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        let done = move_directory(&dir.path().join("a"), &dir.path().join("./a/")).await;
        assert!(done.error().contains("the same"), "{}", done.error());
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[tokio::test]
    async fn a_failed_move_puts_back_what_was_moved_aside() {
        let dir = tempfile::tempdir().unwrap();
        let src = dir.path().join("a");
        fs::create_dir_all(src.join("inside")).unwrap();
        // A directory cannot be moved into itself.
        let done = move_directory(&src, &src.join("inside")).await;
        assert!(done.error().contains("cannot move"), "{}", done.error());
        assert_eq!(names(&src), ["inside"]);
    }
}
