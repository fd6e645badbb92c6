//! Which names a piece of source mentions, written out in full as far as the file itself says.
//!
//! `use std::{fs, sync::Mutex as Lock};` makes later `fs::read(…)` a mention of `std::fs::read` and `Lock::new` one
//! of `std::sync::Mutex::new`, inside macros too. Scopes are not told apart, and what a glob brings in is not known:
//! both are rare here, and a rule that errs says so loudly.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{ItemUse, UseTree};

use super::tokens::each_level;

/// A name that is mentioned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mention {
    /// The path, from its crate as far as known.
    pub path: Vec<String>,
    /// What is done with it.
    pub role: Role,
    /// The line, from 1.
    pub line: usize,
}

/// What is done with a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Imported.
    Imported,
    /// Called as a function.
    Called,
    /// Called as a macro.
    Macro,
    /// Stands after a dot: a method or a field.
    Member,
    /// Anything else.
    Named,
}

impl Mention {
    /// Whether the path begins with these segments.
    pub fn is_below(&self, prefix: &[&str]) -> bool {
        self.path.len() >= prefix.len()
            && self
                .path
                .iter()
                .zip(prefix)
                .all(|(own, other)| own == other)
    }

    /// Whether the path contains these segments, one after another.
    pub fn has(&self, part: &[&str]) -> bool {
        self.path
            .windows(part.len())
            .any(|window| window.iter().zip(part).all(|(own, other)| own == other))
    }

    /// The crate, if the path has more than one segment.
    pub fn root(&self) -> Option<&str> {
        if self.path.len() > 1 || self.role == Role::Imported {
            self.path.first().map(String::as_str)
        } else {
            None
        }
    }

    /// The last segment.
    pub fn last(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// The path as it would be written.
    pub fn full(&self) -> String {
        self.path.join("::")
    }
}

/// All mentions in a piece of source.
pub fn mentions(tokens: &TokenStream) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut known = HashMap::new();
    let rest = imports(tokens, &mut found, &mut known);
    each_level(&rest, &mut |level| paths(level, &known, &mut found));
    found
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_punct(token: Option<&TokenTree>, punct: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == punct)
}

/// Takes in all imports, at whatever depth, and gives the tokens without them.
fn imports(
    tokens: &TokenStream,
    found: &mut Vec<Mention>,
    known: &mut HashMap<String, Vec<String>>,
) -> TokenStream {
    let level: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut rest = Vec::new();
    let mut at = 0;
    while let Some(token) = level.get(at) {
        at += 1;
        if let Some((item, length)) = statement(level.get(at - 1..).unwrap_or_default()) {
            import(&item.tree, &mut Vec::new(), found, known);
            at += length - 1;
        } else if let TokenTree::Group(group) = token {
            let mut inner = Group::new(group.delimiter(), imports(&group.stream(), found, known));
            inner.set_span(group.span());
            rest.push(inner.into());
        } else {
            rest.push(token.clone());
        }
    }
    rest.into_iter().collect()
}

/// The import with which these tokens begin, and how many it takes.
fn statement(tokens: &[TokenTree]) -> Option<(ItemUse, usize)> {
    tokens.first().filter(|token| is_word(token, "use"))?;
    let length = tokens.iter().position(|token| is_punct(Some(token), ';'))? + 1;
    // What does not parse is another use of the word, as in `impl Trait + use<'a>`.
    let item = syn::parse2(tokens.iter().take(length).cloned().collect()).ok()?;
    Some((item, length))
}

