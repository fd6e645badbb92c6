//! What Workers would miss of a scene: files that it needs, and that are not where they look. Pure.

use std::fmt::Write as _;

use super::shared::SharedFolders;
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

/// What Workers would miss, with what can be done about it; nothing if they would miss nothing.
pub(crate) fn missing(external: &[External], way: Way, shared: &SharedFolders) -> Option<String> {
    let missing: Vec<String> = external
        .iter()
        .filter_map(|file| line(file, way, shared))
        .collect();
    if missing.is_empty() {
        return None;
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
    Some(text)
}

fn line(file: &External, way: Way, shared: &SharedFolders) -> Option<String> {
    let why = why(file, way, shared)?;
    let more = match file.more {
        0 => String::new(),
        1 => " and 1 more file of its sequence".to_owned(),
        more => format!(" and {more} more files of its sequence"),
    };
    Some(format!("{}{more} ({why})", file.path.display()))
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
            ..External::default()
        }
    }

    #[test]
    fn what_is_missing_is_named_with_the_ways_out() {
        let shared = SharedFolders::default();
        assert_eq!(missing(&[], Way::Uploaded, &shared), None);
        let files = [external("/a.png", true), external("/b.png", false)];
        let said = missing(&files, Way::Uploaded, &shared).unwrap();
        assert!(said.contains("/a.png (it is on this host only)"), "{said}");
        assert!(said.contains("/b.png (it does not exist)"), "{said}");
        assert!(
            said.contains("--pack") && said.contains("--allow-missing"),
            "{said}"
        );
    }

    #[test]
    fn the_pictures_of_a_sequence_are_one_line_unless_they_do_not_exist() {
        let sequence = External {
            more: 3,
            ..external("/s_0001.png", true)
        };
        let said = missing(&[sequence], Way::Uploaded, &SharedFolders::default()).unwrap();
        let line = "/s_0001.png and 3 more files of its sequence (it is on this host only)";
        assert!(said.contains(line), "{said}");
    }

    #[test]
    fn long_lists_are_cut() {
        let files: Vec<_> = (0..25).map(|n| external(&format!("/{n}"), true)).collect();
        let said = missing(&files, Way::Packed, &SharedFolders::default()).unwrap();
        assert!(
            said.contains("and 5 more") && !said.contains("--pack;"),
            "{said}"
        );
    }
}
