//! Tells whether a picture file is whole. Whatever is doubtful counts as unknown: a good frame must never be taken for
//! bad, whatever the storage does.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::failure::NotWholeError;
use crate::format::{Format, SIGNATURE_LENGTH, by_name, by_signature};
use crate::source::Source;
use crate::{decoded, headers, openexr};

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
    /// All of it. Of an OpenEXR file every chunk exists, and those in a lossless compression have been decoded
    /// unless the picture is very large.
    Decoded,
}

/// The width and height of a picture that is whole.
pub(crate) type Size = (u32, u32);

/// Looks at a picture file. Most formats are read and decoded as a whole, so this may take as long as that.
///
/// The content counts, not the name: Blender can be told to use any extension. The name matters when the content has
/// no known signature.
pub fn examine(path: &Path) -> Examined {
    match path.metadata() {
        Ok(meta) if meta.is_file() && meta.len() == 0 => return Examined::Empty,
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return Examined::Unknown("it is not a file".to_owned()),
        Err(error) => return not_opened(&error),
    }
    let source = match Source::open(path) {
        Ok(source) => source,
        Err(error) => return not_opened(&error),
    };
    let trouble = source.trouble();
    // A decoder that panics says nothing about the picture.
    let result = catch_unwind(AssertUnwindSafe(|| look(path, source)));
    if let Some(trouble) = trouble() {
        return Examined::Unknown(format!("it cannot be read: {trouble}"));
    }
    match result {
        Ok(Ok(picture)) => Examined::Whole(picture),
        Ok(Err(NotWholeError::Broken(why))) => Examined::Broken(why),
        Ok(Err(NotWholeError::Unknown(why))) => Examined::Unknown(why),
        Err(_) => Examined::Unknown("its decoder failed".to_owned()),
    }
}

fn not_opened(error: &io::Error) -> Examined {
    let is_missing = matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    );
    if is_missing {
        Examined::Missing
    } else {
        Examined::Unknown(format!("it cannot be read: {error}"))
    }
}

fn look(path: &Path, mut source: Source) -> Result<Picture, NotWholeError> {
    let head = source.head(SIGNATURE_LENGTH)?;
    let format = match (by_signature(&head), by_name(path)) {
        // The brand of an AVIF comes after what it has in common with films, and may be cut off.
        (Some(Format::Film), Some(Format::Avif)) => Format::Avif,
        (Some(format), _) | (None, Some(format @ (Format::Targa | Format::Film))) => format,
        (None, Some(_)) => return Err(NotWholeError::broken("it is not a picture")),
        (None, None) => return Err(NotWholeError::unknown("its format is not known here")),
    };
    let decoded = |size| Picture {
        size: Some(size),
        depth: Depth::Decoded,
    };
    let header_only = |size| Picture {
        size,
        depth: Depth::HeaderOnly,
    };
    match format {
        Format::Png => decoded::png(source).map(decoded),
        Format::Jpeg => decoded::jpeg(source).map(decoded),
        Format::Tiff => decoded::tiff(source).map(decoded),
        Format::WebP => decoded::webp(source).map(decoded),
        Format::OpenExr => openexr::check(&mut source).map(decoded),
        Format::Radiance => headers::radiance(&mut source).map(header_only),
        Format::Targa => headers::targa(&mut source).map(header_only),
        Format::Bmp => headers::bmp(&mut source).map(header_only),
        Format::Dpx => headers::dpx(&mut source).map(header_only),
        Format::Cineon => headers::cineon(&mut source).map(header_only),
        Format::Iris => headers::iris(&mut source).map(header_only),
        Format::Jp2 => headers::jp2(&mut source).map(header_only),
        Format::Jpeg2000Codestream => headers::codestream(&mut source).map(header_only),
        Format::Avif => headers::avif(&mut source).map(header_only),
        Format::Film => Ok(Picture {
            size: None,
            depth: Depth::ExistenceOnly,
        }),
        Format::Foreign => Err(NotWholeError::unknown("its format is not checked here")),
    }
}
