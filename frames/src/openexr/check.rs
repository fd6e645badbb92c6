//! Goes through the tables of an OpenEXR file and looks at each chunk.

use std::io::Seek;

use super::header::{self, Headers};
use super::pixels::Pixels;
use super::{chunk, part::Part};
use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// Larger tables are not read; this is enough for eight million chunks.
const MAX_TABLE: u64 = 1 << 26;

/// Every chunk of every part exists, and decodes where that can be told. The size is that of the display window of
/// the first part.
pub(crate) fn check(source: &mut Source) -> Result<Size, NotWholeError> {
    let headers = header::read(source)?;
    let size = headers
        .parts
        .first()
        .and_then(|part| part.display_window?.size())
        .ok_or_else(|| NotWholeError::broken("its header is damaged"))?;
    let tables = read_tables(source, &headers.parts)?;
    let pixels = Pixels::read(source, &headers)?;
    for (index, (part, table)) in headers.parts.iter().zip(&tables).enumerate() {
        check_part(source, &headers, pixels.as_ref(), (index, part), table)?;
    }
    Ok(size)
}

/// The offsets of the chunks of each part, which follow the headers.
fn read_tables(source: &mut Source, parts: &[Part]) -> Result<Vec<Vec<u8>>, NotWholeError> {
    let mut left = MAX_TABLE;
    let mut tables = Vec::new();
    for part in parts {
        let count = part.chunks().ok_or_else(|| {
            NotWholeError::unsupported("how its pixels are divided is not known here")
        })?;
        let length = count.checked_mul(8).ok_or_else(NotWholeError::too_large)?;
        let end = source.stream_position()?.saturating_add(length);
        source.must_reach(end)?;
        left = left
            .checked_sub(length)
            .ok_or_else(NotWholeError::too_large)?;
        tables.push(source.next_vec(length)?);
    }
    Ok(tables)
}

fn check_part(
    source: &mut Source,
    headers: &Headers,
    pixels: Option<&Pixels>,
    (index, part): (usize, &Part),
    table: &[u8],
) -> Result<(), NotWholeError> {
    let (offsets, _) = table.as_chunks();
    let part_number = headers.is_multi_part.then_some(index);
    for (number, offset) in (0..).zip(offsets) {
        let offset = u64::from_le_bytes(*offset);
        let chunk = chunk::read(source, part, part_number, number, offset)?;
        if let Some(pixels) = pixels {
            pixels.check(source, part, index, chunk)?;
        }
    }
    Ok(())
}
