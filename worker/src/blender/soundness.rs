//! Tells whether a picture file is whole: it decodes to its end. Formats that cannot be decoded here are only
//! looked at for emptiness, and whatever is doubtful counts as unknown: a good frame must never be taken for bad.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::{ImageError, ImageFormat, ImageReader, Limits};

/// Pictures that need more memory than this are not decoded.
const MAX_MEMORY: u64 = 1 << 30;

/// What is known about a picture file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Soundness {
    /// It decodes to its end.
    Sound,
    /// It is not there, cannot be read, or is in a format that is not decoded here.
    Unknown,
    /// Not a byte in it.
    Empty,
    /// It does not decode to its end; the text says why.
    Broken(String),
}

/// Why a picture was not decoded to its end.
enum Failure {
    Broken(String),
    Unknown,
}

/// Looks at a picture file. Reads and decodes all of it.
pub(super) fn soundness(path: &Path) -> Soundness {
    match path.metadata() {
        Ok(meta) if meta.is_file() && meta.len() == 0 => return Soundness::Empty,
        Ok(meta) if meta.is_file() => {}
        Ok(_) | Err(_) => return Soundness::Unknown,
    }
    // A decoder that panics says nothing about the picture.
    match catch_unwind(AssertUnwindSafe(|| decode(path))) {
        Ok(Ok(())) => Soundness::Sound,
        Ok(Err(Failure::Broken(why))) => Soundness::Broken(why),
        Ok(Err(Failure::Unknown)) | Err(_) => Soundness::Unknown,
    }
}

fn decode(path: &Path) -> Result<(), Failure> {
    let mut reader = ImageReader::new(BufReader::new(File::open(path)?)).with_guessed_format()?;
    let named = ImageFormat::from_path(path).ok();
    match reader.format() {
        Some(ImageFormat::OpenExr) => return check_exr(path),
        Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Tiff | ImageFormat::WebP) => {}
        None if is_decoded_here(named) => {
            return Err(Failure::Broken("it is no picture".to_owned()));
        }
        Some(_) | None => return Err(Failure::Unknown),
    }
    let format = reader.format();
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    reader.decode()?;
    // These two decoders are content when they have all pixels, or can make up the missing ones.
    match format {
        Some(ImageFormat::Png) => check_png_end(path),
        Some(ImageFormat::Jpeg) => check_jpeg_end(path),
        _ => Ok(()),
    }
}

fn is_decoded_here(format: Option<ImageFormat>) -> bool {
    matches!(
        format,
        Some(
            ImageFormat::Png
                | ImageFormat::Jpeg
                | ImageFormat::Tiff
                | ImageFormat::WebP
                | ImageFormat::OpenExr
        )
    )
}

/// All blocks of all layers are there. Their pixels are not looked at: most frames of this kind have layers that
/// the decoder for pictures does not know.
fn check_exr(path: &Path) -> Result<(), Failure> {
    let chunks = exr::block::read(BufReader::new(File::open(path)?), false)?.all_chunks(false)?;
    for chunk in chunks {
        chunk?;
    }
    Ok(())
}

/// The chain of chunks leads to the one that ends a PNG.
fn check_png_end(path: &Path) -> Result<(), Failure> {
    let mut file = BufReader::new(File::open(path)?);
    let length = file.get_ref().metadata()?.len();
    let mut position = file.seek(SeekFrom::Start(8))?;
    loop {
        let mut head = [0_u8; 8];
        file.read_exact(&mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        position += 12 + u64::from(u32::from_be_bytes([a, b, c, d]));
        if position > length {
            return Err(cut_off());
        }
        if kind == *b"IEND" {
            return Ok(());
        }
        file.seek(SeekFrom::Start(position))?;
    }
}

/// The chain of segments leads to the marker that ends a JPEG.
fn check_jpeg_end(path: &Path) -> Result<(), Failure> {
    const END_OF_IMAGE: u8 = 0xd9;
    let mut file = BufReader::new(File::open(path)?);
    loop {
        // Pixels come without a length, so what is not a marker is passed over; a marker's 0xff is doubled into
        // 0xff 0x00 where it is a pixel's.
        while next_byte(&mut file)? != 0xff {}
        let mut marker = 0xff;
        while marker == 0xff {
            marker = next_byte(&mut file)?;
        }
        match marker {
            END_OF_IMAGE => return Ok(()),
            // A pixel's 0xff, and markers that stand alone.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            _ => {
                let length = u16::from_be_bytes([next_byte(&mut file)?, next_byte(&mut file)?]);
                file.seek_relative(i64::from(length) - 2)?;
            }
        }
    }
}

