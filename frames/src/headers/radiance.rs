//! Checks a Radiance HDR picture: its header, and the packets of its rows.

use std::io::{BufRead, Read};

use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// A longer header is not one.
const MAX_HEADER: u64 = 1 << 16;

/// The header is there, and all rows are.
pub(crate) fn check(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let (width, height) = read_header(source)?;
    for _ in 0..height {
        skip_row(source, width)?;
    }
    Ok(Some((width, height)))
}

/// Reads up to the line with the size, which follows an empty one.
fn read_header(source: &mut Source) -> Result<Size, NotWholeError> {
    let mut header = source.by_ref().take(MAX_HEADER);
    let mut line = Vec::new();
    let mut is_last = false;
    loop {
        line.clear();
        header.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(NotWholeError::cut_off());
        }
        if is_last {
            return size(&line).ok_or_else(|| NotWholeError::broken("its header is damaged"));
        }
        is_last = line.is_empty();
    }
}

/// Reads `-Y 1080 +X 1920`. Of a picture on its side the axes come in the other order.
fn size(line: &[u8]) -> Option<Size> {
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_ascii_whitespace();
    let (first, rows) = (words.next()?, words.next()?.parse().ok()?);
    let (second, columns) = (words.next()?, words.next()?.parse().ok()?);
    let is_upright = first.ends_with('Y') && second.ends_with('X');
    (is_upright && rows > 0 && columns > 0).then_some((columns, rows))
}

fn skip_row(source: &mut Source, width: u32) -> Result<(), NotWholeError> {
    let start: [u8; 4] = source.next()?;
    let [first, second, high, low] = start;
    let is_encoded = first == 2
        && second == 2
        && (8..0x8000).contains(&width)
        && u32::from(u16::from_be_bytes([high, low])) == width;
    if !is_encoded {
        return skip_plain_row(source, width, start);
    }
    for _channel in 0..4 {
        let mut found = 0;
        while found < width {
            let [count] = source.next()?;
            if count > 128 {
                found += u32::from(count - 128);
                source.skip(1)?;
            } else {
                found += u32::from(count);
                source.skip(count.into())?;
            }
            if count == 0 || found > width {
                return Err(NotWholeError::broken("a row is damaged"));
            }
        }
    }
    Ok(())
}

/// A row without encoding, or in the older one, where a pixel of three ones repeats the one before it.
fn skip_plain_row(source: &mut Source, width: u32, first: [u8; 4]) -> Result<(), NotWholeError> {
    let mut found: u64 = 0;
    let mut shift = 0;
    let mut pixel = first;
    loop {
        if let [1, 1, 1, count] = pixel {
            found += u64::from(count) << shift;
            shift = (shift + 8).min(32);
        } else {
            found += 1;
            shift = 0;
        }
        if found >= width.into() {
            return Ok(());
        }
        pixel = source.next()?;
    }
}
