//! Checks the head of one chunk of an OpenEXR file: it belongs where the table says, and all of its bytes exist.

use std::io::Seek;

use super::part::Part;
use crate::failure::NotWholeError;
use crate::source::Source;

/// Where a chunk is in the picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// The number of its first row.
    Rows(i32),
    /// The column and row of the tile, and its level in both directions.
    Tile([i32; 4]),
}

/// A chunk that is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Chunk {
    /// Where it is in the picture.
    pub(super) place: Place,
    /// Where its pixels are in the file.
    pub(super) start: u64,
    /// The length of its pixels in the file.
    pub(super) length: u64,
}

/// Reads the head of the chunk at this offset. `number` is its place in the table.
pub(super) fn read(
    source: &mut Source,
    part: &Part,
    part_number: Option<usize>,
    number: u64,
    offset: u64,
) -> Result<Chunk, NotWholeError> {
    if offset == 0 {
        return Err(NotWholeError::broken("a chunk is missing"));
    }
    let [] = source.at(offset)?;
    if let Some(part_number) = part_number {
        let found = u32::from_le_bytes(source.next()?);
        if usize::try_from(found) != Ok(part_number) {
            return Err(damaged());
        }
    }
    let place = read_place(source, part.is_tiled)?;
    if !is_at(place, part, number) {
        return Err(damaged());
    }
    let length = if part.is_deep {
        let samples = u64::from_le_bytes(source.next()?);
        let pixels = u64::from_le_bytes(source.next()?);
        let _unpacked: [u8; 8] = source.next()?;
        samples.checked_add(pixels).ok_or_else(damaged)?
    } else {
        let length = u64::from(u32::from_le_bytes(source.next()?));
        let is_possible = match part.uncompressed_row() {
            Some(row) => length == row,
            None => length > 0 || part.pixel_bytes == Some(0),
        };
        if !is_possible {
            return Err(damaged());
        }
        length
    };
    let start = source.stream_position()?;
    source.must_reach(start.saturating_add(length))?;
    Ok(Chunk {
        place,
        start,
        length,
    })
}

fn read_place(source: &mut Source, is_tiled: bool) -> Result<Place, NotWholeError> {
    if !is_tiled {
        return Ok(Place::Rows(i32::from_le_bytes(source.next()?)));
    }
    let mut place = [0; 4];
    for number in &mut place {
        *number = i32::from_le_bytes(source.next()?);
    }
    Ok(Place::Tile(place))
}

/// Whether a chunk is where its place in the table says. Of tiles, it is only known that they have no negative
/// numbers.
fn is_at(place: Place, part: &Part, number: u64) -> bool {
    match place {
        Place::Tile(place) => place.iter().all(|number| *number >= 0),
        Place::Rows(row) => {
            let (Some(window), Some(rows)) = (part.data_window, part.rows_per_chunk()) else {
                return true;
            };
            i64::try_from(number).is_ok_and(|number| {
                number
                    .checked_mul(rows.into())
                    .and_then(|rows| rows.checked_add(window.top.into()))
                    == Some(row.into())
            })
        }
    }
}

fn damaged() -> NotWholeError {
    NotWholeError::broken("a chunk is damaged")
}
