//! One file of Rust, taken apart once for all rules.

use proc_macro2::TokenStream;

use super::finding::Finding;
use super::mentions::{Mention, mentions};
use super::tokens;

/// A Rust file and what rules look at.
#[derive(Debug)]
pub struct Source {
    /// From the project's root, with forward slashes.
    pub path: String,
    /// The file as it is.
    pub text: String,
    /// Its items.
    pub items: Vec<syn::Item>,
    /// All tokens.
    pub tokens: TokenStream,
    /// The tokens of what is not test code.
    pub production: TokenStream,
    /// What is not test code mentions. Empty when the whole file is.
    pub mentions: Vec<Mention>,
}

impl Source {
    /// Takes a file apart. `for_tests`: another file declares it under `#[cfg(test)]`.
    pub fn parse(path: &str, text: &str, for_tests: bool) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        let tokens: TokenStream = text.parse()?;
        let is_test = for_tests
            || path
                .split('/')
                .any(|part| matches!(part, "tests" | "benches"));
        let production = if is_test {
            TokenStream::new()
        } else {
            tokens::without_tests(tokens.clone())
        };
        let mentions = mentions(&production);
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            items: file.items,
            tokens,
            production,
            mentions,
        })
    }

    /// Whether the file lies in one of these folders, or begins with one of these paths.
    pub fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// All comments, documentation among them, as (line, text).
    pub fn comments(&self) -> Vec<(usize, String)> {
        tokens::comments(&self.text, &self.tokens)
    }

    /// A finding in this file.
    pub fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line,
            what: what.into(),
        }
    }

    /// A finding for each mention about which there is something to say.
    pub fn judge(&self, what: impl Fn(&Mention) -> Option<String>) -> Vec<Finding> {
        self.mentions
            .iter()
            .filter_map(|mention| Some(self.finding(mention.line, what(mention)?)))
            .collect()
    }

    /// The files of modules that this one declares under `#[cfg(test)]`, without ending: `folder/name`.
    pub fn test_modules(&self) -> Vec<String> {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let folder = match self.name() {
            "mod.rs" | "lib.rs" | "main.rs" => {
                stem.rsplit_once('/').map_or("", |(folder, _)| folder)
            }
            _ => stem,
        };
        let declared = self.items.iter().filter_map(|item| {
            let syn::Item::Mod(module) = item else {
                return None;
            };
            module.content.is_none().then_some(module)
        });
        let for_tests = declared.filter(|module| {
            module.attrs.iter().any(|attribute| {
                matches!(&attribute.meta, syn::Meta::List(list)
                    if list.path.is_ident("cfg") && list.tokens.to_string() == "test")
            })
        });
        for_tests
            .map(|module| format!("{folder}/{}", module.ident))
            .collect()
    }
}

/// Tries a rule on a made-up file: the lines that it objects to.
#[cfg(test)]
#[track_caller]
pub(super) fn check(rule: fn(&Source) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
    let source = Source::parse(path, text, false).unwrap();
    let mut found: Vec<usize> = rule(&source).iter().map(|finding| finding.line).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, lines, "{:#?}", rule(&source));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_for_tests_are_known_by_who_declares_them() {
        let of = |path| {
            Source::parse(path, "#[cfg(test)] mod tests; mod real;", false)
                .unwrap()
                .test_modules()
        };
        assert_eq!(of("manager/src/farm/mod.rs"), ["manager/src/farm/tests"]);
        assert_eq!(
            of("manager/src/farm/turn.rs"),
            ["manager/src/farm/turn/tests"]
        );
    }

    #[test]
    fn test_code_mentions_nothing() {
        let mentions = |path, for_tests| {
            Source::parse(path, "use a;", for_tests)
                .unwrap()
                .mentions
                .len()
        };
        assert_eq!(
            (
                mentions("x/src/a.rs", false),
                mentions("x/src/a.rs", true),
                mentions("x/tests/a.rs", false)
            ),
            (1, 0, 0)
        );
    }
}
