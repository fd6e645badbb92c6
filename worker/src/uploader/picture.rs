//! Makes a small JPEG of a picture file, as it would look on black. Decodes by content, whatever the name says.

use std::io::{self, BufReader};
use std::path::Path;

use farandole_frames::open_regular;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits, RgbImage, imageops};

use super::exr_colours::read_exr;

/// Wider pictures are made smaller.
const MOST_WIDTH: u32 = 1920;

const JPEG_QUALITY: u8 = 85;

/// Pictures that need more memory than this are not shown.
const MAX_MEMORY: u64 = 1 << 30;

/// Why a picture is not shown.
#[derive(Debug, thiserror::Error)]
pub enum PictureFault {
    /// It is none, or of a kind that is not decoded here.
    #[error("its format is not known here")]
    UnknownFormat,
    /// It cannot be read.
    #[error("cannot read it")]
    Io(#[from] io::Error),
    /// It cannot be decoded or made small.
    #[error("cannot convert it")]
    Image(#[from] ImageError),
    /// It is an OpenEXR file that cannot be decoded.
    #[error("cannot decode it")]
    Exr(#[from] exr::error::Error),
}

/// The picture as a JPEG of at most 1920 pixels in width. Reads and decodes all of the file.
pub fn jpeg_of(path: &Path) -> Result<Vec<u8>, PictureFault> {
    let picture = small(read(path)?);
    let mut jpeg = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY))?;
    Ok(jpeg)
}

fn read(path: &Path) -> Result<RgbImage, PictureFault> {
    let mut reader = ImageReader::new(BufReader::new(open_regular(path)?)).with_guessed_format()?;
    match reader.format() {
        Some(ImageFormat::OpenExr) => return Ok(read_exr(path)?),
        Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Tiff | ImageFormat::WebP) => {}
        _ => return Err(PictureFault::UnknownFormat),
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    Ok(on_black(reader.decode()?))
}

/// What is transparent shows black.
fn on_black(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0;
        to.0 = [red, green, blue].map(|colour| dim(colour, alpha));
    }
    flat
}

fn dim(colour: u8, alpha: u8) -> u8 {
    let product = u16::from(colour) * u16::from(alpha);
    u8::try_from((product + 127) / 255).unwrap_or(u8::MAX)
}

fn small(picture: RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    if width <= MOST_WIDTH {
        return picture;
    }
    let height = u64::from(height) * u64::from(MOST_WIDTH) / u64::from(width);
    imageops::thumbnail(
        &picture,
        MOST_WIDTH,
        u32::try_from(height).unwrap_or(u32::MAX).max(1),
    )
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbaImage};

    use super::*;

    fn jpeg(name: &str, write: impl FnOnce(&Path)) -> RgbImage {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        write(&path);
        let jpeg = jpeg_of(&path).unwrap();
        assert_eq!(jpeg[..2], [0xff, 0xd8]);
        image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg)
            .unwrap()
            .into_rgb8()
    }

    #[track_caller]
    fn assert_about(pixel: Rgb<u8>, expected: [u8; 3]) {
        let near = pixel
            .0
            .iter()
            .zip(expected)
            .all(|(is, should)| is.abs_diff(should) <= 6);
        assert!(near, "{pixel:?} is not about {expected:?}");
    }

    #[test]
    fn every_format_is_shown_whatever_its_name() {
        for format in [
            ImageFormat::Jpeg,
            ImageFormat::Png,
            ImageFormat::Tiff,
            ImageFormat::WebP,
        ] {
            let shown = jpeg("picture", |path| {
                RgbImage::from_pixel(32, 16, Rgb([200, 100, 50]))
                    .save_with_format(path, format)
                    .unwrap();
            });
            assert_eq!(shown.dimensions(), (32, 16));
            assert_about(*shown.get_pixel(9, 9), [200, 100, 50]);
        }
    }

    #[test]
    fn transparency_shows_black() {
        let shown = jpeg("a.png", |path| {
            RgbaImage::from_fn(32, 16, |x, _| {
                image::Rgba([200, 100, 50, if x < 16 { 0 } else { 128 }])
            })
            .save(path)
            .unwrap();
        });
        assert_about(*shown.get_pixel(4, 8), [0, 0, 0]);
        assert_about(*shown.get_pixel(28, 8), [100, 50, 25]);
    }

    #[test]
    fn deep_pictures_keep_their_looks() {
        let shown = jpeg("a.png", |path| {
            let deep = image::ImageBuffer::from_pixel(16, 16, Rgb([0x8000_u16, 0x4000, 0xffff]));
            DynamicImage::ImageRgb16(deep).save(path).unwrap();
        });
        assert_about(*shown.get_pixel(8, 8), [128, 64, 255]);
    }

    #[test]
    fn linear_light_is_shown_as_screens_expect_it() {
        let shown = jpeg("a.exr", |path| {
            let linear = image::Rgb32FImage::from_pixel(16, 16, Rgb([0.5, 0.0, 7.0]));
            DynamicImage::ImageRgb32F(linear)
                .save_with_format(path, ImageFormat::OpenExr)
                .unwrap();
        });
        assert_about(*shown.get_pixel(8, 8), [188, 0, 255]);
    }

    #[test]
    fn wide_pictures_become_small() {
        let shown = jpeg("a.png", |path| {
            RgbImage::from_pixel(3840, 2160, Rgb([9, 9, 9]))
                .save(path)
                .unwrap();
        });
        assert_eq!(shown.dimensions(), (1920, 1080));
        let shown = jpeg("a.png", |path| RgbImage::new(20_000, 2).save(path).unwrap());
        assert_eq!(shown.dimensions(), (1920, 1));
    }

    #[test]
    fn what_is_no_picture_is_a_fault() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        std::fs::write(&path, "text").unwrap();
        assert!(matches!(jpeg_of(&path), Err(PictureFault::UnknownFormat)));
        assert!(matches!(
            jpeg_of(&dir.path().join("none")),
            Err(PictureFault::Io(_))
        ));
        RgbImage::new(50, 50).save(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(matches!(jpeg_of(&path), Err(PictureFault::Image(_))));
    }

    #[test]
    fn a_picture_that_needs_too_much_memory_is_refused() {
        // 20000 x 20000 pixels in two megabytes would decode to more than a gigabyte.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bomb.png");
        let mut bytes = io::Cursor::new(Vec::new());
        RgbImage::new(1, 1)
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        let mut bytes = bytes.into_inner();
        bytes[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
        std::fs::write(&path, bytes).unwrap();
        assert!(jpeg_of(&path).is_err());
    }
}
