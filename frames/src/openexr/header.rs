//! Reads the headers of an OpenEXR file, as far as they say which chunks there are.

use super::part::{Part, Tiles, Window};
use crate::failure::NotWholeError;
use crate::source::Source;

/// No name in a header is longer.
const MAX_NAME: usize = 255;

/// More parts are not read.
const MAX_PARTS: usize = 10_000;

/// Longer lists of channels are not read.
const MAX_CHANNELS: u64 = 1 << 22;

/// What comes before the chunks.
#[derive(Debug)]
pub(super) struct Headers {
    /// The parts, in the order of the file.
    pub(super) parts: Vec<Part>,
    /// Whether each chunk says which part it belongs to.
    pub(super) is_multi_part: bool,
}

/// Reads all headers. The source then stands at the tables of the chunks.
pub(super) fn read(source: &mut Source) -> Result<Headers, NotWholeError> {
    let [version, tiled_and_more, ..] = source.at::<4>(4)?;
    if version != 2 {
        return Err(NotWholeError::unsupported(format!(
            "its version is {version}"
        )));
    }
    let is_tiled = tiled_and_more & 0x02 != 0;
    let is_multi_part = tiled_and_more & 0x10 != 0;
    let mut parts = Vec::new();
    while let Some(mut part) = read_part(source)? {
        part.is_tiled |= is_tiled && !is_multi_part && !part.is_deep;
        parts.push(part);
        if !is_multi_part {
            break;
        }
        if parts.len() > MAX_PARTS {
            return Err(NotWholeError::too_large());
        }
    }
    if parts.is_empty() {
        return Err(NotWholeError::broken("its header is damaged"));
    }
    Ok(Headers {
        parts,
        is_multi_part,
    })
}

/// Reads attributes up to the empty name that ends a header; a header without any ends the list of headers.
fn read_part(source: &mut Source) -> Result<Option<Part>, NotWholeError> {
    let mut part = Part::default();
    let mut has_attributes = false;
    loop {
        let name = read_name(source)?;
        if name.is_empty() {
            return Ok(has_attributes.then_some(part));
        }
        has_attributes = true;
        let _kind = read_name(source)?;
        let length = u32::from_le_bytes(source.next()?);
        read_attribute(source, &mut part, &name, length.into())?;
    }
}

fn read_name(source: &mut Source) -> Result<Vec<u8>, NotWholeError> {
    let mut name = Vec::new();
    loop {
        let [byte] = source.next()?;
        if byte == 0 {
            return Ok(name);
        }
        if name.len() >= MAX_NAME {
            return Err(NotWholeError::broken("its header is damaged"));
        }
        name.push(byte);
    }
}

fn read_attribute(
    source: &mut Source,
    part: &mut Part,
    name: &[u8],
    length: u64,
) -> Result<(), NotWholeError> {
    match (name, length) {
        (b"dataWindow", 16) => part.data_window = Some(read_window(source)?),
        (b"displayWindow", 16) => part.display_window = Some(read_window(source)?),
        (b"compression", 1) => {
            let [compression] = source.next()?;
            part.compression = Some(compression);
        }
        (b"chunkCount", 4) => part.chunk_count = Some(u32::from_le_bytes(source.next()?)),
        (b"tiles", 9) => {
            part.tiles = Some(Tiles {
                width: u32::from_le_bytes(source.next()?),
                height: u32::from_le_bytes(source.next()?),
                mode: u8::from_le_bytes(source.next()?),
            });
        }
        (b"type", 0..=32) => {
            let kind = source.next_vec(length)?;
            part.is_deep = kind.starts_with(b"deep");
            part.is_tiled = kind.ends_with(b"tile") || kind.ends_with(b"tiledimage");
        }
        (b"channels", 0..=MAX_CHANNELS) => {
            part.pixel_bytes = pixel_bytes(&source.next_vec(length)?);
        }
        _ => source.skip(length)?,
    }
    Ok(())
}

fn read_window(source: &mut Source) -> Result<Window, NotWholeError> {
    Ok(Window {
        left: i32::from_le_bytes(source.next()?),
        top: i32::from_le_bytes(source.next()?),
        right: i32::from_le_bytes(source.next()?),
        bottom: i32::from_le_bytes(source.next()?),
    })
}

/// The bytes of a pixel in all channels of the list: a name, the type of the samples, four bytes of no interest here,
/// and how many pixels share a sample.
fn pixel_bytes(list: &[u8]) -> Option<u64> {
    let mut rest = list;
    let mut sum = 0;
    while !matches!(rest, [] | [0]) {
        let name_end = rest.iter().position(|byte| *byte == 0)?;
        let (channel, after) = rest.get(name_end + 1..)?.split_first_chunk::<16>()?;
        let [kind, 0, 0, 0, _, _, _, _, 1, 0, 0, 0, 1, 0, 0, 0] = channel else {
            return None;
        };
        sum += match kind {
            1 => 2,
            0 | 2 => 4,
            _ => return None,
        };
        rest = after;
    }
    Some(sum)
}
