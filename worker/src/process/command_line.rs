//! A command line for people to read and to paste into a shell. No shell is ever involved in running it.

/// The program and its arguments, quoted where a shell would need it.
pub(super) fn quote<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words
        .into_iter()
        .map(quote_word)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quote_word(word: &str) -> String {
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
}
