//! Text in double quotes with what cannot be seen written as an escape.

use std::fmt::Write as _;

/// The text in double quotes. Printable characters of any script stay as they are; quotes, backslashes and
/// everything invisible is escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match simple_escape(c) {
            Some(escape) => out.extend(['\\', escape]),
            None if is_printable(c) => out.push(c),
            None => push_code(&mut out, u32::from(c)),
        }
    }
    out.push('"');
    out
}

fn simple_escape(c: char) -> Option<char> {
    Some(match c {
        '"' | '\\' => c,
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        _ => return None,
    })
}

/// Whether a debug print shows the character itself. It is asked about in second place, because marks that combine
/// with the character before them are escaped at the start of a text only.
fn is_printable(c: char) -> bool {
    c == '\'' || String::from_iter(['a', c]).escape_debug().count() == 2
}

fn push_code(out: &mut String, code: u32) {
    let written = match code {
        0..0x80 => write!(out, "\\x{code:02x}"),
        0x80..0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(quoted(text), expected);
    }

    #[test]
    fn printable_text_stays() {
        check("hi", r#""hi""#);
        check(
            "Это 漢字 e\u{301} 🐱 it's \u{fffd}",
            "\"Это 漢字 e\u{301} 🐱 it's \u{fffd}\"",
        );
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        check("a\"b\\c\n\t\0\x07\x7f", r#""a\"b\\c\n\t\x00\a\x7f""#);
        check("\u{200b}\u{e0001}", r#""\u200b\U000e0001""#);
    }
}
