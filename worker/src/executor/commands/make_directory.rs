//! `make-directory`: makes a directory and those above it. One that is there already is fine.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use super::registry::{blocking, fail, refuse};
use crate::executor::{CommandError, Parameters, Site};
use crate::text::quoted;

pub(super) const NAME: &str = "make-directory";

pub(super) async fn run(parameters: Parameters<'_>, site: &Site) -> Result<(), CommandError> {
    let path = parameters.filled_text("path").map_err(refuse(NAME))?;
    site.log(format!("{NAME}: making {}", quoted(path))).await?;
    let wanted = PathBuf::from(path);
    let made = blocking(NAME, move || {
        DirBuilder::new().recursive(true).mode(0o775).create(wanted)
    })
    .await?;
    match made {
        Ok(()) => Ok(()),
        Err(error) => Err(fail(NAME, site, format!("cannot make {}: {error}", quoted(path))).await),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::bench::Bench;

    #[tokio::test]
    async fn directories_are_made_with_those_above() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b [x]*/c");
        for _ in 0..2 {
            let done = Bench::new()
                .run("make-directory", json!({"path": path}))
                .await;
            assert!(done.result.is_ok() && path.is_dir());
            assert_eq!(done.logs().len(), 1);
        }
    }

    #[tokio::test]
    async fn what_stands_in_the_way_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let done = Bench::new()
            .run("make-directory", json!({"path": file.path().join("x")}))
            .await;
        assert!(done.error().contains("cannot make"), "{}", done.error());
        assert_eq!(done.logs().len(), 2, "the reason is in the task's log");
        assert!(
            Bench::new()
                .run("make-directory", json!({"path": ""}))
                .await
                .result
                .is_err()
        );
    }
}
