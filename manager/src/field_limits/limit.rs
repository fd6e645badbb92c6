//! Pure: the limits, and how a text, a list or a value is compared with one.

use farandole_protocol::api::{JobMetadata, JobSettings};

use super::json_length::json_length;

/// How long something may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// What is bounded, as error messages and the page name it.
    pub what: &'static str,
    /// The most bytes, or entries of a list.
    pub most: usize,
}

const fn limit(what: &'static str, most: usize) -> Limit {
    Limit { what, most }
}

/// Names of jobs, tasks, Workers and tags.
pub(super) const NAME: Limit = limit("name", 1 << 10);
/// Words that programs compare.
pub(super) const WORD: Limit = limit("word", 255);
/// Paths of files and folders: the longest that Linux takes.
pub(super) const PATH: Limit = limit("path", 4 << 10);
/// Texts for people.
pub(super) const TEXT: Limit = limit("text", 16 << 10);
/// Secrets of Workers.
pub(super) const SECRET: Limit = limit("secret", 1 << 10);
/// What a task is at, in words. A longer one is cut off, since a report that is refused would be lost.
pub(super) const ACTIVITY: Limit = limit("activity", 4 << 10);
/// The settings of a job, as JSON.
pub(super) const SETTINGS: Limit = limit("settings", 16 << 20);
/// The keys and values of a job's metadata.
pub(super) const METADATA: Limit = limit("metadata", 64 << 10);
/// Lists of jobs leave out settings and metadata that take more than this.
pub const LISTED: Limit = limit("listed settings", 16 << 10);
/// The commands of a task, as JSON.
pub(super) const COMMANDS: Limit = limit("commands", 4 << 20);
/// The task types of a Worker.
pub(super) const TASK_TYPES: Limit = limit("task types", 100);
/// The tags of a Worker.
pub(super) const TAGS: Limit = limit("tags", 1_000);

/// The files that a checkout, or a question for stored files, names.
pub(super) const FILES: Limit = limit("files", 1_000_000);

/// All limits, in the order in which the page has them.
#[cfg(test)]
pub(super) const ALL: [Limit; 13] = [
    NAME, WORD, PATH, TEXT, SECRET, ACTIVITY, SETTINGS, METADATA, LISTED, COMMANDS, TASK_TYPES,
    TAGS, FILES,
];

/// Something is longer than it may be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TooLongError {
    /// A text.
    #[error("{field} is {found} bytes long, and at most {most} are possible")]
    Text {
        /// Which member.
        field: &'static str,
        /// How long it is.
        found: usize,
        /// How long it may be.
        most: usize,
    },
    /// A list.
    #[error("{field} has {found} entries, and at most {most} are possible")]
    List {
        /// Which member.
        field: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
}

/// What comes from a client and has bounds.
pub trait Bounded {
    /// Shortens what may be shortened, and refuses what is too long otherwise.
    fn bound(&mut self) -> Result<(), TooLongError>;
}

/// A text, or one that may be absent.
pub(super) trait Text {
    /// Its length in bytes; 0 if it is absent.
    fn length(&self) -> usize;
}

impl Text for String {
    fn length(&self) -> usize {
        self.len()
    }
}

impl Text for Option<String> {
    fn length(&self) -> usize {
        self.as_ref().map_or(0, String::len)
    }
}

/// Checks a text.
pub(super) fn text(
    field: &'static str,
    text: &impl Text,
    limit: Limit,
) -> Result<(), TooLongError> {
    bytes(field, text.length(), limit)
}

pub(super) fn bytes(field: &'static str, found: usize, limit: Limit) -> Result<(), TooLongError> {
    let most = limit.most;
    if found > most {
        return Err(TooLongError::Text { field, found, most });
    }
    Ok(())
}

/// Checks how many entries a list has.
pub(super) fn list<T>(field: &'static str, list: &[T], limit: Limit) -> Result<(), TooLongError> {
    let (found, most) = (list.len(), limit.most);
    if found > most {
        return Err(TooLongError::List { field, found, most });
    }
    Ok(())
}

pub(super) fn settings(settings: &JobSettings) -> Result<(), TooLongError> {
    bytes("settings", json_length(settings), SETTINGS)
}

pub(super) fn metadata(metadata: &JobMetadata) -> Result<(), TooLongError> {
    let entries = metadata.0.iter();
    let length = entries.map(|(key, value)| key.len() + value.len()).sum();
    bytes("metadata", length, METADATA)
}

/// Cuts a text off at the last whole character that fits.
pub(super) fn shorten(text: &mut String, limit: Limit) {
    text.truncate(text.floor_char_boundary(limit.most));
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/limits.md");

    #[test]
    fn the_page_lists_all_limits() {
        for Limit { what, most } in ALL {
            let row = format!("| {what} | {most} |");
            let is_listed = PAGE.lines().any(|line| line.starts_with(&row));
            assert!(is_listed, "docs/limits.md has no row {row:?}");
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let mut text = "aüüü".to_owned();
        shorten(&mut text, limit("x", 4));
        assert_eq!(text, "aü");
        shorten(&mut text, limit("x", 4));
        assert_eq!(text, "aü");
    }
}
