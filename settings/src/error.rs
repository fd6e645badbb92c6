//! What can be wrong with a configuration.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Layer {
    /// Nobody gave one.
    Default,
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// What is wrong with a configuration, in one line.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The flags make no sense, or ask for help or the version: `clap` says it.
    #[error(transparent)]
    Flags(#[from] clap::Error),
    /// A file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not YAML, or no mapping of keys to values.
    #[error("the configuration {path} cannot be understood: {reason}")]
    NotYaml {
        /// Which file.
        path: PathBuf,
        /// Why not, with the line.
        reason: String,
    },
    /// A value is not of its kind.
    #[error("{layer}: {key} must be {expected}, found {found}")]
    BadValue {
        /// Where it stands.
        layer: Layer,
        /// Its key.
        key: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A value is of its kind, but cannot be used.
    #[error("the configuration cannot be used: {0}")]
    Unusable(String),
}
