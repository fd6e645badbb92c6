//! Lints are expected with a reason, not allowed; tests are run, not ignored, and say themselves what they expect.

use proc_macro2::{Group, TokenTree};

use crate::tidy::tokens::each_level;
use crate::tidy::{Finding, Source};

const UNWANTED: [(&str, &str); 3] = [
    (
        "allow",
        "allow outlives its cause; expect the lint, with a reason",
    ),
    ("ignore", "a test that is not run proves nothing"),
    (
        "should_panic",
        "any panic would do; look at the error instead",
    ),
];

pub(super) fn attributes(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    each_level(&source.tokens, &mut |level| {
        for (at, hash) in level.iter().enumerate().filter(|(_, token)| is(token, '#')) {
            // Inner attributes have an exclamation mark in between.
            let mut after = level.iter().skip(at + 1).skip_while(|token| is(token, '!'));
            if let Some(TokenTree::Group(attribute)) = after.next() {
                let why = objections(attribute);
                findings.extend(why.map(|why| source.finding(hash.span().start().line, why)));
            }
        }
    });
    findings
}

fn is(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

/// What is wrong with an attribute, be it conditional or not.
fn objections(attribute: &Group) -> impl Iterator<Item = &'static str> {
    let mut words = Vec::new();
    each_level(&attribute.stream(), &mut |level| {
        words.extend(level.iter().map(ToString::to_string));
    });
    let looked_at = if words.first().is_some_and(|word| word == "cfg_attr") {
        words.len()
    } else {
        1
    };
    words.truncate(looked_at);
    UNWANTED
        .into_iter()
        .filter(move |(word, _)| words.iter().any(|found| found == word))
        .map(|(_, why)| why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    #[test]
    fn unwanted_attributes_are_found() {
        let bad = "#![allow(dead_code)]\n#[allow(unused)]\nfn f() {}\n#[test]\n#[ignore]\nfn g() {}\n#[ignore = \"slow\"]\nfn h() {}\n#[should_panic]\nfn i() {}\n\
            mod a {\n    #[cfg_attr(test, allow(unused))]\n    struct B;\n}";
        check(attributes, "cli/src/a.rs", bad, &[1, 2, 5, 7, 9, 12]);
    }

    #[test]
    fn wanted_ones_are_fine() {
        let fine = "#![expect(dead_code, reason = \"x\")]\n#[derive(Debug)]\nstruct A;\nfn ignore() { allow(x); vec![ignore]; }\n#[cfg_attr(unix, test)]\nfn f() {}";
        check(attributes, "cli/src/a.rs", fine, &[]);
    }
}
