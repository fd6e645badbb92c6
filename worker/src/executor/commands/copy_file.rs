//! `copy-file`: copies a file to where nothing is yet.

use std::path::PathBuf;

use serde_json::Value;

use super::registry::{blocking, fail, refuse};
use crate::executor::parameters::invalid;
use crate::executor::{Cancelled, CommandError, Parameters, Site};
use crate::files::{CopyFault, copy_file};
use crate::text::quoted;

pub(super) const NAME: &str = "copy-file";

pub(super) async fn run(parameters: Parameters<'_>, site: &Site) -> Result<(), CommandError> {
    let source = absolute(parameters, "src", site).await?;
    if !exists(&source).await? {
        return Err(refuse_path("src", &source, "does not exist", site).await);
    }
    let dest = absolute(parameters, "dest", site).await?;
    if exists(&dest).await? {
        return Err(refuse_path("dest", &dest, "exists already", site).await);
    }
    let both = format!(
        "{} to {}",
        quoted(&source.to_string_lossy()),
        quoted(&dest.to_string_lossy())
    );
    site.log(format!("{NAME}: copying {both}")).await?;
    let go_on = site.go_on();
    match blocking(NAME, move || copy_file(&source, &dest, go_on)).await? {
        Ok(()) => Ok(site.log(format!("{NAME}: copied {both}")).await?),
        Err(CopyFault::CalledOff) => Err(Cancelled.into()),
        Err(fault @ (CopyFault::NotAFile(_) | CopyFault::Exists | CopyFault::Io { .. })) => {
            Err(fail(NAME, site, format!("cannot copy {both}: {fault}")).await)
        }
    }
}

async fn absolute(
    parameters: Parameters<'_>,
    name: &'static str,
    site: &Site,
) -> Result<PathBuf, CommandError> {
    match parameters.filled_text(name) {
        Ok(text) if text.starts_with('/') => Ok(PathBuf::from(text)),
        Ok(text) => {
            Err(refuse_path(name, &PathBuf::from(text), "is not an absolute path", site).await)
        }
        Err(fault) => {
            site.log(format!("{NAME}: {fault}")).await?;
            Err(refuse(NAME)(fault))
        }
    }
}

/// What cannot be looked at is taken for existing, so that nothing is written over it.
async fn exists(path: &std::path::Path) -> Result<bool, CommandError> {
    let path = path.to_owned();
    blocking(NAME, move || path.try_exists().unwrap_or(true)).await
}

async fn refuse_path(
    name: &'static str,
    path: &std::path::Path,
    fault: &str,
    site: &Site,
) -> CommandError {
    let value = Value::from(path.to_string_lossy());
    match site
        .log(format!(
            "{NAME}: {name} {} {fault}",
            quoted(&path.to_string_lossy())
        ))
        .await
    {
        Ok(()) => refuse(NAME)(invalid(name, fault, &value)),
        Err(cancelled) => cancelled.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::super::bench::Bench;

    #[tokio::test]
    async fn a_file_is_copied() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "content").unwrap();
        let (src, dest) = (dir.path().join("a"), dir.path().join("new/b"));
        let done = Bench::new()
            .run("copy-file", json!({"src": src, "dest": dest}))
            .await;
        assert!(done.result.is_ok());
        assert_eq!(fs::read_to_string(&dest).unwrap(), "content");
        assert_eq!(done.logs().len(), 2);
        let again = Bench::new()
            .run("copy-file", json!({"src": src, "dest": dest}))
            .await;
        assert!(
            again.error().contains("exists already"),
            "{}",
            again.error()
        );
    }

    #[tokio::test]
    async fn each_fault_names_its_own_path() {
        let dir = tempfile::tempdir().unwrap();
        let (here, there) = (
            dir.path().to_str().unwrap().to_owned(),
            dir.path().join("b"),
        );
        for (parameters, expected) in [
            (json!({"dest": there}), "\"src\" is missing"),
            (
                json!({"src": "a", "dest": there}),
                "\"src\" is invalid (is not an absolute path): \"a\"",
            ),
            (
                json!({"src": "/nonexistent", "dest": there}),
                "\"src\" is invalid (does not exist)",
            ),
            (
                json!({"src": here, "dest": "b"}),
                "\"dest\" is invalid (is not an absolute path): \"b\"",
            ),
            (json!({"src": here, "dest": there}), "not a regular file"),
        ] {
            let done = Bench::new().run("copy-file", parameters).await;
            assert!(done.error().contains(expected), "{}", done.error());
            assert!(
                !done.logs().is_empty(),
                "the fault is in the task's log: {expected}"
            );
        }
    }
}
