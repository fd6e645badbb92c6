//! Decodes a TIFF strip by strip or tile by tile.

use tiff::TiffError;
use tiff::decoder::{ChunkType, Decoder, Limits};

use super::MAX_MEMORY;
use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// No compression of TIFF makes a strip smaller than this part of it. A file that claims more has not got its pixels,
/// and nothing is allocated for it.
const MAX_RATIO: usize = 4096;

/// More bytes of the tables in the header are not read.
const MAX_TABLE: usize = 1 << 24;

/// All strips or tiles of the first picture decode.
pub(crate) fn check(source: Source) -> Result<Size, NotWholeError> {
    let length = usize::try_from(source.length()).map_err(|_| NotWholeError::too_large())?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_MEMORY;
    limits.intermediate_buffer_size = MAX_MEMORY;
    limits.ifd_value_size = MAX_TABLE;
    let mut decoder = Decoder::new(source)?.with_limits(limits);
    let size = decoder.dimensions()?;
    let count = match decoder.get_chunk_type() {
        ChunkType::Strip => decoder.strip_count()?,
        ChunkType::Tile => decoder.tile_count()?,
    };
    for index in 0..count {
        let needed = decoder.image_chunk_buffer_layout(index)?.len;
        if needed / MAX_RATIO > length {
            return Err(NotWholeError::cut_off());
        }
        decoder.read_chunk(index)?;
    }
    check_tags(&mut decoder)?;
    Ok(size)
}

/// All values of the header are there. Some of them, such as the resolution, are often the last bytes of the file.
fn check_tags(decoder: &mut Decoder<Source>) -> Result<(), NotWholeError> {
    for tag in decoder.image_ifd().tag_iter() {
        if let Err(TiffError::IoError(error)) = tag {
            return Err(error.into());
        }
    }
    Ok(())
}

impl From<TiffError> for NotWholeError {
    fn from(error: TiffError) -> Self {
        match error {
            TiffError::IoError(error) => error.into(),
            TiffError::FormatError(error) => Self::damaged(error),
            TiffError::UnsupportedError(error) => Self::unsupported(error),
            TiffError::UsageError(error) => Self::unsupported(error),
            TiffError::LimitsExceeded | TiffError::IntSizeError => Self::too_large(),
        }
    }
}
