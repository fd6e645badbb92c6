//! How pictures are passed to FFmpeg. That depends on their format, which is recognised by the content of the file, as
//! for thumbnails.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use farandole_frames::open_regular;

use crate::uploader::shown_layer;

/// The number of bytes that are enough to know a picture: the depth of a DPX file is at 803.
const HEAD: u64 = 804;

/// What is done to the pictures of a video.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Reading {
    /// They are linked.
    Linked {
        /// The extension of the links. FFmpeg chooses its decoder by it.
        extension: String,
        /// What the decoder has to be told.
        options: Vec<String>,
        /// Whether colours have yet to be multiplied with their alpha.
        has_straight_alpha: bool,
    },
    /// FFmpeg 5.1 has no decoder, so they are converted to PNG.
    Converted,
    /// There is no way to read them; the text says why.
    LeftOut(&'static str),
}

/// Looks at a picture. All of a video are taken to be of one kind.
pub(super) fn reading(path: &Path) -> io::Result<Reading> {
    let mut file = open_regular(path)?;
    let mut head = Vec::new();
    Read::by_ref(&mut file).take(HEAD).read_to_end(&mut head)?;
    let linked = |extension: &str, has_straight_alpha| Reading::Linked {
        extension: extension.to_owned(),
        options: Vec::new(),
        has_straight_alpha,
    };
    Ok(match signature(&head) {
        Signature::Known(extension) => linked(extension, true),
        Signature::Tiff => linked("tif", !has_associated_alpha(&mut file).unwrap_or(false)),
        // With more than 8 bits, Blender writes colours that are multiplied with their alpha.
        Signature::Dpx => linked("dpx", head.get(803).is_none_or(|bits| *bits <= 8)),
        Signature::OpenExr => Reading::Linked {
            extension: "exr".to_owned(),
            options: exr_options(path)?,
            has_straight_alpha: false,
        },
        Signature::Radiance => Reading::Converted,
        Signature::Cineon => Reading::LeftOut("FFmpeg cannot read Cineon pictures"),
        Signature::Avif => Reading::LeftOut("FFmpeg cannot read a sequence of AVIF pictures"),
        // TARGA has no signature. FFmpeg may know other formats by their extension.
        Signature::None => {
            let extension = path.extension().unwrap_or_default();
            linked(&extension.to_string_lossy().to_lowercase(), true)
        }
    })
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Signature {
    /// FFmpeg knows it by this extension.
    Known(&'static str),
    Tiff,
    Dpx,
    OpenExr,
    Radiance,
    Cineon,
    Avif,
    None,
}

fn signature(head: &[u8]) -> Signature {
    const SIGNATURES: &[(&[u8], Signature)] = &[
        (b"\x89PNG\r\n\x1a\n", Signature::Known("png")),
        (b"\xff\xd8\xff", Signature::Known("jpg")),
        (b"BM", Signature::Known("bmp")),
        // IRIS. Blender names these files `.rgb`, by which FFmpeg does not know them.
        (b"\x01\xda", Signature::Known("sgi")),
        (b"\0\0\0\x0cjP  \r\n\x87\n", Signature::Known("jp2")),
        (b"\xff\x4f\xff\x51", Signature::Known("j2k")),
        (b"II*\0", Signature::Tiff),
        (b"MM\0*", Signature::Tiff),
        (b"SDPX", Signature::Dpx),
        (b"XPDS", Signature::Dpx),
        (b"\x76\x2f\x31\x01", Signature::OpenExr),
        (b"#?RADIANCE", Signature::Radiance),
        (b"#?RGBE", Signature::Radiance),
        (b"\x80\x2a\x5f\xd7", Signature::Cineon),
        (b"\xd7\x5f\x2a\x80", Signature::Cineon),
    ];
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Signature::Known("webp");
    }
    if head.get(4..8) == Some(b"ftyp") && head.get(8..11) == Some(b"avi") {
        return Signature::Avif;
    }
    SIGNATURES
        .iter()
        .find(|(start, _)| head.starts_with(start))
        .map_or(Signature::None, |(_, signature)| *signature)
}

/// Has linear light converted to sRGB, and selects the layer that thumbnails show.
fn exr_options(path: &Path) -> io::Result<Vec<String>> {
    let mut options = vec!["-apply_trc".to_owned(), "iec61966_2_1".to_owned()];
    if let Some(layer) = shown_layer(path).map_err(io::Error::other)? {
        options.extend(["-layer".to_owned(), layer]);
    }
    Ok(options)
}

/// Whether the colours of a TIFF are multiplied with their alpha: Blender does so with 16 bits a channel, not with 8.
fn has_associated_alpha(file: &mut File) -> io::Result<bool> {
    const EXTRA_SAMPLES: u16 = 338;
    const ASSOCIATED: u16 = 1;
    let mut head = [0; 8];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut head)?;
    let is_little = head.starts_with(b"II");
    let short = |bytes: [u8; 2]| {
        if is_little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        }
    };
    let [_, _, _, _, offset @ ..] = head;
    let offset = if is_little {
        u32::from_le_bytes(offset)
    } else {
        u32::from_be_bytes(offset)
    };
    file.seek(SeekFrom::Start(offset.into()))?;
    let mut count = [0; 2];
    file.read_exact(&mut count)?;
    for _ in 0..short(count) {
        let mut entry = [0; 12];
        file.read_exact(&mut entry)?;
        let [tag_a, tag_b, _, _, _, _, _, _, value_a, value_b, ..] = entry;
        if short([tag_a, tag_b]) == EXTRA_SAMPLES {
            return Ok(short([value_a, value_b]) == ASSOCIATED);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(name: &str, bytes: &[u8]) -> io::Result<Reading> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        reading(&path)
    }

    #[track_caller]
    fn check(name: &str, bytes: &[u8], extension: &str, has_straight_alpha: bool) {
        let expected = Reading::Linked {
            extension: extension.to_owned(),
            options: Vec::new(),
            has_straight_alpha,
        };
        assert_eq!(read(name, bytes).unwrap(), expected);
    }

    #[test]
    fn pictures_are_known_by_their_content() {
        check("a.jpg", b"\x89PNG\r\n\x1a\n....", "png", true);
        check("a.png", b"\xff\xd8\xff\xe0", "jpg", true);
        check("a.rgb", b"\x01\xda\x01\x01", "sgi", true);
        check("a", b"RIFF....WEBPVP8 ", "webp", true);
        check("a.TGA", b"\0\0\x02\0", "tga", true);
        check("a.new", b"something else", "new", true);
        assert_eq!(read("a", b"#?RADIANCE\n").unwrap(), Reading::Converted);
        for left_out in [&b"\x80\x2a\x5f\xd7...."[..], b"\0\0\0\x20ftypavif"] {
            let reading = read("a", left_out).unwrap();
            assert!(matches!(reading, Reading::LeftOut(_)), "{reading:?}");
        }
    }

    #[test]
    fn alpha_may_be_in_the_colours_already() {
        let entry = |value: u8| {
            let mut tiff = b"II*\0\x08\0\0\0\x01\0".to_vec();
            tiff.extend([0x52, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0]);
            tiff
        };
        check("a.tif", &entry(1), "tif", false);
        check("a.tif", &entry(2), "tif", true);
        check("a.tif", b"MM\0*\0\0\0\x08\0\x01", "tif", true);
        let mut dpx = vec![0; 900];
        dpx[..4].copy_from_slice(b"SDPX");
        dpx[803] = 8;
        check("a.dpx", &dpx, "dpx", true);
        dpx[803] = 12;
        check("a.dpx", &dpx, "dpx", false);
    }

    #[test]
    fn a_broken_exr_is_an_error() {
        assert!(read("a.exr", b"\x76\x2f\x31\x01").is_err());
    }
}
