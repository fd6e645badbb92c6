//! Pure: the paths that clients choose: of a checkout among all checkouts, and of a file in its checkout. None of them
//! leads elsewhere.

use std::fmt;
use std::str::FromStr;

/// File systems allow 255 bytes for a name, and a suffix of 5 may come behind that of a checkout.
const LONGEST_NAME: usize = 255;
const LONGEST_CHECKOUT_NAME: usize = 250;
/// Systems allow 4,096 bytes for a path: the rest is for where the storage is.
const LONGEST_CHECKOUT: usize = 1_000;
const LONGEST_FILE: usize = 2_000;
/// What Flamenco allows nowhere in the path of a checkout.
const FORBIDDEN: [char; 8] = ['?', '*', ':', ';', '{', '}', '\\', '\0'];
/// What is not in the path of a file: on a Windows host a backslash divides folders.
const FORBIDDEN_IN_FILES: [char; 2] = ['\\', '\0'];
/// What a checkout without a name is called.
const UNNAMED: &str = "unnamed";

/// Where a checkout is, below the folder of all.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CheckoutPath(String);

/// Where a file is, below its checkout.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FilePath(String);

/// What is no path for either.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidPath {
    /// No path for a checkout.
    #[error(
        "{0:?} cannot be the path of a checkout: names with slashes between them, none of them . or .., without any \
         of ? * : ; {{ }} \\, at most {LONGEST_CHECKOUT_NAME} bytes each and {LONGEST_CHECKOUT} in all; choose \
         another name for the job"
    )]
    Checkout(String),
    /// No path for a file.
    #[error(
        "{0:?} cannot be the path of a file in a checkout: names with slashes between them, none of them . or .., \
          without backslashes, at most {LONGEST_NAME} bytes each and {LONGEST_FILE} in all"
    )]
    File(String),
}

impl CheckoutPath {
    /// What a client asks for, with superfluous slashes. The newest ones check a job without a name out to `.`.
    pub fn asked_for(text: &str) -> Result<Self, InvalidPath> {
        match text {
            "." => Ok(Self(UNNAMED.to_owned())),
            text => normalised(text).parse(),
        }
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many folders deep it is.
    pub(super) fn depth(&self) -> usize {
        self.0.split('/').count()
    }

    /// The folders that it lies in, the uppermost first, and itself at the end.
    pub(super) fn with_ancestors(&self) -> impl Iterator<Item = Self> {
        let ends = self.0.match_indices('/').map(|(end, _)| end);
        ends.chain([self.0.len()])
            .filter_map(|end| self.0.get(..end))
            .map(|path| Self(path.to_owned()))
    }

    /// The folder that it lies in, unless that is the folder of all.
    pub(super) fn parent(&self) -> Option<Self> {
        let (parent, _) = self.0.rsplit_once('/')?;
        Some(Self(parent.to_owned()))
    }

    /// Whether the other one lies somewhere in this one.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let below = other.0.strip_prefix(&self.0);
        below.is_some_and(|below| below.starts_with('/'))
    }

    /// The same with this behind the name of one of its folders, which is taken.
    pub(super) fn beside(&self, taken: &Self, suffix: &str) -> Self {
        let below = self.0.strip_prefix(&taken.0).unwrap_or_default();
        Self(format!("{}-{suffix}{below}", taken.0))
    }
}

impl FromStr for CheckoutPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let fits = text.len() <= LONGEST_CHECKOUT && !text.contains(FORBIDDEN);
        if fits && are_names(text, LONGEST_CHECKOUT_NAME) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidPath::Checkout(shortened(text)))
    }
}

impl fmt::Display for CheckoutPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FilePath {
    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many folders deep it is, itself among them.
    pub(super) fn depth(&self) -> usize {
        self.0.split('/').count()
    }

    /// The folders that it lies in, the uppermost first.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        let ends = self.0.match_indices('/');
        ends.filter_map(|(end, _)| self.0.get(..end))
    }
}

