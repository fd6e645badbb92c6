//! A part of an OpenEXR file, as its header describes it, and how many chunks it has.

/// A rectangle of pixels; both corners belong to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Window {
    /// The leftmost column.
    pub(super) left: i32,
    /// The topmost row.
    pub(super) top: i32,
    /// The rightmost column.
    pub(super) right: i32,
    /// The lowest row.
    pub(super) bottom: i32,
}

impl Window {
    /// The width and height, unless there is not a single pixel.
    pub(super) fn size(self) -> Option<(u32, u32)> {
        let extent = |first: i32, last: i32| {
            u32::try_from(i64::from(last) - i64::from(first) + 1)
                .ok()
                .filter(|extent| *extent > 0)
        };
        Some((
            extent(self.left, self.right)?,
            extent(self.top, self.bottom)?,
        ))
    }
}

/// How a part is divided into tiles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tiles {
    /// The width of a tile.
    pub(super) width: u32,
    /// The height of a tile.
    pub(super) height: u32,
    /// Which smaller versions of the picture there are, and how their sizes are rounded.
    pub(super) mode: u8,
}

/// One part. Members are absent when the header does not have them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Part {
    /// The pixels that exist.
    pub(super) data_window: Option<Window>,
    /// The picture as a whole.
    pub(super) display_window: Option<Window>,
    /// The number of the compression.
    pub(super) compression: Option<u8>,
    /// The tiles, when there are.
    pub(super) tiles: Option<Tiles>,
    /// The number of chunks, as the header gives it.
    pub(super) chunk_count: Option<u32>,
    /// Whether the header says that the part consists of tiles.
    pub(super) is_tiled: bool,
    /// Whether pixels have several samples.
    pub(super) is_deep: bool,
    /// The bytes of a pixel in all channels; absent where channels have fewer pixels than others.
    pub(super) pixel_bytes: Option<u64>,
}

impl Part {
    /// The number of rows in a chunk without tiles, where the compression is known.
    pub(super) fn rows_per_chunk(&self) -> Option<u32> {
        Some(match self.compression? {
            0..=2 => 1,
            3 | 5 => 16,
            4 | 6..=8 | 11 => 32,
            9 | 10 => 256,
            _ => return None,
        })
    }

    /// The number of chunks: counted where that is known, else as the header gives it.
    pub(super) fn chunks(&self) -> Option<u64> {
        self.count_chunks().or(self.chunk_count.map(u64::from))
    }

    fn count_chunks(&self) -> Option<u64> {
        let (width, height) = self.data_window?.size()?;
        if self.is_tiled {
            return self.tiles?.count(width, height);
        }
        Some(height.div_ceil(self.rows_per_chunk()?).into())
    }

    /// The bytes of a row that is a chunk by itself, because it is not compressed.
    pub(super) fn uncompressed_row(&self) -> Option<u64> {
        let is_plain = self.compression == Some(0) && !self.is_tiled && !self.is_deep;
        self.largest_chunk().filter(|_| is_plain)
    }

    /// The bytes of the whole picture when it is not compressed.
    pub(super) fn picture_bytes(&self) -> Option<u64> {
        let (width, height) = self.data_window?.size()?;
        (u64::from(width) * u64::from(height)).checked_mul(self.pixel_bytes?)
    }

    /// The bytes of the largest chunk when it is not compressed.
    pub(super) fn largest_chunk(&self) -> Option<u64> {
        let (width, _) = self.data_window?.size()?;
        let pixels = match self.tiles {
            Some(tiles) if self.is_tiled => u64::from(tiles.width) * u64::from(tiles.height),
            _ => u64::from(width) * u64::from(self.rows_per_chunk()?),
        };
        pixels.checked_mul(self.pixel_bytes?)
    }
}

impl Tiles {
    /// The number of tiles of a picture of this size and of its smaller versions.
    fn count(self, width: u32, height: u32) -> Option<u64> {
        if self.width == 0 || self.height == 0 {
            return None;
        }
        let rounds_up = self.mode >> 4 == 1;
        let levels = |extent: u32| match extent.saturating_sub(1).checked_ilog2() {
            Some(level) if rounds_up => level + 1,
            _ => extent.ilog2(),
        };
        let across = |level| u64::from(at_level(width, level, rounds_up).div_ceil(self.width));
        let down = |level| u64::from(at_level(height, level, rounds_up).div_ceil(self.height));
        match self.mode & 0xf {
            0 => Some(across(0) * down(0)),
            1 => (0..=levels(width.max(height))).try_fold(0_u64, |sum, level| {
                sum.checked_add(across(level) * down(level))
            }),
            2 => {
                let all_across: u64 = (0..=levels(width)).map(across).sum();
                let all_down: u64 = (0..=levels(height)).map(down).sum();
                all_across.checked_mul(all_down)
            }
            _ => None,
        }
    }
}

fn at_level(extent: u32, level: u32, rounds_up: bool) -> u32 {
    let divisor = 1_u64 << level.min(32);
    let size = if rounds_up {
        u64::from(extent).div_ceil(divisor)
    } else {
        u64::from(extent) / divisor
    };
    u32::try_from(size.max(1)).unwrap_or(extent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiled(mode: u8) -> Part {
        Part {
            data_window: Some(Window {
                left: 0,
                top: 0,
                right: 99,
                bottom: 36,
            }),
            tiles: Some(Tiles {
                width: 32,
                height: 32,
                mode,
            }),
            is_tiled: true,
            ..Part::default()
        }
    }

    #[test]
    fn rows_are_grouped_by_the_compression() {
        for (compression, chunks) in [(0, 37), (3, 3), (4, 2), (9, 1)] {
            let part = Part {
                compression: Some(compression),
                is_tiled: false,
                ..tiled(0)
            };
            assert_eq!(part.chunks(), Some(chunks), "compression {compression}");
        }
        let unknown = Part {
            compression: Some(77),
            is_tiled: false,
            ..tiled(0)
        };
        assert_eq!(unknown.chunks(), None);
    }

    #[test]
    fn tiles_of_all_levels_are_counted() {
        assert_eq!(tiled(0).chunks(), Some(8));
        // 100x37, 50x18, 25x9, 12x4, 6x2, 3x1, 1x1.
        assert_eq!(tiled(1).chunks(), Some(8 + 2 + 5));
        // 100x37, 50x19, 25x10, 13x5, 7x3, 4x2, 2x1, 1x1.
        assert_eq!(tiled(0x11).chunks(), Some(8 + 2 + 6));
        // Columns: 4, 2, 1, 1, 1, 1, 1; rows: 2, 1, 1, 1, 1, 1.
        assert_eq!(tiled(2).chunks(), Some(11 * 7));
    }
}
