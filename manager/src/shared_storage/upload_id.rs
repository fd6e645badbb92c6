//! The names of uploads. Pure.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use farandole_protocol::time::Timestamp;

/// Longer names would not fit into a file system's, together with what is put before and behind them.
const LONGEST: usize = 200;
const TIME: &str = "%Y%m%dT%H%M%S%3fZ";
/// How long a time is.
const TIME_LENGTH: usize = "20261124T153012123Z".len();

/// The name of a file that is uploaded: one name, no path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileName(String);

/// What is no name for a file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{0:?} is no name for a file: one name of at most {LONGEST} bytes, without slashes and control characters"
)]
pub struct InvalidFileName(pub String);

impl FromStr for FileName {
    type Err = InvalidFileName;

    fn from_str(text: &str) -> Result<Self, InvalidFileName> {
        let is_path = text.contains(['/', '\\']) || matches!(text, "." | "..");
        let is_odd = text.trim().is_empty() || text.len() > LONGEST;
        if is_path || is_odd || text.chars().any(char::is_control) {
            return Err(InvalidFileName(text.chars().take(LONGEST).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which upload: when it began, and its file's name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UploadId {
    text: String,
    name: FileName,
}

impl UploadId {
    /// The id of an upload that begins now.
    pub fn new(now: Timestamp, name: FileName) -> Self {
        let text = format!("{}-{}", now.format(TIME), name.as_str());
        Self { text, name }
    }

    /// The name of the folder that is the upload's own.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of its file.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The name of its file as long as it is not complete.
    pub fn part(&self) -> String {
        format!("{}.part", self.name())
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for UploadId {
    type Err = InvalidFileName;

    fn from_str(text: &str) -> Result<Self, InvalidFileName> {
        let invalid = || InvalidFileName(text.chars().take(LONGEST).collect());
        let (time, name) = text.split_at_checked(TIME_LENGTH).ok_or_else(invalid)?;
        NaiveDateTime::parse_from_str(time, TIME).map_err(|_| invalid())?;
        let name = name.strip_prefix('-').ok_or_else(invalid)?.parse()?;
        Ok(Self {
            text: text.to_owned(),
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_one_name() {
        for good in [
            "a.blend",
            "ä ö.blend",
            "...",
            "a:b",
            "x".repeat(200).as_str(),
        ] {
            good.parse::<FileName>().unwrap();
        }
        for bad in [
            "",
            " ",
            ".",
            "..",
            "a/b",
            "/a",
            "a\\b",
            "a\0b",
            "a\nb",
            "x".repeat(201).as_str(),
        ] {
            bad.parse::<FileName>().unwrap_err();
        }
    }

    #[test]
    fn an_id_reads_back() {
        let now = "2026-11-24T15:30:12.123456Z".parse().unwrap();
        let id = UploadId::new(now, "shot.blend".parse().unwrap());
        assert_eq!(id.as_str(), "20261124T153012123Z-shot.blend");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_eq!(id.part(), "shot.blend.part");
        for bad in [
            "",
            "shot.blend",
            "20261124T153012123Z",
            "20261124T153012123Z-",
            "20261124T153012123Z-..",
            "20269924T153012123Z-a",
            "20261124T153012123Z-a/../../b",
            "../20261124T153012123Z-a",
        ] {
            bad.parse::<UploadId>().unwrap_err();
        }
    }

    proptest! {
        #[test]
        fn no_text_becomes_an_id_that_is_a_path(text in "\\PC{0,40}") {
            if let Ok(id) = text.parse::<UploadId>() {
                prop_assert!(!id.as_str().contains(['/', '\\', '\0']));
            }
        }
    }
}
