//! The names that Blender gives to its frame files. Pure: whether a file exists is not asked here.

use std::path::{Path, PathBuf};

/// Formats with the extensions that Blender takes for theirs; the first is the one it writes. Some formats have one
/// name in .blend files and another one on Blender's command line.
const FORMATS: &[(&str, &[&str])] = &[
    ("PNG", &["png"]),
    ("JPEG", &["jpg", "jpeg"]),
    ("OPEN_EXR", &["exr"]),
    ("OPEN_EXR_MULTILAYER", &["exr"]),
    ("MULTILAYER", &["exr"]),
    ("EXR", &["exr"]),
    ("TIFF", &["tif", "tiff"]),
    ("WEBP", &["webp"]),
    ("TGA", &["tga"]),
    ("RAWTGA", &["tga"]),
    ("BMP", &["bmp"]),
    ("HDR", &["hdr"]),
    ("IRIS", &["rgb", "rgba", "sgi"]),
    ("CINEON", &["cin"]),
    ("DPX", &["dpx"]),
    ("JP2", &["jp2", "j2c"]),
    ("TARGA", &["tga"]),
    ("TARGA_RAW", &["tga"]),
    ("JPEG2000", &["jp2", "j2c"]),
    ("AVIF", &["avif"]),
];

/// The extensions, without the dot, that Blender takes for those of a format; it writes the first. `None` for a format
/// that is not known, or is a film.
pub fn format_extensions(format: &str) -> Option<&'static [&'static str]> {
    let found = FORMATS.iter().find(|(known, _)| *known == format)?;
    Some(found.1)
}

/// The smallest number of digits of a frame number in a path without `#`.
const DIGITS: usize = 4;

/// The files that this frame may end up in. One for a known format; one for each picture format when only the
/// .blend file knows it; none for films. `//` at the start of `output` stands for `blend_dir`.
pub fn frame_file_candidates(
    output: &str,
    blend_dir: &Path,
    format: Option<&str>,
    adds_extension: bool,
    frame: i32,
) -> Vec<PathBuf> {
    let numbered = with_frame_number(output, frame);
    let formats: Vec<_> = match format {
        Some(name) => FORMATS
            .iter()
            .filter(|(known, _)| *known == name)
            .take(1)
            .collect(),
        None => FORMATS.iter().collect(),
    };
    let mut names: Vec<String> = formats
        .into_iter()
        .map(|(_, extensions)| {
            if adds_extension {
                with_extension(&numbered, extensions)
            } else {
                numbered.clone()
            }
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .iter()
        .map(|name| {
            name.strip_prefix("//")
                .map_or_else(|| PathBuf::from(name), |rest| blend_dir.join(rest))
        })
        .collect()
}

/// The last run of `#` in the file's name becomes the frame number, as wide as the run; without one the number is
/// appended.
pub fn with_frame_number(output: &str, frame: i32) -> String {
    let name_start = output.rfind(['/', '\\']).map_or(0, |slash| slash + 1);
    let (directory, name) = output.split_at(name_start);
    let Some(last) = name.rfind('#') else {
        return format!("{output}{}", digits(frame, DIGITS));
    };
    let (before, after) = (
        &name.get(..=last).unwrap_or_default(),
        name.get(last + 1..).unwrap_or_default(),
    );
    let stem = before.trim_end_matches('#');
    format!(
        "{directory}{stem}{}{after}",
        digits(frame, before.len() - stem.len())
    )
}

/// The sign does not count as a digit.
fn digits(frame: i32, width: usize) -> String {
    let sign = if frame < 0 { "-" } else { "" };
    format!("{sign}{:0width$}", frame.unsigned_abs())
}

/// Appends the extension, unless the name has one of the format's; another picture format's extension is replaced.
fn with_extension(name: &str, extensions: &[&str]) -> String {
    let has = |extension: &str| {
        name.len() > extension.len()
            && name.is_char_boundary(name.len() - extension.len() - 1)
            && name
                .get(name.len() - extension.len() - 1..)
                .is_some_and(|end| {
                    end.strip_prefix('.')
                        .is_some_and(|end| end.eq_ignore_ascii_case(extension))
                })
    };
    if extensions.iter().any(|extension| has(extension)) {
        return name.to_owned();
    }
    let stem = FORMATS
        .iter()
        .flat_map(|(_, extensions)| *extensions)
        .find(|extension| has(extension))
        .and_then(|extension| name.get(..name.len() - extension.len() - 1))
        .unwrap_or(name);
    format!("{stem}.{}", extensions.first().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, format: &str, frame: i32, expected: &str) {
        let files = frame_file_candidates(output, Path::new("/blend"), Some(format), true, frame);
        assert_eq!(files, [PathBuf::from(expected)]);
    }

    /// Each of these was seen in the output of a Blender 3.4.1.
    #[test]
    fn names_that_a_real_blender_gave() {
        check("/tmp/out/f-######", "PNG", 1, "/tmp/out/f-000001.png");
        check("/tmp/out/fr.png", "PNG", 3, "/tmp/out/fr.png0003.png");
        check("//o3/fr##_##.jpg", "PNG", 3, "/blend/o3/fr##_03.png");
        check(
            "//o3/x##.png",
            "OPEN_EXR_MULTILAYER",
            10,
            "/blend/o3/x10.exr",
        );
        check("//o3/x##.blah", "JPEG", 3, "/blend/o3/x03.blah.jpg");
        check("//o3/rel", "JPEG", 4, "/blend/o3/rel0004.jpg");
        check("o4/#r##", "TIFF", 3, "o4/#r03.tif");
        let bare = frame_file_candidates(
            "//o3/dir/",
            Path::new("/blend"),
            Some("OPEN_EXR_MULTILAYER"),
            false,
            3,
        );
        assert_eq!(bare, [PathBuf::from("/blend/o3/dir/0003")]);
    }

    #[test]
    fn numbers_may_be_wider_than_their_place_and_negative() {
        check("/o/##", "PNG", 12345, "/o/12345.png");
        check("/o/####", "PNG", -7, "/o/-0007.png");
        check("/o.d##/a", "PNG", 7, "/o.d##/a0007.png");
    }

    #[test]
    fn an_extension_of_the_format_is_kept() {
        check("/o/###.jpeg", "JPEG", 7, "/o/007.jpeg");
        check("/o/###.PNG", "PNG", 7, "/o/007.PNG");
        check("/o/ü", "PNG", 7, "/o/ü0007.png");
    }

    #[test]
    fn an_unknown_format_gives_every_picture_and_a_film_none() {
        let any = frame_file_candidates("/o/#", Path::new("/"), None, true, 7);
        assert!(
            any.contains(&PathBuf::from("/o/7.png")) && any.contains(&PathBuf::from("/o/7.exr"))
        );
        assert_eq!(any.iter().filter(|file| file.ends_with("7.exr")).count(), 1);
        assert!(frame_file_candidates("/o/#", Path::new("/"), Some("FFMPEG"), true, 7).is_empty());
    }
}
