//! From a picture to its three sizes on disk. Blocking, and costly: only on threads for such work.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader, Limits, RgbImage};

use crate::task_logs::paths::PICTURES;

/// The largest sides of the three sizes, as in [`PICTURES`].
const SIZES: [(u32, u32); 3] = [(1920, 1080), (600, 338), (200, 112)];
const QUALITY: u8 = 85;
/// No picture may take more memory than this while it is read: 8K in 16 bits.
const MEMORY: u64 = 512 << 20;
const LONGEST_SIDE: u32 = 20_000;

/// A picture cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum PictureFault {
    /// It is none that can be read.
    #[error("the picture cannot be read")]
    Unreadable(#[from] image::ImageError),
    /// There is no room for it.
    #[error("the picture cannot be written")]
    NotWritten(#[from] io::Error),
}

/// Writes the picture in all sizes into the folder; whoever looks meanwhile sees the old ones whole.
pub(super) fn write_sizes(bytes: &[u8], folder: &Path) -> Result<(), PictureFault> {
    let mut picture = decode(bytes)?;
    fs::create_dir_all(folder)?;
    for ((width, height), name) in SIZES.into_iter().zip(PICTURES) {
        // Each from the one before, never larger than it is.
        if picture.width() > width || picture.height() > height {
            picture = picture.resize(width, height, FilterType::Lanczos3);
        }
        write(&picture.to_rgb8(), folder, name)?;
    }
    Ok(())
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, PictureFault> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits);
    Ok(reader.decode()?)
}

fn write(picture: &RgbImage, folder: &Path, name: &str) -> Result<(), PictureFault> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(picture)?;
    let unfinished = folder.join(format!("{name}~"));
    fs::write(&unfinished, jpeg)?;
    fs::rename(&unfinished, folder.join(name))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([u8::from(x % 2 == 0) * 200, u8::from(y % 3 == 0) * 90, 128])
        });
        picture
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    }

    fn sizes(bytes: &[u8]) -> Vec<(u32, u32)> {
        let folder = tempfile::tempdir().unwrap();
        write_sizes(bytes, folder.path()).unwrap();
        PICTURES
            .iter()
            .map(|name| image::image_dimensions(folder.path().join(name)).unwrap())
            .collect()
    }

    #[test]
    fn a_large_picture_is_made_to_fit_and_a_small_one_is_never_enlarged() {
        assert_eq!(
            sizes(&png(2400, 1350)),
            [(1920, 1080), (600, 338), (199, 112)]
        );
        assert_eq!(sizes(&png(100, 50)), [(100, 50); 3]);
    }

    #[test]
    fn what_is_no_picture_is_an_error_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut cut = png(64, 64);
        cut.truncate(100);
        for bytes in [&b"no picture"[..], &cut, &[]] {
            assert!(write_sizes(bytes, folder.path()).is_err());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
