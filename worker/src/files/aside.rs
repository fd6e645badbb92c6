//! A free name for what is in the way: its name, its time of change, and if need be a number.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Local, SubsecRound};

/// A name beside `path` that is not taken: `<path>-<YYYY-MM-DD_HHMMSS>` with the time at which `path` was last
/// changed, and `-001` and so on after it if need be.
pub fn aside_name(path: &Path) -> io::Result<PathBuf> {
    let changed = path.metadata()?.modified()?;
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a path that ends in '..' has no name",
        ));
    };
    let mut stamped = name.to_owned();
    stamped.push(format!("-{}", stamp(changed)));
    // Built from the name, not from the path as written: that may end in a slash.
    let plain = path.with_file_name(&stamped);
    if !exists(&plain)? {
        return Ok(plain);
    }
    let number = highest_number(&plain, &stamped)? + 1;
    stamped.push(format!("-{number:03}"));
    Ok(path.with_file_name(stamped))
}

/// Rounded to the nearest second, as a file system's clock may be finer than a name should be.
fn stamp(time: SystemTime) -> String {
    DateTime::<Local>::from(time)
        .round_subsecs(0)
        .format("%Y-%m-%d_%H%M%S")
        .to_string()
}

fn exists(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The highest number that follows the name and a dash among the files beside it.
fn highest_number(beside: &Path, name: &OsString) -> io::Result<u64> {
    let directory = match beside.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let prefix = [name.as_encoded_bytes(), b"-"].concat();
    let mut highest = 0;
    for entry in directory.read_dir()? {
        let entry = entry?.file_name();
        let number = entry
            .as_encoded_bytes()
            .strip_prefix(prefix.as_slice())
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u64>().ok());
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// A directory of this name with a fixed time of change, and the stamp that stands for it.
    fn at(root: &Path, name: &str) -> (PathBuf, String) {
        let path = root.join(name);
        fs::create_dir_all(&path).unwrap();
        let changed = UNIX_EPOCH + Duration::from_millis(1_700_000_000_600);
        fs::File::open(&path)
            .unwrap()
            .set_modified(changed)
            .unwrap();
        (path, stamp(UNIX_EPOCH + Duration::from_secs(1_700_000_001)))
    }

    #[test]
    fn the_time_of_change_makes_the_name() {
        let root = tempfile::tempdir().unwrap();
        let (path, stamp) = at(root.path(), "frames");
        assert_eq!(
            aside_name(&path).unwrap(),
            root.path().join(format!("frames-{stamp}"))
        );
    }

    #[test]
    fn numbers_go_on_after_the_highest() {
        for (taken, next) in [
            (None, "001"),
            (Some("046"), "047"),
            (Some("10327"), "10328"),
            (Some("x99"), "001"),
        ] {
            let root = tempfile::tempdir().unwrap();
            let (path, stamp) = at(root.path(), "frames");
            fs::create_dir(root.path().join(format!("frames-{stamp}"))).unwrap();
            if let Some(taken) = taken {
                fs::create_dir(root.path().join(format!("frames-{stamp}-{taken}"))).unwrap();
            }
            assert_eq!(
                aside_name(&path).unwrap(),
                root.path().join(format!("frames-{stamp}-{next}"))
            );
        }
    }

    #[test]
    fn paths_are_no_patterns_and_may_end_in_a_slash() {
        let root = tempfile::tempdir().unwrap();
        let (path, stamp) = at(root.path(), "shot[1]*?");
        fs::create_dir(root.path().join(format!("shot[1]*?-{stamp}"))).unwrap();
        let with_slash = PathBuf::from(format!("{}/", path.display()));
        assert_eq!(
            aside_name(&with_slash).unwrap(),
            root.path().join(format!("shot[1]*?-{stamp}-001"))
        );
    }
}
