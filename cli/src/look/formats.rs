//! The formats that Blender writes. Pure.

use farandole_frames::format_extensions;

use crate::submission::nearest;

/// Formats that have another name on Blender's command line than in .blend files. Job types take both.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("TGA", "TARGA"),
    ("RAWTGA", "TARGA_RAW"),
    ("JP2", "JPEG2000"),
    ("EXR", "OPEN_EXR"),
    ("MULTILAYER", "OPEN_EXR_MULTILAYER"),
];

/// What people call formats that have another name in Blender.
const PLAIN_NAMES: [(&str, &str); 8] = [
    ("JPG", "JPEG"),
    ("EXR", "OPEN_EXR"),
    ("OPENEXR", "OPEN_EXR"),
    ("TIF", "TIFF"),
    ("SGI", "IRIS"),
    ("RGBE", "HDR"),
    ("TARGA", "TGA"),
    ("MP4", "FFMPEG"),
];

/// Formats with all frames in one file, which a farm cannot render in parts.
const VIDEOS: [&str; 4] = ["FFMPEG", "AVI_JPEG", "AVI_RAW", "THEORA"];

/// Formats that have no alpha channel.
const OPAQUE: [&str; 3] = ["JPEG", "HDR", "CINEON"];

/// The extension of the files of a format, with the dot; nothing for a format that is not known.
pub(crate) fn extension(format: &str) -> Option<String> {
    let first = format_extensions(format)?.first()?;
    Some(format!(".{first}"))
}

/// Whether Blender can write previews beside the files of a format.
pub(crate) fn has_previews(format: &str) -> bool {
    extension(format).is_some_and(|extension| extension == ".exr")
}

/// Whether an extension is one that Blender takes for the format's. True for a format that is not known.
pub(super) fn fits(format: &str, extension: &str) -> bool {
    let extension = extension.trim_start_matches('.');
    format_extensions(format).is_none_or(|known| {
        known
            .iter()
            .any(|known| known.eq_ignore_ascii_case(extension))
    })
}

/// Whether the format has all frames in one file.
pub(super) fn is_video(format: &str) -> bool {
    VIDEOS.contains(&format)
}

/// Whether the format has no alpha channel.
pub(super) fn is_opaque(format: &str) -> bool {
    OPAQUE.contains(&format)
}

/// Whether a Blender that writes these formats takes a name for one of them.
pub(super) fn is_written(format: &str, written: &[String]) -> bool {
    let other = OTHER_NAMES.iter().find(|(name, _)| *name == format);
    let name = other.map_or(format, |(_, name)| name);
    written.iter().any(|written| written == name)
}

/// The format that was probably meant.
pub(super) fn meant<'a>(format: &str, written: &'a [String]) -> Option<&'a str> {
    let upper = format.trim_start_matches('.').to_uppercase();
    let plain = PLAIN_NAMES.iter().find(|(name, _)| *name == upper);
    let wanted = plain.map_or(upper.as_str(), |(_, name)| name);
    let exact = written.iter().find(|written| *written == wanted);
    exact.map(String::as_str).or_else(|| {
        nearest(format, written.iter().map(String::as_str)).filter(|format| !is_video(format))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<String> {
        let names = [
            "BMP", "FFMPEG", "JPEG", "JPEG2000", "OPEN_EXR", "PNG", "TARGA", "TIFF",
        ];
        names.map(str::to_owned).to_vec()
    }

    #[test]
    fn a_format_has_the_names_of_files_and_of_the_command_line() {
        for name in ["PNG", "TARGA", "TGA", "JP2", "EXR"] {
            assert!(is_written(name, &written()), "{name}");
        }
        for name in ["JPG", "png", "WEBP", "RAWTGA", ""] {
            assert!(!is_written(name, &written()), "{name}");
        }
    }

    #[test]
    fn what_people_call_a_format_is_understood() {
        let check = |name, expected| assert_eq!(meant(name, &written()), expected, "{name}");
        check("JPG", Some("JPEG"));
        check("jpeg", Some("JPEG"));
        check("png", Some("PNG"));
        check("exr", Some("OPEN_EXR"));
        check("TIF", Some("TIFF"));
        check("TIFFF", Some("TIFF"));
        check("zzz", None);
    }

    #[test]
    fn the_extension_follows_the_format() {
        assert_eq!(extension("JPEG").as_deref(), Some(".jpg"));
        assert_eq!(extension("OPEN_EXR_MULTILAYER").as_deref(), Some(".exr"));
        assert_eq!(extension("FFMPEG"), None);
        assert!(fits("JPEG", ".JPEG") && fits("TARGA", ".tga") && fits("NEW", ".new"));
        assert!(!fits("JPEG", ".png"));
        assert!(has_previews("OPEN_EXR") && !has_previews("PNG"));
    }
}
