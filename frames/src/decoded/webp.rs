//! Decodes a WebP, lossy or lossless.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};

use super::{MAX_MEMORY, MAX_PIXELS};
use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// The file is as long as it says, and its pixels decode.
pub(crate) fn check(mut source: Source) -> Result<Size, NotWholeError> {
    let [_, _, _, _, a, b, c, d] = source.at(0)?;
    source.must_reach(8 + u64::from(u32::from_le_bytes([a, b, c, d])))?;
    let bytes = source.all()?;
    let mut decoder = WebPDecoder::new(Cursor::new(bytes.as_slice()))?;
    decoder.set_memory_limit(MAX_MEMORY);
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(NotWholeError::too_large());
    }
    if decoder.is_animated() {
        return Err(NotWholeError::unsupported("it is animated"));
    }
    let length = decoder
        .output_buffer_size()
        .ok_or_else(NotWholeError::too_large)?;
    decoder.read_image(&mut vec![0; length])?;
    Ok((width, height))
}

impl From<DecodingError> for NotWholeError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other kinds of errors are about the content, and some of them are deprecated"
    )]
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::IoError(error) => error.into(),
            DecodingError::MemoryLimitExceeded | DecodingError::ImageTooLarge => Self::too_large(),
            error @ (DecodingError::UnsupportedFeature(_) | DecodingError::InvalidParameter(_)) => {
                Self::unsupported(error)
            }
            error => Self::damaged(error),
        }
    }
}
