//! The person's terminal: how large it is, and how much of it a text takes.

use std::env;
use std::io::{self, IsTerminal as _};

use console::Term;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Whether bars can be drawn: a person looks, and what is written can be written over.
pub(crate) fn shows_bars() -> bool {
    io::stderr().is_terminal() && !is_dumb()
}

/// Whether it only writes on and on, without colours.
pub(crate) fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Its rows and columns just now; it may be resized at any time.
pub(crate) fn size() -> (usize, usize) {
    let (rows, columns) = Term::stderr().size();
    (rows.into(), columns.into())
}

/// The columns that a text takes: a Chinese character takes two, an accent of its own none.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text without what makes one character of several, or turns its direction: terminals do not agree on how wide
/// that is, and a bar that is taken for shorter than it is breaks all that are below it. What a terminal would obey is
/// blank.
pub(crate) fn plain(text: &str) -> String {
    let shown = text.chars().filter(|c| !is_disputed(*c));
    shown
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

const fn is_disputed(character: char) -> bool {
    // Joiners and directions, variants, skin colours.
    matches!(
        character,
        '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

/// The text, or as much of it as goes into so many columns, with a sign that there is more.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = columns.saturating_sub(1);
    for character in text.chars() {
        let Some(rest) = left.checked_sub(character.width().unwrap_or_default()) else {
            break;
        };
        left = rest;
        cut.push(character);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_what_it_takes_of_the_terminal() {
        let check = |text, columns, expected| assert_eq!(cut(text, columns), expected);
        check("shot_010", 8, "shot_010");
        check("shot_010", 7, "shot_0…");
        check("日本語", 6, "日本語");
        check("日本語", 5, "日本…");
        check("日本語", 4, "日…");
        check("e\u{301}e\u{301}", 2, "e\u{301}e\u{301}");
        check("ab", 1, "…");
    }

    #[test]
    fn what_terminals_do_not_agree_on_is_left_out() {
        assert_eq!(plain("a\x1b[2Jb\n"), "a [2Jb ");
        let family = plain("a 👩\u{200d}👧 👍\u{1f3fd} b\u{202e}c ❤\u{fe0f} e\u{301}");
        assert_eq!(family, "a 👩👧 👍 bc ❤ e\u{301}");
        let each = family.chars().map(|c| c.width().unwrap_or_default());
        assert_eq!(width(&family), each.sum::<usize>());
    }
}
