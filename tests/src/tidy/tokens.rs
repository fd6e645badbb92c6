//! Rust source as tokens: what is left when test code is taken out, and the comments in between.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// The tokens without items under `#[cfg(test)]` and without test functions.
pub(super) fn without_tests(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let attribute = match (&token, rest.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group))) if hash.as_char() == '#' => {
                Some(group)
            }
            _ => None,
        };
        if attribute.is_some_and(is_for_tests) {
            // The attribute itself, and all up to the end of what it stands before.
            rest.next();
            let ends = |token: &TokenTree| match token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                TokenTree::Ident(_) | TokenTree::Literal(_) => false,
            };
            rest.by_ref().find(ends);
            continue;
        }
        kept.push(if let TokenTree::Group(group) = token {
            let mut inner = Group::new(group.delimiter(), without_tests(group.stream()));
            inner.set_span(group.span());
            inner.into()
        } else {
            token
        });
    }
    kept.into_iter().collect()
}

/// Whether an attribute is `cfg(test)` (also with more beside it) or marks a test function, of any runtime.
pub(super) fn is_for_tests(attribute: &Group) -> bool {
    let tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
    let idents: Vec<String> = tokens
        .iter()
        .filter_map(ident)
        .map(ToString::to_string)
        .collect();
    match (idents.first().map(String::as_str), tokens.get(1)) {
        (Some("cfg"), Some(TokenTree::Group(condition))) => {
            let mut words = condition.stream().into_iter();
            let first = words.next();
            let is =
                |token: &TokenTree, word: &str| ident(token).is_some_and(|ident| ident == word);
            match first {
                Some(first) if is(&first, "test") => true,
                Some(first) if is(&first, "all") => words.any(|token| match token {
                    TokenTree::Group(all) => {
                        all.stream().into_iter().any(|token| is(&token, "test"))
                    }
                    TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => false,
                }),
                _ => false,
            }
        }
        _ => idents.last().is_some_and(|last| last == "test"),
    }
}

fn ident(token: &TokenTree) -> Option<&Ident> {
    match token {
        TokenTree::Ident(ident) => Some(ident),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    }
}

/// Calls `see` with each run of sibling tokens: the stream itself and the inside of each group in it.
pub(super) fn each_level(tokens: &TokenStream, see: &mut impl FnMut(&[TokenTree])) {
    let level: Vec<TokenTree> = tokens.clone().into_iter().collect();
    see(&level);
    for token in &level {
        if let TokenTree::Group(group) = token {
            each_level(&group.stream(), see);
        }
    }
}

/// All comments, of both kinds, as (line, text). They are what lies between the tokens, and documentation.
pub(super) fn comments(text: &str, tokens: &TokenStream) -> Vec<(usize, String)> {
    // Documentation reaches us as attributes, whose tokens lie on the comment that they were made from.
    let is_written = |token: Span| {
        let text = text.get(token.byte_range()).unwrap_or_default();
        !text.starts_with("//") && !text.starts_with("/*")
    };
    let mut covered = Vec::new();
    each_level(tokens, &mut |level| {
        for token in level.iter().filter(|token| is_written(token.span())) {
            match token {
                TokenTree::Group(group) => covered
                    .extend([group.span_open(), group.span_close()].map(|end| end.byte_range())),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    covered.push(token.span().byte_range());
                }
            }
        }
    });
    covered.push(text.len()..usize::MAX);
    covered.sort_by_key(|range| range.start);
    let mut comments = Vec::new();
    let mut end = 0;
    for range in covered {
        let start = end;
        let gap = text.get(start..range.start).unwrap_or_default();
        end = end.max(range.end);
        if gap.trim().is_empty() {
            continue;
        }
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        comments.extend(
            gap.lines()
                .zip(line..)
                .filter(|(text, _)| !text.trim().is_empty())
                .map(|(text, line)| (line, text.to_owned())),
        );
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let left = without_tests(source.parse().unwrap());
        let expected: TokenStream = expected.parse().unwrap();
        assert_eq!(left.to_string(), expected.to_string());
    }

    #[test]
    fn test_code_is_taken_out() {
        check(
            "use a; #[cfg(test)] mod tests { use b; } use c;",
            "use a; use c;",
        );
        check("#[cfg(test)] mod tests; use c;", "use c;");
        check(
            "mod x { #[cfg(all(test, unix))] fn f() -> A { } fn g() {} }",
            "mod x { fn g() {} }",
        );
        check(
            "#[test] fn f() {} #[tokio::test] async fn g() {} fn h() {}",
            "fn h() {}",
        );
    }

    #[test]
    fn other_code_stays() {
        for source in [
            "#[cfg(not(test))] use a;",
            "#[cfg(unix)] fn f() {}",
            "#[derive(Debug)] struct A;",
            "fn test() {}",
        ] {
            check(source, source);
        }
    }

    #[test]
    fn comments_are_found_and_strings_are_not() {
        let text = "//! one\nfn f() { // two\n    g(\"// no\"); /* three */ }\n/// four\nstruct A; // five\n";
        let found = comments(text, &text.parse().unwrap());
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 5], "{found:?}");
    }
}
