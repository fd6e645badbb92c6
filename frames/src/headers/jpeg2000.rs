//! Checks a JPEG 2000 picture, bare or in its container: the chain of its parts leads to the marker that ends it.

use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

const START_OF_TILE_PART: [u8; 2] = [0xff, 0x90];
const END_OF_CODESTREAM: [u8; 2] = [0xff, 0xd9];

/// A file in the container has a codestream, which is whole.
pub(crate) fn jp2(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let mut position = 0;
    while position < source.length() {
        let (kind, content, end) = read_box(source, position)?;
        source.must_reach(end)?;
        if kind == *b"jp2c" {
            return check_codestream(source, content, end);
        }
        position = end;
    }
    Err(NotWholeError::cut_off())
}

/// A bare codestream is whole.
pub(crate) fn codestream(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let end = source.length();
    check_codestream(source, 0, end)
}

/// The type of the box at this position, where its content starts, and where it ends. AVIF consists of the same boxes.
pub(super) fn read_box(
    source: &mut Source,
    position: u64,
) -> Result<([u8; 4], u64, u64), NotWholeError> {
    let length = u32::from_be_bytes(source.at(position)?);
    let kind = source.next()?;
    let (length, header) = match length {
        // The last box may leave its length open.
        0 => (source.length() - position, 8),
        1 => (u64::from_be_bytes(source.next()?), 16),
        length => (length.into(), 8),
    };
    if length < header {
        return Err(NotWholeError::broken("its header is damaged"));
    }
    Ok((kind, position + header, position.saturating_add(length)))
}

fn check_codestream(
    source: &mut Source,
    start: u64,
    end: u64,
) -> Result<Option<Size>, NotWholeError> {
    let [0xff, 0x4f, 0xff, 0x51, _, _, _, _] = source.at(start)? else {
        return Err(NotWholeError::broken("its header is damaged"));
    };
    let right = u32::from_be_bytes(source.next()?);
    let bottom = u32::from_be_bytes(source.next()?);
    let left = u32::from_be_bytes(source.next()?);
    let top = u32::from_be_bytes(source.next()?);
    let size = (right.saturating_sub(left), bottom.saturating_sub(top));
    if size.0 == 0 || size.1 == 0 {
        return Err(NotWholeError::broken("its header is damaged"));
    }
    check_parts(source, start + 2, end)?;
    Ok(Some(size))
}

/// Follows markers from this position to the one that ends the codestream.
fn check_parts(source: &mut Source, start: u64, end: u64) -> Result<(), NotWholeError> {
    let mut position = start;
    loop {
        if position.saturating_add(2) > end {
            return Err(NotWholeError::cut_off());
        }
        let marker = source.at(position)?;
        let length = match marker {
            END_OF_CODESTREAM => return Ok(()),
            START_OF_TILE_PART => {
                let length = u32::from_be_bytes(source.at(position + 6)?);
                if length == 0 {
                    // This part leaves its length open, and is followed by the end only.
                    return ends_with_marker(source, end);
                }
                u64::from(length)
            }
            [0xff, _] => 2 + u64::from(u16::from_be_bytes(source.next()?)),
            _ => return Err(NotWholeError::broken("a part of it is damaged")),
        };
        // Each segment is longer than its marker, so that this comes to an end.
        position = position.saturating_add(length.max(4));
    }
}

fn ends_with_marker(source: &mut Source, end: u64) -> Result<(), NotWholeError> {
    if source.at(end.saturating_sub(2))? == END_OF_CODESTREAM {
        Ok(())
    } else {
        Err(NotWholeError::cut_off())
    }
}
