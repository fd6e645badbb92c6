//! Decodes a JPEG, and looks for the marker that ends it.

use std::io::Cursor;

use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::MAX_PIXELS;
use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// The pixels decode, and the picture is ended by its marker: the decoder can do without, as it makes up pixels that
/// are missing.
pub(crate) fn check(mut source: Source) -> Result<Size, NotWholeError> {
    let bytes = source.all()?;
    check_end(&bytes)?;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes.as_slice()), options);
    decoder.decode_headers()?;
    let info = decoder
        .info()
        .ok_or_else(|| NotWholeError::broken("it has no header"))?;
    if u64::from(info.width) * u64::from(info.height) > MAX_PIXELS {
        return Err(NotWholeError::too_large());
    }
    decoder.decode()?;
    Ok((info.width.into(), info.height.into()))
}

/// The chain of segments leads to the marker that ends a JPEG.
fn check_end(bytes: &[u8]) -> Result<(), NotWholeError> {
    const END_OF_IMAGE: u8 = 0xd9;
    let mut rest = bytes;
    loop {
        // Pixels come without a length, so what is not a marker is passed over. A byte 0xff among the pixels is
        // followed by 0x00.
        let start = rest.iter().position(|byte| *byte == 0xff);
        rest = start
            .and_then(|start| rest.get(start..))
            .ok_or_else(NotWholeError::cut_off)?;
        let kind = rest.iter().position(|byte| *byte != 0xff);
        let (marker, after) = kind
            .and_then(|kind| rest.get(kind..))
            .and_then(<[u8]>::split_first)
            .ok_or_else(NotWholeError::cut_off)?;
        rest = match marker {
            &END_OF_IMAGE => return Ok(()),
            // A byte of the pixels, and markers that have no segment.
            0x00 | 0x01 | 0xd0..=0xd8 => after,
            _ => {
                let &[high, low, ..] = after else {
                    return Err(NotWholeError::cut_off());
                };
                let length = usize::from(u16::from_be_bytes([high, low])).max(2);
                after.get(length..).ok_or_else(NotWholeError::cut_off)?
            }
        };
    }
}

impl From<DecodeErrors> for NotWholeError {
    fn from(error: DecodeErrors) -> Self {
        match error {
            DecodeErrors::Unsupported(what) => Self::unsupported(format!("{what:?}")),
            DecodeErrors::LargeDimensions(_) => Self::too_large(),
            DecodeErrors::ExhaustedData => Self::cut_off(),
            other @ (DecodeErrors::Format(_)
            | DecodeErrors::FormatStatic(_)
            | DecodeErrors::IllegalMagicBytes(_)
            | DecodeErrors::HuffmanDecode(_)
            | DecodeErrors::ZeroError
            | DecodeErrors::DqtError(_)
            | DecodeErrors::SosError(_)
            | DecodeErrors::SofError(_)
            | DecodeErrors::MCUError(_)
            | DecodeErrors::IoErrors(_)) => Self::damaged(format!("{other:?}")),
            DecodeErrors::TooSmallOutput(..) => Self::unsupported("its buffer is too small"),
        }
    }
}
