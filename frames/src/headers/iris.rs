//! Checks an SGI picture, which Blender calls IRIS: its header, and where its rows end.

use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// Where the pixels, or the tables of the rows, begin.
const HEADER: u64 = 512;

/// The header is plausible, and all rows are there.
pub(crate) fn check(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let [is_encoded, bytes_per_sample] = source.at(2)?;
    let dimensions = u16::from_be_bytes(source.next()?);
    let width = u16::from_be_bytes(source.next()?);
    let height = u16::from_be_bytes(source.next()?);
    let channels = u16::from_be_bytes(source.next()?);
    let height = if dimensions < 2 { 1 } else { height };
    let channels = if dimensions < 3 { 1 } else { channels };
    if width == 0 || height == 0 || channels == 0 {
        return Err(NotWholeError::broken("its header is damaged"));
    }
    let rows = u64::from(height) * u64::from(channels);
    if is_encoded == 0 {
        let row = u64::from(width) * u64::from(bytes_per_sample);
        source.must_reach(HEADER + rows * row)?;
    } else {
        check_rows(source, rows)?;
    }
    Ok(Some((width.into(), height.into())))
}

/// Each row, of which the tables give the start and the length, is within the file.
fn check_rows(source: &mut Source, rows: u64) -> Result<(), NotWholeError> {
    let table = rows * 4;
    source.must_reach(HEADER + 2 * table)?;
    let _start: [u8; 0] = source.at(HEADER)?;
    let starts = source.next_vec(table)?;
    let lengths = source.next_vec(table)?;
    for (start, length) in starts.chunks_exact(4).zip(lengths.chunks_exact(4)) {
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |number, byte| (number << 8) | u64::from(*byte))
        };
        if number(start) < HEADER || number(length) == 0 {
            return Err(NotWholeError::broken("a row is missing"));
        }
        source.must_reach(number(start) + number(length))?;
    }
    Ok(())
}
