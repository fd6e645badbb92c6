//! Checks an AVIF: all of its boxes are within the file, among them those with the description and the pixels.

use super::jpeg2000::read_box;
use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// More of a description is not searched for the size.
const MAX_DESCRIPTION: u64 = 1 << 20;

/// The boxes of an AVIF are all there.
pub(crate) fn check(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let (mut size, mut is_described, mut has_pixels) = (None, false, false);
    let mut position = 0;
    while position < source.length() {
        let (kind, content, end) = read_box(source, position)?;
        source.must_reach(end)?;
        match &kind {
            b"meta" => {
                let _start: [u8; 0] = source.at(content)?;
                let description = source.next_vec((end - content).min(MAX_DESCRIPTION))?;
                size = largest_size(&description);
                is_described = true;
            }
            b"mdat" => has_pixels = true,
            _ => {}
        }
        position = end;
    }
    if is_described && has_pixels {
        Ok(size)
    } else {
        Err(NotWholeError::cut_off())
    }
}

/// The size of the picture; those of its tiles and its thumbnail are described likewise, but are smaller.
fn largest_size(description: &[u8]) -> Option<Size> {
    let after_names = description
        .windows(4)
        .zip(4..)
        .filter(|(name, _)| name == b"ispe")
        .filter_map(|(_, end)| description.get(end..));
    let sizes = after_names.filter_map(|property| {
        let (_version, rest) = property.split_first_chunk::<4>()?;
        let (width, rest) = rest.split_first_chunk()?;
        let (height, _) = rest.split_first_chunk()?;
        Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
    });
    sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}
