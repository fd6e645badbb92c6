//! Decodes a PNG row by row, so that its size does not matter for memory.

use png::{DecodeOptions, Decoder, DecodingError, Limits, Transformations};

use super::MAX_MEMORY;
use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// All rows decode, all checksums are right, and the chunk that ends the picture is there.
pub(crate) fn check(source: Source) -> Result<Size, NotWholeError> {
    let mut options = DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = Decoder::new_with_options(source, options);
    decoder.set_limits(Limits { bytes: MAX_MEMORY });
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info()?;
    let size = reader.info().size();
    while reader.next_row()?.is_some() {}
    reader.finish()?;
    Ok(size)
}

impl From<DecodingError> for NotWholeError {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::IoError(error) => error.into(),
            DecodingError::Format(error) => Self::damaged(error),
            DecodingError::Parameter(error) => Self::unsupported(error),
            DecodingError::LimitsExceeded => Self::too_large(),
        }
    }
}
