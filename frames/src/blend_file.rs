//! Which Blender saved a .blend file, by the first bytes of the file: also of formats that are newer than the Blender at
//! hand, which only says that such a file is not a blend file.
//!
//! ```text
//! BLENDER-v304           up to 4.5: the size of pointers, the byte order, and the version as three digits
//! BLENDER17-01v0502      from 5.0 on: the length of the header, its format, and the version as four digits
//! ```
//!
//! The file may be compressed as a whole: with gzip up to 2.93, with zstd since then.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use ruzstd::decoding::StreamingDecoder;

use crate::regular::open_regular;

/// As many bytes as the longest header that is known has.
const HEADER_LENGTH: u64 = 17;

/// A version of Blender, without its patch level, which .blend files do not tell.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct BlenderVersion {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl BlenderVersion {
    /// Whether this is newer than a version that is given as text, such as `3.4.1`. What cannot be read is not older.
    pub fn is_newer_than(self, text: &str) -> bool {
        let mut numbers = text.split('.').map(str::parse);
        let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
            return false;
        };
        self > Self { major, minor }
    }
}

impl fmt::Display for BlenderVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Up to 2.93 the second number had two digits.
        if self.major < 3 {
            write!(f, "{}.{:02}", self.major, self.minor)
        } else {
            write!(f, "{}.{}", self.major, self.minor)
        }
    }
}

/// The version of Blender that saved a file; `None` when it is not a .blend file. Blocks.
pub fn saved_by(path: &Path) -> io::Result<Option<BlenderVersion>> {
    read(open_regular(path)?)
}

fn read(mut file: impl Read) -> io::Result<Option<BlenderVersion>> {
    let start = head(&mut file)?;
    let whole = start.as_slice().chain(file);
    let header = match start.as_slice() {
        [0x1f, 0x8b, ..] => head(GzDecoder::new(whole)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => match StreamingDecoder::new(whole) {
            Ok(decoder) => head(decoder),
            Err(_) => return Ok(None),
        },
        _ => return Ok(version(&start)),
    };
    // A file that cannot be unpacked is not a .blend file, or not a whole one.
    Ok(header.ok().as_deref().and_then(version))
}

fn head(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(HEADER_LENGTH).read_to_end(&mut head)?;
    Ok(head)
}

/// The version in the header of a .blend file.
fn version(header: &[u8]) -> Option<BlenderVersion> {
    let digits = match header {
        [
            b'B',
            b'L',
            b'E',
            b'N',
            b'D',
            b'E',
            b'R',
            b'_' | b'-',
            b'v' | b'V',
            rest @ ..,
        ] => rest.get(..3),
        [
            b'B',
            b'L',
            b'E',
            b'N',
            b'D',
            b'E',
            b'R',
            _,
            _,
            b'-',
            _,
            _,
            b'v',
            rest @ ..,
        ] => rest.get(..4),
        _ => None,
    };
    let number: u32 = str::from_utf8(digits?).ok()?.parse().ok()?;
    Some(BlenderVersion {
        major: number / 100,
        minor: number % 100,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// The beginning of a file that Blender 5.2 packed: its first block.
    const ZSTD_5_2: &[u8] = include_bytes!("blend_file/zstd_5_2");
    /// Likewise of Blender 4.3.
    const ZSTD_4_3: &[u8] = include_bytes!("blend_file/zstd_4_3");

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<&str>) {
        let version = read(bytes).unwrap().map(|version| version.to_string());
        assert_eq!(version.as_deref(), expected);
    }

    #[test]
    fn the_version_is_in_the_header() {
        check(b"BLENDER-v304REND", Some("3.4"));
        check(b"BLENDER_V279REND", Some("2.79"));
        check(b"BLENDER-v405", Some("4.5"));
        check(b"BLENDER17-01v0502REND", Some("5.2"));
        check(b"BLENDER17-01v1100", Some("11.0"));
    }

    #[test]
    fn packed_files_are_unpacked() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"BLENDER-v293RENDH").unwrap();
        check(&gzip.finish().unwrap(), Some("2.93"));
        check(ZSTD_5_2, Some("5.2"));
        check(ZSTD_4_3, Some("4.3"));
    }

    #[test]
    fn other_files_have_no_version() {
        for bytes in [
            &b""[..],
            b"BLENDER",
            b"BLENDER-v3",
            b"BLENDER-vxyzREND",
            b"BLENDER17-01v05",
            b"\x89PNG\r\n\x1a\n",
            b"\x1f\x8b",
            b"\x28\xb5\x2f\xfd",
            b"\x28\xb5\x2f\xfd\x00\x00\x00\x00\x00\x00\x00",
        ] {
            check(bytes, None);
        }
        for length in 0..64 {
            check(ZSTD_5_2.get(..length).unwrap(), None);
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = BlenderVersion { major: 5, minor: 2 };
        assert!(version.is_newer_than("3.4.1") && version.is_newer_than("5.1.0"));
        assert!(!version.is_newer_than("5.2.0") && !version.is_newer_than("5.10"));
        assert!(!version.is_newer_than("nightly"));
    }
}
