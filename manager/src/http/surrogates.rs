//! Lone surrogates in bodies of JSON, which are no text. Pure.
//!
//! Python writes them for the names of files that are not UTF-8, and Flamenco replaces them, so that the file is not
//! found later. Here such a body is refused, and the client is told where the escape is.

use std::fmt;

/// Half of a character, without the other half.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LoneSurrogate {
    /// The escape as it stands in the body.
    escape: String,
    line: usize,
    column: usize,
}

impl fmt::Display for LoneSurrogate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            escape,
            line,
            column,
        } = self;
        write!(
            f,
            "{escape} at line {line} column {column} is half of a character without its other half (a lone surrogate), \
             and no text; a file or folder whose name is not valid UTF-8 has to be renamed"
        )
    }
}

/// The first lone surrogate that is escaped in the body, if there is one.
pub(super) fn first_lone(body: &[u8]) -> Option<LoneSurrogate> {
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        if *byte != b'\\' {
            at += 1;
            continue;
        }
        let Some(unit) = unit_at(body, at) else {
            // Another escape, of which a backslash is the only one that matters here.
            at += 2;
            continue;
        };
        let is_high = (0xd800..0xdc00).contains(&unit);
        let is_low = |unit: u16| (0xdc00..0xe000).contains(&unit);
        if is_high && unit_at(body, at + ESCAPE).is_some_and(is_low) {
            at += 2 * ESCAPE;
        } else if is_high || is_low(unit) {
            return Some(found(body, at));
        } else {
            at += ESCAPE;
        }
    }
    None
}

/// The length of `\u0000`.
const ESCAPE: usize = 6;

/// The unit of UTF-16 that is escaped here.
fn unit_at(body: &[u8], at: usize) -> Option<u16> {
    let escape = body.get(at..at + ESCAPE)?;
    let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

fn found(body: &[u8], at: usize) -> LoneSurrogate {
    let before = body.get(..at).unwrap_or_default();
    let escape = body.get(at..at + ESCAPE).unwrap_or_default();
    let line_start = before.iter().rposition(|byte| *byte == b'\n');
    LoneSurrogate {
        escape: String::from_utf8_lossy(escape).into_owned(),
        line: before.split(|byte| *byte == b'\n').count(),
        column: at - line_start.map_or(0, |start| start + 1) + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_characters_are_no_lone_surrogates() {
        for body in [
            r#"{"name": "a"}"#,
            r#""\ud83c\udfac""#,
            r#""\u00e9""#,
            r#""\\ud800""#,
            r#""\ud8""#,
            r#""\u"#,
            "\\",
            "",
        ] {
            assert_eq!(first_lone(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn the_first_half_character_is_found_with_its_place() {
        for (body, escape, line, column) in [
            (r#""\ud800""#, r"\ud800", 1, 2),
            (r#""\uDC80x""#, r"\uDC80", 1, 2),
            ("{\n  \"name\": \"a\\udce9\"}", r"\udce9", 2, 13),
            (r#""\ud83c\udfac\ud83c\ud83c\udfac""#, r"\ud83c", 1, 14),
            (r#""\\\udfac""#, r"\udfac", 1, 4),
        ] {
            let expected = LoneSurrogate {
                escape: escape.to_owned(),
                line,
                column,
            };
            assert_eq!(first_lone(body.as_bytes()), Some(expected), "{body}");
        }
    }

    #[test]
    fn it_says_what_helps() {
        let text = first_lone(br#""\udce9""#).unwrap().to_string();
        assert!(
            text.contains(r"\udce9 at line 1 column 2") && text.contains("renamed"),
            "{text}"
        );
    }
}
