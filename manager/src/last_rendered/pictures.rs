//! From a picture to its three sizes on disk. Blocking, and costly: only on threads for such work.

use std::fs;
use std::io::{self, Cursor, Write as _};
use std::path::Path;

use farandole_settings::{empty_private_file, make_private_folder};
use image::codecs::jpeg::JpegEncoder;
use image::error::{LimitError, LimitErrorKind};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, Rgb32FImage, RgbImage};

use crate::task_logs::paths::PICTURES;

/// Width and height of the pictures at most, in the order of [`PICTURES`].
const SIZES: [(u32, u32); 3] = [(1920, 1080), (600, 338), (200, 112)];

const JPEG_QUALITY: u8 = 85;

/// No frame is wider or higher; files that say so would take gigabytes.
const LARGEST_SIDE: u32 = 16_384;

/// The pixels of a picture at most: a frame of 8,192 × 4,320, and some more. Some decoders take several times the
/// memory of what they give, and a file of a few kilobytes can say to have any number of pixels.
const MOST_PIXELS: u64 = 36_000_000;

/// What a picture may take when it is decoded, in bytes.
const MOST_MEMORY: u64 = 256 << 20;

/// A picture cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum PictureFault {
    /// It is none that can be read.
    #[error("the picture cannot be read")]
    Unreadable(#[from] ImageError),
    /// There is no room for it.
    #[error("the picture cannot be written")]
    NotWritten(#[from] io::Error),
}

/// Writes the picture in all sizes into the folder, once all are made; whoever looks meanwhile sees the old ones whole.
/// The smallest, whose existence says that there are pictures, comes last.
pub(super) fn write_sizes(bytes: &[u8], folder: &Path) -> Result<(), PictureFault> {
    let mut picture = DynamicImage::ImageRgb8(decoded(bytes)?);
    let mut files = Vec::new();
    for (name, size) in PICTURES.into_iter().zip(SIZES) {
        // Each is made of the one before it, so that the sizes are the reference's to the pixel.
        if let Some((width, height)) = fitting((picture.width(), picture.height()), size) {
            picture = picture.resize_exact(width, height, FilterType::Lanczos3);
        }
        files.push((name, encoded(&picture)?));
    }
    make_private_folder(folder)?;
    for (name, jpeg) in files {
        // Not synced: after a power cut the next picture is not far.
        let unfinished = folder.join(format!("{name}~"));
        empty_private_file(&unfinished)?.write_all(&jpeg)?;
        fs::rename(&unfinished, folder.join(name))?;
    }
    Ok(())
}

/// Removes the pictures, and the folder if nothing else is in it.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    for name in PICTURES {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    // Folders that are not empty, or gone already, are left as they are.
    if fs::remove_dir(folder).is_ok()
        && let Some(parent) = folder.parent()
    {
        drop(fs::remove_dir(parent));
    }
    Ok(())
}

/// The width and height that fit, or `None` if the picture does already: it is never enlarged.
fn fitting(
    (width, height): (u32, u32),
    (most_width, most_height): (u32, u32),
) -> Option<(u32, u32)> {
    if width <= most_width && height <= most_height {
        return None;
    }
    let scaled = |side: u32, most: u32, by: u32| {
        let side = u64::from(side) * u64::from(most) / u64::from(by.max(1));
        u32::try_from(side).unwrap_or(most).max(1)
    };
    let is_wider =
        u64::from(width) * u64::from(most_height) > u64::from(height) * u64::from(most_width);
    Some(if is_wider {
        (most_width, scaled(height, most_width, width))
    } else {
        (scaled(width, most_height, height), most_height)
    })
}

fn decoded(bytes: &[u8]) -> Result<RgbImage, ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(ImageError::IoError)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder()?;
    check_size(&decoder)?;
    let picture = DynamicImage::from_decoder(decoder)?;
    let is_linear = matches!(
        picture,
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_)
    );
    Ok(if is_linear {
        developed(&picture.into_rgb32f())
    } else if picture.color().has_alpha() {
        on_black(&picture)
    } else {
        picture.into_rgb8()
    })
}

