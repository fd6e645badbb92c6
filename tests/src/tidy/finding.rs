//! What a rule has to say about a place.

use std::fmt;

/// One breach of one rule.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Finding {
    /// The file, from the project's root.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong, and where it would be right.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}
