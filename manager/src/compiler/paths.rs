//! The `path` module of job scripts: text operations on paths of any platform, answered with forward slashes.
//!
//! Nothing here looks at a disk, and a path need not be one of the Manager's own platform.

/// The last component; `.` for the empty path and `/` for one of only slashes.
pub(super) fn basename(path: &str) -> String {
    let path = slashed(path);
    if path.is_empty() {
        return ".".to_owned();
    }
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        trimmed => trimmed.rsplit('/').next().unwrap_or(trimmed).to_owned(),
    }
}

/// What stands before the last slash, otherwise as it is, so that the two slashes of `//server/share` are kept;
/// `.` when there is no slash, `/` for `/file`.
pub(super) fn dirname(path: &str) -> String {
    let path = slashed(path);
    match path.rsplit_once('/') {
        None => ".".to_owned(),
        Some(("", _)) => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
    }
}

/// The parts joined by slashes and cleaned: no empty components, no `.`, no `..` that can be resolved.
///
/// Backslashes become slashes only after the cleaning, so the `\\` of `\\server\share` is kept.
pub(super) fn join(parts: &[String]) -> String {
    let filled: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    if filled.is_empty() {
        return String::new();
    }
    slashed(&clean(&filled.join("/")))
}

/// The last component without its extension, which begins at the last dot: nothing is left of `.hidden`.
pub(super) fn stem(path: &str) -> String {
    let base = basename(path);
    match base.rfind('.') {
        Some(dot) => base.get(..dot).unwrap_or_default().to_owned(),
        None => base,
    }
}

fn slashed(path: &str) -> String {
    path.replace('\\', "/")
}

fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            other => kept.push(other),
        }
    }
    match (rooted, kept.join("/")) {
        (true, rest) => format!("/{rest}"),
        (false, rest) if rest.is_empty() => ".".to_owned(),
        (false, rest) => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(function: fn(&str) -> String, table: &[(&str, &str)]) {
        for (path, expected) in table {
            assert_eq!(function(path), *expected, "{path:?}");
        }
    }

    #[test]
    fn basename_is_the_last_component() {
        check(
            basename,
            &[
                ("", "."),
                ("/", "/"),
                ("///", "/"),
                ("\\", "/"),
                ("/a/b.blend", "b.blend"),
                ("a/b/", "b"),
                ("C:\\shots\\b.blend", "b.blend"),
                ("b", "b"),
            ],
        );
    }

    #[test]
    fn dirname_is_what_stands_before_it() {
        check(
            dirname,
            &[
                ("", "."),
                ("file", "."),
                ("/x", "/"),
                ("/", "/"),
                ("/a/b/c", "/a/b"),
                ("/a/b/", "/a/b"),
                ("a//b", "a/"),
                ("\\\\srv\\share\\x", "//srv/share"),
                ("C:\\a\\..\\b", "C:/a/.."),
            ],
        );
    }

    #[test]
    fn stem_drops_the_last_extension() {
        check(
            stem,
            &[
                (".hidden", ""),
                ("/a/b.tar.gz", "b.tar"),
                ("a\\shot.blend", "shot"),
                ("plain", "plain"),
                ("", ""),
            ],
        );
    }

    #[test]
    fn join_cleans_but_keeps_a_server_written_with_backslashes() {
        for (parts, expected) in [
            (&[][..], ""),
            (&["", ""], ""),
            (&["a", "b"], "a/b"),
            (&["a/", "/b"], "a/b"),
            (&["/a", "..", "b"], "/b"),
            (&["/..", "a"], "/a"),
            (&["..", "a", "../.."], "../.."),
            (&["a", ".."], "."),
            (&["//srv/x"], "/srv/x"),
            (&["\\\\srv\\share", "x"], "//srv/share/x"),
            (&["C:\\a", "b"], "C:/a/b"),
            (&["/render", "*.png"], "/render/*.png"),
        ] {
            let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(join(&parts), expected, "{parts:?}");
        }
    }
}