/// Refuses what is too large before any of it is decoded: not every decoder looks at its limits by itself.
fn check_size(decoder: &impl ImageDecoder) -> Result<(), ImageError> {
    let (width, height) = decoder.dimensions();
    let is_too_large = width > LARGEST_SIDE
        || height > LARGEST_SIDE
        || u64::from(width) * u64::from(height) > MOST_PIXELS
        || decoder.total_bytes() > MOST_MEMORY;
    if is_too_large {
        let kind = LimitErrorKind::DimensionError;
        return Err(ImageError::Limits(LimitError::from_kind(kind)));
    }
    Ok(())
}

/// Light as a screen shows it: the numbers in a film format are proportional to light, those in a JPEG are not.
fn developed(linear: &Rgb32FImage) -> RgbImage {
    let mut picture = RgbImage::new(linear.width(), linear.height());
    for (shown, light) in picture.iter_mut().zip(linear.iter()) {
        *shown = encoded_light(*light);
    }
    picture
}

fn encoded_light(light: f32) -> u8 {
    // What is no number is dark.
    let light = if light > 0.0 { light.min(1.0) } else { 0.0 };
    let shown = if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 255"
    )]
    let byte = (shown * 255.0).round() as u8;
    byte
}

/// A JPEG has no transparency; where nothing was rendered, it is black.
fn on_black(picture: &DynamicImage) -> RgbImage {
    let with_alpha = picture.to_rgba8();
    let mut opaque = RgbImage::new(with_alpha.width(), with_alpha.height());
    for (shown, [red, green, blue, alpha]) in opaque
        .pixels_mut()
        .zip(with_alpha.pixels().map(|pixel| pixel.0))
    {
        shown.0 = [red, green, blue].map(|part| {
            let part = (u16::from(part) * u16::from(alpha) + 127) / 255;
            u8::try_from(part).unwrap_or(u8::MAX)
        });
    }
    opaque
}

