//! Splitting a command line into words, as job scripts (`shellSplit`) and the Worker (`exeArgs`) both do it.
//!
//! The rules are those of google/shlex, not of POSIX: inside double quotes a backslash vanishes before *any*
//! character, and `#` at the beginning of a word starts a comment. There are no variables, globs or pipes.

use std::str::Chars;

/// The command line breaks off in the middle of something.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ShellSplitError {
    /// A quote was opened and never closed.
    #[error("a quote is not closed")]
    UnclosedQuote,
    /// A backslash stands at the end, with nothing to escape.
    #[error("a backslash at the end escapes nothing")]
    TrailingBackslash,
}

/// The words of the command line.
///
/// Words are separated by spaces, tabs and line ends. `'…'` is literal, in `"…"` and outside of quotes a backslash
/// takes the next character literally, `#` at the beginning of a word hides the rest of the line, `''` and `""` are
/// empty words.
pub fn shell_split(line: &str) -> Result<Vec<String>, ShellSplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(next) = rest.next() {
        match next {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '#' if word.is_none() => skip_comment(&mut rest),
            '\'' => single_quoted(&mut rest, word.get_or_insert_default())?,
            '"' => double_quoted(&mut rest, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(escaped(&mut rest)?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn skip_comment(rest: &mut Chars<'_>) {
    rest.find(|next| *next == '\n');
}

fn escaped(rest: &mut Chars<'_>) -> Result<char, ShellSplitError> {
    rest.next().ok_or(ShellSplitError::TrailingBackslash)
}

fn single_quoted(rest: &mut Chars<'_>, word: &mut String) -> Result<(), ShellSplitError> {
    for next in rest {
        match next {
            '\'' => return Ok(()),
            other => word.push(other),
        }
    }
    Err(ShellSplitError::UnclosedQuote)
}

fn double_quoted(rest: &mut Chars<'_>, word: &mut String) -> Result<(), ShellSplitError> {
    while let Some(next) = rest.next() {
        match next {
            '"' => return Ok(()),
            '\\' => word.push(escaped(rest)?),
            other => word.push(other),
        }
    }
    Err(ShellSplitError::UnclosedQuote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, words: &[&str]) {
        assert_eq!(shell_split(line).unwrap(), words, "{line}");
    }

    #[test]
    fn words_are_separated_by_white_space() {
        check("", &[]);
        check(" \t\r\n ", &[]);
        check("-b -y", &["-b", "-y"]);
        check("\t-b\r\n-y ", &["-b", "-y"]);
    }

    #[test]
    fn quotes_keep_words_together() {
        check(r#"'a b' "c d""#, &["a b", "c d"]);
        check(r#"--x='a b'"c"d"#, &["--x=a bcd"]);
        check(r#"'' "" x"#, &["", "", "x"]);
        check(r#"'it"s' "it's""#, &["it\"s", "it's"]);
    }

    #[test]
    fn a_backslash_escapes_any_character() {
        check(r"a\ b \# \\", &["a b", "#", r"\"]);
        check(r#""\n\"\\\$""#, &[r#"n"\$"#]);
        check(r"'\n'", &[r"\n"]);
        check(r"C:\tools\blender", &["C:toolsblender"]);
    }

    #[test]
    fn a_hash_begins_a_comment_only_where_a_word_would_begin() {
        check("a # b c\nd", &["a", "d"]);
        check("#all of it", &[]);
        check("a#b ''#c", &["a#b", "#c"]);
    }

    #[test]
    fn a_line_that_breaks_off_is_refused() {
        for (line, error) in [
            ("'a", ShellSplitError::UnclosedQuote),
            ("\"a", ShellSplitError::UnclosedQuote),
            ("a\\", ShellSplitError::TrailingBackslash),
            ("\"a\\", ShellSplitError::TrailingBackslash),
        ] {
            assert_eq!(shell_split(line), Err(error), "{line}");
        }
    }
}
