//! Pure: what a stored file is known by: the SHA-256 of its contents, and its size. It is the file's place, too, so
//! nothing but 64 lower-case hex digits passes here.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use data_encoding::HEXLOWER;

/// The SHA-256 of a file's contents.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Checksum([u8; 32]);

/// A file's contents, whatever its name.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FileId {
    /// What it is known by.
    pub checksum: Checksum,
    /// In bytes.
    pub size: u64,
}

/// What no file is known by.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidFileId {
    /// No checksum.
    #[error("{0:?} is not a checksum: SHA-256 in exactly 64 lower-case hex digits")]
    Checksum(String),
    /// No size.
    #[error("{0} is not the size of a file")]
    Size(i64),
}

impl Checksum {
    /// One that was calculated.
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Checksum {
    type Err = InvalidFileId;

    fn from_str(text: &str) -> Result<Self, InvalidFileId> {
        let invalid = || InvalidFileId::Checksum(text.chars().take(80).collect());
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| invalid())?;
        bytes.try_into().map(Self).map_err(|_| invalid())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HEXLOWER.encode_display(&self.0).fmt(f)
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FileId {
    /// What a client says of a file.
    pub fn new(checksum: &str, size: i64) -> Result<Self, InvalidFileId> {
        Ok(Self {
            checksum: checksum.parse()?,
            size: u64::try_from(size).map_err(|_| InvalidFileId::Size(size))?,
        })
    }

    /// The folders that its blob lies in, the upper one first.
    pub(super) fn folders(&self) -> [String; 2] {
        let checksum = self.checksum.to_string();
        let (first, rest) = checksum.split_at(2);
        [first.to_owned(), format!("{first}/{rest}")]
    }

    /// Where its blob lies, below the folder of stored files.
    pub(super) fn blob(&self) -> String {
        let [_, folder] = self.folders();
        format!("{folder}/{}.blob", self.size)
    }

    /// How the names of files begin that will become its blob.
    pub(super) fn temporary(&self) -> String {
        format!("{}-{}-", self.checksum, self.size)
    }

    /// Which file's blob has such a path, whatever the path begins with.
    pub(super) fn of_blob(path: &Path) -> Option<Self> {
        let mut names = path.iter().rev().map(|name| name.to_str());
        let (name, rest, first) = (names.next()??, names.next()??, names.next()??);
        let id = Self {
            checksum: format!("{first}{rest}").parse().ok()?,
            size: name.strip_suffix(".blob")?.parse().ok()?,
        };
        // Nothing else that reads as the same.
        path.ends_with(id.blob()).then_some(id)
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.checksum, self.size)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHA: &str = "52562c51ac62680feda2cc664d437ddd2854a5aec48267dcc20a3c077cfb3c92";

    #[test]
    fn a_blob_lies_where_flamenco_has_it() {
        let id = FileId::new(SHA, 19).unwrap();
        let blob = "52/562c51ac62680feda2cc664d437ddd2854a5aec48267dcc20a3c077cfb3c92/19.blob";
        assert_eq!(id.blob(), blob);
        assert_eq!(FileId::of_blob(Path::new(blob)), Some(id));
        let link = format!("../../file-store/stored/{blob}");
        assert_eq!(FileId::of_blob(Path::new(&link)), Some(id));
        assert_eq!(id.temporary(), format!("{SHA}-19-"));
    }

    #[test]
    fn exactly_64_lower_case_hex_digits_are_a_checksum() {
        for bad in [
            "",
            "5",
            "52",
            &SHA[1..],
            &SHA.to_uppercase(),
            &format!("{SHA}0"),
            &format!(" {}", &SHA[1..]),
            &SHA.replace('5', "g"),
            &format!("../{}", &SHA[3..]),
            &format!("{}\0", &SHA[1..]),
            &"é".repeat(32),
        ] {
            assert_eq!(
                FileId::new(bad, 1),
                Err(InvalidFileId::Checksum(bad.to_owned()))
            );
        }
        assert_eq!(FileId::new(SHA, -1), Err(InvalidFileId::Size(-1)));
    }

    #[test]
    fn other_files_are_no_blobs() {
        let (first, rest) = SHA.split_at(2);
        for other in [
            format!("{first}/{rest}/19"),
            format!("{first}/{rest}/+19.blob"),
            format!("{first}/{rest}/019.blob"),
            format!("{first}/{rest}/19.blob.unused"),
            format!("{first}/{rest}"),
            format!("{SHA}/19.blob"),
            "19.blob".to_owned(),
        ] {
            assert_eq!(FileId::of_blob(Path::new(&other)), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(bytes: [u8; 32], size: u64) {
            let id = FileId { checksum: Checksum::new(bytes), size };
            prop_assert_eq!(id.checksum.to_string().parse(), Ok(id.checksum));
            prop_assert_eq!(FileId::of_blob(Path::new(&id.blob())), Some(id));
        }

        #[test]
        fn no_text_becomes_a_checksum_that_is_a_path(text in "[0-9a-f./\\\\]{60,68}|\\PC{0,70}") {
            if text.parse::<Checksum>().is_ok() {
                prop_assert!(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
            }
        }
    }
}
