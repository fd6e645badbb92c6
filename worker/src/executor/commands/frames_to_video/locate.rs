//! Finds FFmpeg, and tells directories from patterns.

use std::path::{Path, PathBuf};

/// A bare `ffmpeg` is the one that was shipped with the Worker, if there is one; everything else is used as given.
pub(super) fn locate(exe: &str, tools: Option<&Path>) -> String {
    if exe != "ffmpeg" {
        return exe.to_owned();
    }
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    [
        format!("ffmpeg-linux-{architecture}"),
        "ffmpeg-linux".to_owned(),
        "ffmpeg".to_owned(),
    ]
    .iter()
    .filter_map(|name| tools.map(|tools| tools.join(name)))
    .find(|path| path.is_file())
    .map_or_else(
        || exe.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

/// The directory of a pattern is meant as it is written if there is one of that name, whatever characters are in it.
pub(super) fn literal_directory(pattern: &str) -> String {
    let Some((directory, name)) = pattern.rsplit_once('/') else {
        return pattern.to_owned();
    };
    let is_special = |c| matches!(c, '*' | '?' | '[' | ']' | '{' | '}');
    if !directory.contains(is_special) || !PathBuf::from(directory).is_dir() {
        return pattern.to_owned();
    }
    let mut escaped = String::with_capacity(pattern.len() + 8);
    for c in directory.chars() {
        if is_special(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    format!("{escaped}/{name}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_shipped_ffmpeg_is_preferred() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(locate("ffmpeg", Some(dir.path())), "ffmpeg");
        let shipped = dir.path().join("ffmpeg-linux");
        fs::write(&shipped, "").unwrap();
        assert_eq!(
            locate("ffmpeg", Some(dir.path())),
            shipped.to_str().unwrap()
        );
        assert_eq!(
            locate("/usr/bin/ffmpeg", Some(dir.path())),
            "/usr/bin/ffmpeg"
        );
        assert_eq!(locate("ffmpeg", None), "ffmpeg");
    }

    #[test]
    fn a_directory_that_exists_is_no_pattern() {
        let dir = tempfile::tempdir().unwrap();
        let directory = dir.path().join("shot[1]{a}");
        fs::create_dir(&directory).unwrap();
        let pattern = format!("{}/*.png", directory.display());
        assert_eq!(
            literal_directory(&pattern),
            format!("{}/shot\\[1\\]\\{{a\\}}/*.png", dir.path().display())
        );
        let real_pattern = format!("{}/shot*/*.png", dir.path().display());
        assert_eq!(literal_directory(&real_pattern), real_pattern);
        assert_eq!(literal_directory("*.png"), "*.png");
    }
}
