//! Pure: names of files that some systems do not have, or do not tell apart.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// What Windows takes for devices, whatever follows after a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// What it takes for devices with a digit behind.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];
/// Characters that no name has there.
const FORBIDDEN: [char; 9] = ['<', '>', ':', '"', '|', '?', '*', '\\', '/'];

/// The same text for all that Windows or macOS take for one name: in lower case, with composed characters.
pub(crate) fn folded(name: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfc();
    let composed: Cow<'_, str> = normalizer.normalize(name);
    let lower = composed.to_lowercase();
    normalizer.normalize(&lower).into_owned()
}

/// Why Windows cannot have a file of this path, whose names are divided by slashes; `None` if it can.
pub(crate) fn unknown_to_windows(path: &str) -> Option<&'static str> {
    path.split('/').find_map(objection)
}

fn objection(name: &str) -> Option<&'static str> {
    if name.ends_with(['.', ' ']) {
        return Some("a name ends with a dot or a space");
    }
    if name.contains(|c: char| c.is_ascii_control() || FORBIDDEN.contains(&c)) {
        return Some("a name holds one of < > : \" | ? * or a control character");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    is_device(&stem.to_lowercase()).then_some("a name is that of a device")
}

fn is_device(stem: &str) -> bool {
    let is_numbered = |device: &str| {
        let number = stem.strip_prefix(device);
        number.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    DEVICES.contains(&stem) || NUMBERED_DEVICES.into_iter().any(is_numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_has_and_has_not() {
        for fine in [
            "a.blend",
            "tex/wood.png",
            "console",
            "com",
            "com10",
            "été",
            ".hidden",
            "a b",
        ] {
            assert_eq!(unknown_to_windows(fine), None, "{fine}");
        }
        for bad in [
            "CON", "con.txt", "a/nul", "COM1.png", "lpt9", "a:b", "a?", "dot.", "space ", "x. /y",
            "tab\t", "aux .txt",
        ] {
            assert!(unknown_to_windows(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn twins_fold_to_the_same() {
        assert_eq!(folded("Tex/Wood.PNG"), folded("tex/wood.png"));
        // Composed and decomposed.
        assert_eq!(folded("\u{e9}t\u{e9}"), folded("e\u{301}te\u{301}"));
        assert_eq!(folded("\u{c9}T\u{c9}"), folded("e\u{301}te\u{301}"));
        assert_ne!(folded("straße"), folded("strasse"));
        assert_ne!(folded("a"), folded("b"));
    }
}
