//! Paths of any platform, as text: comparing their beginnings, and writing them as a platform does.

/// How a platform writes paths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Notation {
    Slashes,
    /// Backslashes and drive letters.
    Windows,
}

impl Notation {
    pub(super) fn of(platform: &str) -> Self {
        match platform {
            "windows" => Self::Windows,
            _ => Self::Slashes,
        }
    }

    const fn separator(self) -> &'static str {
        match self {
            Self::Slashes => "/",
            Self::Windows => "\\",
        }
    }
}

pub(super) const fn is_separator(next: char) -> bool {
    matches!(next, '/' | '\\')
}

/// Whether upper and lower case are the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Case {
    Counts,
    Ignored,
}

/// The folder without the separators at its end; of a folder that is only separators, one is left.
pub(super) fn without_trailing_separators(folder: &str) -> &str {
    match folder.trim_end_matches(is_separator) {
        "" => folder.get(..1).unwrap_or(folder),
        trimmed => trimmed,
    }
}

/// What follows the folder in the path, if the path is in it or is it. The two separators count as the same.
pub(super) fn below<'a>(path: &'a str, folder: &str, case: Case) -> Option<&'a str> {
    let mut rest = path.chars();
    for wanted in folder.chars() {
        if !same(rest.next()?, wanted, case) {
            return None;
        }
    }
    let rest = rest.as_str();
    // A folder that ends in a separator is the root, and all that is absolute is below it.
    let at_boundary =
        rest.is_empty() || rest.starts_with(is_separator) || folder.ends_with(is_separator);
    at_boundary.then_some(rest)
}

fn same(one: char, other: char, case: Case) -> bool {
    one == other
        || is_separator(one) && is_separator(other)
        || case == Case::Ignored && one.to_lowercase().eq(other.to_lowercase())
}

/// Whether the text is an absolute path of any platform.
pub(super) fn is_absolute(text: &str) -> bool {
    let after_drive = text
        .split_at_checked(2)
        .filter(|(drive, _)| is_drive(drive));
    text.starts_with(is_separator)
        || after_drive.is_some_and(|(_, rest)| rest.starts_with(is_separator))
}

/// Whether the text is a drive and no more, such as `F:`.
pub(super) fn is_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

/// The whole text as a path in this notation: separators turned, doubled ones made one, none at the end. Those at the
/// beginning are all kept, for they tell a server's share from a folder.
pub(super) fn written(text: &str, notation: Notation) -> String {
    let separator = notation.separator();
    let leading = text.chars().take_while(|next| is_separator(*next)).count();
    let components: Vec<&str> = text
        .split(is_separator)
        .filter(|component| !component.is_empty())
        .collect();
    let path = components.join(separator);
    let root = if notation == Notation::Windows && is_drive(&path) {
        separator
    } else {
        ""
    };
    format!("{}{path}{root}", separator.repeat(leading))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_at_the_end_are_dropped() {
        for (folder, expected) in [
            ("F:\\", "F:"),
            ("/render//", "/render"),
            ("/", "/"),
            ("\\\\", "\\"),
            ("", ""),
        ] {
            assert_eq!(without_trailing_separators(folder), expected);
        }
    }

    #[test]
    fn only_whole_components_are_below() {
        for (path, folder, expected) in [
            ("/render/a", "/render", Some("/a")),
            ("/render", "/render", Some("")),
            ("/render2", "/render", None),
            ("/rend", "/render", None),
            ("\\render\\a", "/render", Some("\\a")),
            ("/a", "/", Some("a")),
            ("/RENDER/a", "/render", None),
        ] {
            assert_eq!(
                below(path, folder, Case::Counts),
                expected,
                "{path} below {folder}"
            );
        }
        assert_eq!(below("y:/ÄB/C", "Y:\\äb", Case::Ignored), Some("/C"));
    }

    #[test]
    fn paths_are_written_as_the_platform_does() {
        for (text, windows, slashes) in [
            ("F:/a//b/", "F:\\a\\b", "F:/a/b"),
            ("F:", "F:\\", "F:"),
            ("F:\\", "F:\\", "F:"),
            ("//srv/share/x", "\\\\srv\\share\\x", "//srv/share/x"),
            ("/", "\\", "/"),
            ("", "", ""),
            ("a", "a", "a"),
        ] {
            assert_eq!(written(text, Notation::Windows), windows, "{text}");
            assert_eq!(written(text, Notation::Slashes), slashes, "{text}");
        }
    }
}