fn next_byte(file: &mut impl Read) -> Result<u8, Failure> {
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

fn cut_off() -> Failure {
    Failure::Broken("it ends too early".to_owned())
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return cut_off();
        }
        // Trouble with the storage is not the picture's fault.
        Self::Unknown
    }
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Decoding(error) => Self::Broken(error.to_string()),
            ImageError::IoError(error) => error.into(),
            ImageError::Encoding(_)
            | ImageError::Parameter(_)
            | ImageError::Limits(_)
            | ImageError::Unsupported(_) => Self::Unknown,
        }
    }
}

impl From<exr::error::Error> for Failure {
    fn from(error: exr::error::Error) -> Self {
        match error {
            exr::error::Error::Invalid(why) => Self::Broken(why.into_owned()),
            exr::error::Error::Io(error) => error.into(),
            exr::error::Error::NotSupported(_) | exr::error::Error::Aborted => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn whole(format: ImageFormat) -> Vec<u8> {
        // Noise, so that there is something to cut in every format.
        let pixels = image::RgbImage::from_fn(61, 47, |x, y| {
            let noise = x
                .wrapping_mul(2_654_435_761)
                .wrapping_add(y.wrapping_mul(40_503))
                >> 3;
            let [r, g, b, _] = noise.to_le_bytes();
            image::Rgb([r, g, b])
        });
        let picture = image::DynamicImage::ImageRgb8(pixels);
        let picture = if format == ImageFormat::OpenExr {
            picture.to_rgb32f().into()
        } else {
            picture
        };
        let mut bytes = io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn of(name: &str, bytes: &[u8]) -> Soundness {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        soundness(&path)
    }

    const FORMATS: [(ImageFormat, &str); 5] = [
        (ImageFormat::Png, "f.png"),
        (ImageFormat::Jpeg, "f.jpg"),
        (ImageFormat::Tiff, "f.tif"),
        (ImageFormat::WebP, "f.webp"),
        (ImageFormat::OpenExr, "f.exr"),
    ];

    #[test]
    fn whole_pictures_are_sound() {
        for (format, name) in FORMATS {
            assert_eq!(of(name, &whole(format)), Soundness::Sound, "{name}");
        }
    }

    #[test]
    fn pictures_cut_anywhere_are_broken() {
        for (format, name) in FORMATS {
            let bytes = whole(format);
            for length in [
                20,
                bytes.len() / 3,
                bytes.len() / 2,
                bytes.len() * 9 / 10,
                bytes.len() - 1,
            ] {
                let verdict = of(name, &bytes[..length]);
                assert!(
                    matches!(verdict, Soundness::Broken(_)),
                    "{name} cut at {length} of {}: {verdict:?}",
                    bytes.len()
                );
            }
        }
    }

    #[test]
    fn a_picture_whose_end_is_zeros_is_broken() {
        // What a power cut leaves behind on some file systems.
        for (format, name) in [(ImageFormat::Png, "f.png"), (ImageFormat::Jpeg, "f.jpg")] {
            let mut bytes = whole(format);
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
            assert!(matches!(of(name, &bytes), Soundness::Broken(_)), "{name}");
            assert!(
                matches!(of(name, &vec![0; 5000]), Soundness::Broken(_)),
                "{name}"
            );
        }
    }

    #[test]
    fn empty_is_empty_whatever_the_name() {
        assert_eq!(of("f.png", b""), Soundness::Empty);
        assert_eq!(of("f.tga", b""), Soundness::Empty);
    }

    #[test]
    fn what_is_not_decoded_here_stays_unknown() {
        assert_eq!(of("f.tga", b"some bytes"), Soundness::Unknown);
        assert_eq!(of("f", b"some bytes"), Soundness::Unknown);
        assert_eq!(soundness(Path::new("/nonexistent.png")), Soundness::Unknown);
        assert_eq!(soundness(Path::new("/")), Soundness::Unknown);
    }

    #[test]
    fn a_layered_exr_without_plain_colours_is_sound() {
        use exr::prelude::{
            AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer, LayerAttributes,
            WritableImage,
        };
        let channel = |name: &str| AnyChannel::new(name, FlatSamples::F32(vec![0.5; 64 * 64]));
        let channels = [
            "View.Combined.B",
            "View.Combined.G",
            "View.Combined.R",
            "View.Depth.Z",
        ]
        .map(channel);
        let layer = Layer::new(
            (64, 64),
            LayerAttributes::default(),
            Encoding::FAST_LOSSLESS,
            AnyChannels::sort(channels.into_iter().collect()),
        );
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.exr");
        Image::from_layer(layer).write().to_file(&path).unwrap();
        assert_eq!(soundness(&path), Soundness::Sound);
        let bytes = fs::read(&path).unwrap();
        assert!(matches!(
            of("f.exr", &bytes[..bytes.len() / 2]),
            Soundness::Broken(_)
        ));
    }
}
