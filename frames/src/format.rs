//! Recognises picture formats by their first bytes, and by the names of files.

use std::path::Path;

/// A format that is checked here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// TIFF, also its variant with large offsets.
    Tiff,
    /// WebP.
    WebP,
    /// OpenEXR.
    OpenExr,
    /// Radiance HDR.
    Radiance,
    /// TARGA, which has no signature at its start.
    Targa,
    /// BMP.
    Bmp,
    /// DPX.
    Dpx,
    /// Cineon.
    Cineon,
    /// SGI, which Blender calls IRIS.
    Iris,
    /// JPEG 2000 in its container.
    Jp2,
    /// JPEG 2000 without a container.
    Jpeg2000Codestream,
    /// AVIF.
    Avif,
    /// A film in any container.
    Film,
    /// A picture in a format that Blender does not write.
    Foreign,
}

/// The number of bytes at the start of a file that [`by_signature`] needs.
pub(crate) const SIGNATURE_LENGTH: u64 = 16;

/// The format that the first bytes of a file show.
pub(crate) fn by_signature(head: &[u8]) -> Option<Format> {
    Some(match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Format::Png,
        [0xff, 0xd8, 0xff, ..] => Format::Jpeg,
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Format::Tiff,
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Format::WebP,
        [0x76, 0x2f, 0x31, 0x01, ..] => Format::OpenExr,
        [b'#', b'?', ..] => Format::Radiance,
        [b'S', b'D', b'P', b'X', ..] | [b'X', b'P', b'D', b'S', ..] => Format::Dpx,
        [0x80, 0x2a, 0x5f, 0xd7, ..] | [0xd7, 0x5f, 0x2a, 0x80, ..] => Format::Cineon,
        [0x01, 0xda, 0 | 1, 1 | 2, 0, 1..=3, ..] => Format::Iris,
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] => Format::Jp2,
        [0xff, 0x4f, 0xff, 0x51, ..] => Format::Jpeg2000Codestream,
        [
            _,
            _,
            _,
            _,
            b'f',
            b't',
            b'y',
            b'p',
            b'a',
            b'v',
            b'i',
            b'f' | b's',
            ..,
        ] => Format::Avif,
        [_, _, _, _, b'f', b't', b'y', b'p', ..]
        | [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'A',
            b'V',
            b'I',
            b' ',
            ..,
        ]
        | [0x1a, 0x45, 0xdf, 0xa3, ..]
        | [b'O', b'g', b'g', b'S', ..]
        | [b'F', b'L', b'V', 1, ..]
        | [0, 0, 1, 0xba, ..] => Format::Film,
        [b'G', b'I', b'F', b'8', ..]
        | [b'8', b'B', b'P', b'S', ..]
        | [b'D', b'D', b'S', b' ', ..] => Format::Foreign,
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Format::Bmp,
        _ => return None,
    })
}

/// The format that the extension of a file's name promises.
pub(crate) fn by_name(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "png" => Format::Png,
        "jpg" | "jpeg" => Format::Jpeg,
        "tif" | "tiff" => Format::Tiff,
        "webp" => Format::WebP,
        "exr" => Format::OpenExr,
        "hdr" => Format::Radiance,
        "tga" => Format::Targa,
        "bmp" => Format::Bmp,
        "dpx" => Format::Dpx,
        "cin" => Format::Cineon,
        "rgb" | "rgba" | "sgi" | "bw" => Format::Iris,
        "jp2" => Format::Jp2,
        "j2c" | "j2k" => Format::Jpeg2000Codestream,
        "avif" => Format::Avif,
        "avi" | "dv" | "flv" | "m4v" | "mkv" | "mov" | "mp4" | "mpeg" | "mpg" | "ogg" | "ogv"
        | "ts" | "webm" => Format::Film,
        _ => return None,
    })
}
