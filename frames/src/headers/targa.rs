//! Checks a TARGA: its header and the length of its pixels, also where they are run-length encoded.

use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// The length of the header.
const HEADER: usize = 18;

/// The header is plausible, and all pixels are there. As the format has no signature, only files whose name says that
/// they are TARGA come here.
pub(crate) fn check(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let header: [u8; HEADER] = source.at(0)?;
    let [
        id_length,
        map_kind,
        kind,
        _,
        _,
        map_low,
        map_high,
        map_bits,
        ..,
    ] = header;
    let [.., wide_low, wide_high, high_low, high_high, bits, _] = header;
    let width = u16::from_le_bytes([wide_low, wide_high]);
    let height = u16::from_le_bytes([high_low, high_high]);
    let is_plausible = map_kind <= 1
        && matches!(kind, 1 | 2 | 3 | 9 | 10 | 11)
        && matches!(bits, 8 | 15 | 16 | 24 | 32)
        && width > 0
        && height > 0;
    if !is_plausible {
        return Err(NotWholeError::broken("it is not a picture"));
    }
    let map_length = if map_kind == 1 {
        u64::from(u16::from_le_bytes([map_low, map_high])) * u64::from(map_bits.div_ceil(8))
    } else {
        0
    };
    source.skip(u64::from(id_length) + map_length)?;
    let pixel = u64::from(bits.div_ceil(8));
    let pixels = u64::from(width) * u64::from(height);
    if kind < 9 {
        source.skip(pixels * pixel)?;
    } else {
        skip_packets(source, pixels, pixel)?;
    }
    Ok(Some((width.into(), height.into())))
}

/// Passes over packets until they have given all pixels.
fn skip_packets(source: &mut Source, pixels: u64, pixel: u64) -> Result<(), NotWholeError> {
    let mut found = 0;
    while found < pixels {
        let [head] = source.next()?;
        let count = u64::from(head & 0x7f) + 1;
        let is_run = head & 0x80 != 0;
        source.skip(if is_run { pixel } else { count * pixel })?;
        found += count;
    }
    Ok(())
}
