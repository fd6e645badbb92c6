//! Tells whether a picture file is whole: it decodes to its end. Formats that cannot be decoded here are only
//! looked at for emptiness, and whatever is doubtful counts as unknown: a good frame must never be taken for bad.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::{ImageError, ImageFormat, ImageReader, Limits};

/// Pictures that need more memory than this are not decoded.
const MAX_MEMORY: u64 = 1 << 30;

/// What a look at a picture file has shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Examined {
    /// The picture is whole, as far as it was looked at.
    Whole(Picture),
    /// There is no file of this name. A storage that is not mounted looks the same.
    Missing,
    /// The file has no content.
    Empty,
    /// The file is cut off or damaged. The text says why, in a clause such as "it ends too early".
    Broken(String),
    /// Nothing can be said: the file cannot be read, is too large, or is in an unknown format. The text says why, in
    /// a clause such as "its format is not known here".
    Unknown(String),
}

/// A picture that is whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Picture {
    /// The width and height in pixels, where the file tells them. Of an OpenEXR file it is the display window, which is
    /// what Blender calls the resolution: the data window is smaller when only a border was rendered.
    pub size: Option<(u32, u32)>,
    /// How much of the file was looked at.
    pub depth: Depth,
}

/// How closely a file was looked at.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Depth {
    /// Only that the file exists and has content, as with films.
    ExistenceOnly,
    /// The signature, the header, and the length as far as the header tells it.
    HeaderOnly,
    /// All of it.
    Decoded,
}

/// Why a picture was not decoded to its end.
enum Failure {
    Broken(String),
    Unknown,
}

/// Looks at a picture file. Reads and decodes all of it.
pub fn examine(path: &Path) -> Examined {
    match path.metadata() {
        Ok(meta) if meta.is_file() && meta.len() == 0 => return Examined::Empty,
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return Examined::Unknown("it is not a file".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Examined::Missing,
        Err(error) => return Examined::Unknown(format!("it cannot be read: {error}")),
    }
    // A decoder that panics says nothing about the picture.
    match catch_unwind(AssertUnwindSafe(|| decode(path))) {
        Ok(Ok(())) => Examined::Whole(Picture {
            size: None,
            depth: Depth::Decoded,
        }),
        Ok(Err(Failure::Broken(why))) => Examined::Broken(why),
        Ok(Err(Failure::Unknown)) | Err(_) => {
            Examined::Unknown("its format is not known here".to_owned())
        }
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