fn import(
    tree: &UseTree,
    above: &mut Vec<String>,
    found: &mut Vec<Mention>,
    known: &mut HashMap<String, Vec<String>>,
) {
    let mut one = |name: &syn::Ident, renamed: &syn::Ident| {
        let mut path = above.clone();
        if name != "self" || path.is_empty() {
            path.push(name.to_string());
        }
        let local = if renamed == "self" {
            path.last().cloned().unwrap_or_default()
        } else {
            renamed.to_string()
        };
        known.insert(local, path.clone());
        found.push(Mention {
            path,
            role: Role::Imported,
            line: name.span().start().line,
        });
    };
    match tree {
        UseTree::Name(leaf) => one(&leaf.ident, &leaf.ident),
        UseTree::Rename(leaf) => one(&leaf.ident, &leaf.rename),
        UseTree::Glob(glob) => {
            let mut path = above.clone();
            path.push("*".to_owned());
            found.push(Mention {
                path,
                role: Role::Imported,
                line: glob.star_token.spans[0].start().line,
            });
        }
        UseTree::Path(step) => {
            above.push(step.ident.to_string());
            import(&step.tree, above, found, known);
            above.pop();
        }
        UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| import(tree, above, found, known)),
    }
}

fn paths(level: &[TokenTree], known: &HashMap<String, Vec<String>>, found: &mut Vec<Mention>) {
    let mut at = 0;
    while let Some(token) = level.get(at) {
        let TokenTree::Ident(first) = token else {
            at += 1;
            continue;
        };
        let before = |back: usize| at.checked_sub(back).and_then(|index| level.get(index));
        let after_dot = is_punct(before(1), '.') && !is_punct(before(2), '.');
        let mut path = vec![first.to_string()];
        let mut next = at + 1;
        while is_punct(level.get(next), ':') && is_punct(level.get(next + 1), ':') {
            let Some(TokenTree::Ident(segment)) = level.get(next + 2) else {
                break;
            };
            path.push(segment.to_string());
            next += 3;
        }
        let role = role(level.get(next), level.get(next + 1), after_dot);
        if role != Role::Member
            && let Some(full) = path.first().and_then(|first| known.get(first))
        {
            path.splice(..1, full.iter().cloned());
        }
        found.push(Mention {
            path,
            role,
            line: first.span().start().line,
        });
        at = next;
    }
}

fn role(next: Option<&TokenTree>, after: Option<&TokenTree>, after_dot: bool) -> Role {
    let is_group = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Group(_)));
    match next {
        _ if after_dot => Role::Member,
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            Role::Called
        }
        Some(_)
            if is_punct(next, '!')
                && (is_group(after) || matches!(after, Some(TokenTree::Ident(_)))) =>
        {
            Role::Macro
        }
        _ => Role::Named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, role: Role, expected: &[&str]) {
        let found = mentions(&source.parse().unwrap());
        let found: Vec<String> = found
            .iter()
            .filter(|one| one.role == role)
            .map(Mention::full)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn imports_are_written_out() {
        check(
            "use std::{fs, io::{self, Read as _}, sync::*}; use a::b as c;",
            Role::Imported,
            &[
                "std::fs",
                "std::io",
                "std::io::Read",
                "std::sync::*",
                "a::b",
            ],
        );
    }

    #[test]
    fn names_are_written_out_by_their_imports() {
        check(
            "use std::{fs, sync::Mutex as Lock}; fn f() { fs::read(x); Lock::new(1); g(); }",
            Role::Called,
            &["f", "std::fs::read", "std::sync::Mutex::new", "g"],
        );
    }

    #[test]
    fn macros_hide_nothing() {
        check(
            "fn f() { select! { _ = a => { ::std::fs::read(x) } } }",
            Role::Called,
            &["f", "std::fs::read"],
        );
        check(
            "fn f() { tokio::select! { } println!(\"\"); a != b }",
            Role::Macro,
            &["tokio::select", "println"],
        );
    }

    #[test]
    fn members_are_nobodys_path() {
        check(
            "use a::now; fn f() { x.now; 0..now }",
            Role::Member,
            &["now"],
        );
    }

    #[test]
    fn an_import_inside_a_function_counts() {
        check(
            "fn f() -> impl A + use<'a> { use b::c; c() }",
            Role::Called,
            &["f", "b::c"],
        );
    }
}
