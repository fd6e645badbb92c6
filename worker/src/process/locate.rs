//! Finds programs that were shipped with the Worker.

use std::path::Path;

/// A bare `ffmpeg` is the one that was shipped with the Worker, if there is one; everything else is used as given.
pub fn locate(exe: &str, tools: Option<&Path>) -> String {
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
}
