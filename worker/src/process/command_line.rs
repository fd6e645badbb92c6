//! A command line for people to read and to paste into a shell. No shell is ever involved in running it.

/// The program and its arguments, quoted where a shell would need it.
pub(super) fn quote<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words
        .into_iter()
        .map(quote_word)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Longer words are cut off: a script that the Worker adds says nothing to those who read the log.
const LONGEST_WORD: usize = 1_000;
const SHOWN_OF_LONG_WORD: usize = 40;

fn quote_word(word: &str) -> String {
    if word.chars().nth(LONGEST_WORD).is_some() {
        let start: String = word.chars().take(SHOWN_OF_LONG_WORD).collect();
        return quote_word(&format!("{start}…"));
    }
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_bare) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r#"'"'"'"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], expected: &str) {
        assert_eq!(quote(words.iter().copied()), expected);
    }

    #[test]
    fn words_are_quoted_only_where_needed() {
        check(
            &["/usr/bin/blender", "--render-output", "/a/b_c@%+=:,.-1"],
            "/usr/bin/blender --render-output /a/b_c@%+=:,.-1",
        );
        check(
            &["x", "", "two words", "it's", "f-######", "grün"],
            r#"x '' 'two words' 'it'"'"'s' 'f-######' 'grün'"#,
        );
    }

    #[test]
    fn a_long_word_is_cut_off() {
        let long = "x".repeat(1_001);
        check(&["-e", &long], &format!("-e '{}…'", "x".repeat(40)));
    }
}
