//! What Workers would miss of a scene: files that it needs, and that are not where they look. Pure.

use std::fmt::Write as _;

use super::shared::SharedFolders;
use crate::error::{CliError, Outcome};
use crate::scene::External;

/// So many are named.
const NAMED: usize = 20;

/// How the .blend file gets to the Workers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    /// They find it under its path.
    InPlace,
    /// It is uploaded, and so in another folder than here.
    Uploaded,
    /// Likewise, with all that could be packed in it.
    Packed,
}

/// An error that names the files, if there are any.
pub(crate) fn refuse_missing(
    external: &[External],
    way: Way,
    shared: &SharedFolders,
) -> Outcome<()> {
    let missing: Vec<String> = external
        .iter()
        .filter_map(|file| {
            Some(format!(
                "{} ({})",
                file.path.display(),
                why(file, way, shared)?
            ))
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut text = match way {
        Way::Packed => "the scene needs files that cannot be packed:".to_owned(),
        Way::InPlace | Way::Uploaded => "the scene needs files that Workers would miss:".to_owned(),
    };
    for line in missing.iter().take(NAMED) {
        // Writing into a String cannot fail.
        write!(text, "\n  {line}").unwrap_or_default();
    }
    if missing.len() > NAMED {
        write!(text, "\n  and {} more", missing.len() - NAMED).unwrap_or_default();
    }
    text.push_str(match way {
        Way::Packed => "\nput them into the shared storage, or submit without them: --allow-missing",
        Way::InPlace | Way::Uploaded => {
            "\npack them into the file: --pack; or put them into the shared storage; or submit without them: \
             --allow-missing"
        }
    });
    Err(CliError::Failed(text))
}

fn why(file: &External, way: Way, shared: &SharedFolders) -> Option<String> {
    if !file.exists {
        return Some("it does not exist".to_owned());
    }
    if !shared.finds(&file.path) {
        return Some(match shared.known(&file.path) {
            Some(known) if known != file.path => {
                format!(
                    "Workers do not know this path; name it in the scene as {}",
                    known.display()
                )
            }
            Some(_) => "Workers have its folder under another path".to_owned(),
            None => "it is on this host only".to_owned(),
        });
    }
    // Where the scene goes, nothing lies beside it.
    let is_left_behind = file.relative && way != Way::InPlace;
    is_left_behind.then(|| "it is named relative to the .blend file".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn external(path: &str, exists: bool) -> External {
        External {
            path: path.into(),
            exists,
            relative: false,
        }
    }

    #[test]
    fn what_is_missing_is_named_with_the_ways_out() {
        let shared = SharedFolders::default();
        refuse_missing(&[], Way::Uploaded, &shared).unwrap();
        let files = [external("/a.png", true), external("/b.png", false)];
        let said = refuse_missing(&files, Way::Uploaded, &shared)
            .unwrap_err()
            .to_string();
        assert!(said.contains("/a.png (it is on this host only)"), "{said}");
        assert!(said.contains("/b.png (it does not exist)"), "{said}");
        assert!(
            said.contains("--pack") && said.contains("--allow-missing"),
            "{said}"
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let files: Vec<_> = (0..25).map(|n| external(&format!("/{n}"), true)).collect();
        let said = refuse_missing(&files, Way::Packed, &SharedFolders::default())
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("and 5 more") && !said.contains("--pack;"),
            "{said}"
        );
    }
}
