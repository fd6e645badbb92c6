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
    let found = description.windows(16).filter_map(|window| match window {
        [b'i', b's', b'p', b'e', _, _, _, _, a, b, c, d, e, f, g, h] => Some((
            u32::from_be_bytes([*a, *b, *c, *d]),
            u32::from_be_bytes([*e, *f, *g, *h]),
        )),
        _ => None,
    });
    found.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}