impl FromStr for FilePath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let path = normalised(text);
        let fits = path.len() <= LONGEST_FILE && !path.contains(FORBIDDEN_IN_FILES);
        if fits && are_names(&path, LONGEST_NAME) {
            return Ok(Self(path));
        }
        Err(InvalidPath::File(shortened(text)))
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Without slashes at the end, and with single ones between the names, as Flamenco cleans paths. One at the beginning
/// stays, since an absolute path is refused.
fn normalised(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '/' || !path.ends_with('/') {
            path.push(c);
        }
    }
    if path.len() > 1 && path.ends_with('/') {
        path.pop();
    }
    path
}

/// An absolute path begins with an empty name.
fn are_names(text: &str, longest: usize) -> bool {
    text.split('/')
        .all(|name| !matches!(name, "" | "." | "..") && name.len() <= longest)
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    fn checkout(text: &str) -> CheckoutPath {
        text.parse().unwrap()
    }

    #[test]
    fn what_flamenco_takes_for_a_checkout_is_taken() {
        let longest = "x".repeat(LONGEST_CHECKOUT_NAME);
        for good in [
            "a",
            "2026/shot",
            "8b2f9c5e-4a6f-4a4e-9d3c-0a6b1c2d3e4f",
            " a b ",
            "été/ショット",
            "..foo",
            "a..b/c",
            "...",
            "~",
            "con",
            "a\nb",
            longest.as_str(),
        ] {
            assert_eq!(checkout(good).as_str(), good);
        }
        assert_eq!(CheckoutPath::asked_for(".").unwrap().as_str(), "unnamed");
    }

    #[test]
    fn superfluous_slashes_are_left_out() {
        for (text, path) in [
            ("a/", "a"),
            ("a//b", "a/b"),
            ("trailing///", "trailing"),
            ("a///b//c//", "a/b/c"),
        ] {
            assert_eq!(CheckoutPath::asked_for(text).unwrap().as_str(), path);
            text.parse::<CheckoutPath>().unwrap_err();
            assert_eq!(text.parse::<FilePath>().unwrap().as_str(), path);
        }
    }

    #[test]
    fn what_leads_elsewhere_is_no_path() {
        let (name, deep) = ("x".repeat(256), "a/".repeat(1_000) + "a");
        let both = [
            "", "/", "//", "/a", "//a/", ".", "..", "../a", "a/..", "a/../b", "a/./b", "./a",
            "a\0b", "\0", "a\\b", "..\\a", "C:\\a", &name, &deep,
        ];
        for bad in both {
            bad.parse::<CheckoutPath>().unwrap_err();
            bad.parse::<FilePath>().unwrap_err();
        }
        for bad in ["a?", "*", "a:b", "C:/a", ";", "{jobs}", "}"] {
            bad.parse::<CheckoutPath>().unwrap_err();
            bad.parse::<FilePath>().unwrap();
        }
    }

    #[test]
    fn one_that_is_taken_gets_a_name_beside_it() {
        let path = checkout("2026/shot/a");
        let all: Vec<_> = path.with_ancestors().collect();
        assert_eq!(all, [checkout("2026"), checkout("2026/shot"), path.clone()]);
        let beside = |taken: &str| path.beside(&checkout(taken), "x1y2");
        assert_eq!(beside("2026/shot/a"), checkout("2026/shot/a-x1y2"));
        assert_eq!(beside("2026"), checkout("2026-x1y2/shot/a"));
        assert_eq!(path.parent(), Some(checkout("2026/shot")));
        assert_eq!(checkout("a").parent(), None);
        assert!(checkout("2026").holds(&path) && !checkout("202").holds(&path));
        assert!(!path.holds(&path));
    }

    fn leads_down(path: &str) -> bool {
        Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    }

    proptest! {
        #[test]
        fn every_path_leads_down(text in "[a./\\\\\0 é]{0,12}|\\PC{0,40}") {
            if let Ok(path) = text.parse::<CheckoutPath>() {
                prop_assert!(leads_down(path.as_str()));
                prop_assert_eq!(path.depth(), Path::new(path.as_str()).components().count());
            }
            if let Ok(path) = text.parse::<FilePath>() {
                prop_assert!(leads_down(path.as_str()));
                prop_assert_eq!(path.depth(), path.folders().count() + 1);
            }
        }
    }
}