fn encoded(picture: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let mut jpeg = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY))?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, Rgba, Rgba32FImage, RgbaImage};
    use tempfile::TempDir;

    use super::*;

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn grey(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, Rgb([128, 128, 128])))
    }

    fn made(bytes: &[u8]) -> (TempDir, Vec<DynamicImage>) {
        let folder = tempfile::tempdir().unwrap();
        write_sizes(bytes, &folder.path().join("job")).unwrap();
        let pictures = PICTURES.iter().map(|name| {
            let file = fs::read(folder.path().join("job").join(name)).unwrap();
            image::load_from_memory_with_format(&file, ImageFormat::Jpeg).unwrap()
        });
        let pictures = pictures.collect();
        (folder, pictures)
    }

    /// The sizes of the recorded exchanges, and some beyond.
    #[test]
    fn pictures_fit_and_are_never_enlarged() {
        for (size, expected) in [
            ((320, 200), [(320, 200), (320, 200), (179, 112)]),
            ((2400, 800), [(1920, 640), (600, 200), (200, 66)]),
            ((100, 400), [(100, 400), (84, 338), (27, 112)]),
            ((16, 12), [(16, 12), (16, 12), (16, 12)]),
            ((1920, 1080), [(1920, 1080), (600, 337), (199, 112)]),
            ((4000, 1), [(1920, 1), (600, 1), (200, 1)]),
            ((1, 3000), [(1, 1080), (1, 338), (1, 112)]),
        ] {
            let (_, pictures) = made(&file(&grey(size.0, size.1), ImageFormat::Png));
            let sizes: Vec<(u32, u32)> = pictures
                .iter()
                .map(|it| (it.width(), it.height()))
                .collect();
            assert_eq!(sizes, expected, "{size:?}");
        }
    }

    #[test]
    fn the_format_is_found_in_the_file() {
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Tiff,
        ] {
            let (_, pictures) = made(&file(&grey(50, 50), format));
            assert!(
                pictures[0].to_rgb8().get_pixel(25, 25).0[0].abs_diff(128) <= 2,
                "{format:?}"
            );
        }
    }

    #[test]
    fn film_formats_are_developed() {
        let linear = Rgba32FImage::from_fn(32, 8, |x, _| {
            let light = if x < 16 { 0.5 } else { 20.0 };
            Rgba([light, light, light, 1.0])
        });
        let (_, pictures) = made(&file(
            &DynamicImage::ImageRgba32F(linear),
            ImageFormat::OpenExr,
        ));
        let shown = pictures[0].to_rgb8();
        assert!(shown.get_pixel(4, 4).0[0].abs_diff(188) <= 3);
        assert!(shown.get_pixel(28, 4).0[0] >= 252);
        assert_eq!(
            (
                encoded_light(f32::NAN),
                encoded_light(-1.0),
                encoded_light(0.002)
            ),
            (0, 0, 7)
        );
    }

    #[test]
    fn what_is_transparent_is_black() {
        let clear = RgbaImage::from_pixel(16, 16, Rgba([255, 255, 255, 0]));
        let (_, pictures) = made(&file(&DynamicImage::ImageRgba8(clear), ImageFormat::Png));
        assert_eq!(pictures[0].to_rgb8().get_pixel(8, 8).0, [0, 0, 0]);
        let half = DynamicImage::ImageRgba8(RgbaImage::from_pixel(1, 1, Rgba([255, 100, 0, 128])));
        assert_eq!(on_black(&half).get_pixel(0, 0).0, [128, 50, 0]);
    }

    #[test]
    fn what_is_no_picture_changes_nothing() {
        let (folder, _) = made(&file(&grey(50, 50), ImageFormat::Png));
        let job = folder.path().join("job");
        let before = fs::read(job.join(PICTURES[0])).unwrap();
        let png = file(&grey(64, 64), ImageFormat::Png);
        for bytes in [
            &b""[..],
            b"this is no image",
            &png[..png.len() / 2],
            b"\x89PNG\r\n\x1a\n",
        ] {
            assert!(matches!(
                write_sizes(bytes, &job),
                Err(PictureFault::Unreadable(_))
            ));
        }
        assert_eq!(fs::read(job.join(PICTURES[0])).unwrap(), before);
        assert_eq!(fs::read_dir(&job).unwrap().count(), 3);
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("job"), "in its place").unwrap();
        let written = write_sizes(
            &file(&grey(8, 8), ImageFormat::Png),
            &folder.path().join("job"),
        );
        assert!(matches!(written, Err(PictureFault::NotWritten(_))));
    }

    #[test]
    fn sixteen_bits_and_greys_are_shown_as_they_are() {
        let deep = DynamicImage::ImageRgb16(grey(16, 16).into_rgb16());
        let flat = DynamicImage::ImageLuma8(grey(16, 16).into_luma8());
        for picture in [deep, flat] {
            let (_, pictures) = made(&file(&picture, ImageFormat::Png));
            assert!(pictures[2].to_rgb8().get_pixel(8, 8).0[1].abs_diff(128) <= 2);
        }
    }

    /// A lossless WebP of one colour takes some bytes for any number of pixels.
    #[test]
    fn small_files_of_many_pixels_are_refused_in_every_format() {
        let large = DynamicImage::ImageLuma8(image::GrayImage::new(8_192, 8_192));
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Tiff,
        ] {
            let folder = tempfile::tempdir().unwrap();
            match write_sizes(&file(&large, format), folder.path()) {
                Err(PictureFault::Unreadable(ImageError::Limits(_))) => {}
                other => panic!("{format:?}: {other:?}"),
            }
        }
        let frame = DynamicImage::ImageLuma8(image::GrayImage::new(8_192, 4_320));
        assert_eq!(made(&file(&frame, ImageFormat::WebP)).1[0].width(), 1_920);
    }

    #[test]
    fn a_small_file_that_says_to_be_huge_is_refused() {
        let mut png = file(&grey(1, 1), ImageFormat::Png);
        // Width and height are the first two numbers of the header, which ends with its checksum.
        png[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        png[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        let checksum = png[12..29].iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
            })
        });
        png[29..33].copy_from_slice(&(!checksum).to_be_bytes());
        let folder = tempfile::tempdir().unwrap();
        match write_sizes(&png, folder.path()) {
            Err(PictureFault::Unreadable(ImageError::Limits(_))) => {}
            other => panic!("{other:?}"),
        }
    }
}
