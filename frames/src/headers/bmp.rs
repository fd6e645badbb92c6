//! Checks a BMP: its header, and the length of its rows.

use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// The header is plausible, and all rows are there.
pub(crate) fn check(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let offset = u64::from(u32::from_le_bytes(source.at(10)?));
    let header_length = u32::from_le_bytes(source.next()?);
    if header_length < 40 {
        return Err(NotWholeError::unsupported("its header is of an old kind"));
    }
    let width = i32::from_le_bytes(source.next()?);
    let height = i32::from_le_bytes(source.next()?);
    let _planes: [u8; 2] = source.next()?;
    let bits = u16::from_le_bytes(source.next()?);
    let compression = u32::from_le_bytes(source.next()?);
    if width <= 0 || height == 0 || bits == 0 || offset < 54 {
        return Err(NotWholeError::broken("its header is damaged"));
    }
    // A negative height means that the first row is the topmost.
    let (width, height) = (width.unsigned_abs(), height.unsigned_abs());
    source.must_reach(offset)?;
    let is_uncompressed = matches!(compression, 0 | 3);
    if is_uncompressed {
        let row = (u64::from(width) * u64::from(bits)).div_ceil(32) * 4;
        source.must_reach(offset.saturating_add(row.saturating_mul(height.into())))?;
    }
    Ok(Some((width, height)))
}
