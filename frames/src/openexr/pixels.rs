//! Decodes the chunks of an OpenEXR file one by one, where that shows damage and is sure not to blame a good picture.

use std::io::{Seek, SeekFrom};

use exr::block::UncompressedBlock;
use exr::block::chunk::{
    Chunk as ExrChunk, CompressedBlock, CompressedScanLineBlock, CompressedTileBlock,
    TileCoordinates,
};
use exr::error::Error;
use exr::math::Vec2;
use exr::meta::MetaData;

use super::chunk::{Chunk, Place};
use super::header::Headers;
use super::part::Part;
use crate::failure::NotWholeError;
use crate::source::Source;

/// Larger chunks are not decoded: the decoder allocates what the header claims.
const MAX_CHUNK: u64 = 1 << 28;

/// Pictures of more bytes, all parts together, are not decoded: a frame of Ultra HD with all passes would take seconds.
/// This is enough for such a frame with one layer of four channels.
const MAX_PICTURE: u64 = 1 << 27;

/// The decoder's view of the headers.
#[derive(Debug)]
pub(super) struct Pixels {
    meta: MetaData,
}

impl Pixels {
    /// Reads the headers once more, in the decoder's way. A header that the decoder does not like says nothing about
    /// the picture: then there is no decoder.
    pub(super) fn read(
        source: &mut Source,
        headers: &Headers,
    ) -> Result<Option<Self>, NotWholeError> {
        let bytes = headers
            .parts
            .iter()
            .try_fold(0_u64, |sum, part| sum.checked_add(part.picture_bytes()?));
        let is_small = bytes.is_some_and(|bytes| bytes <= MAX_PICTURE);
        if !is_small || !headers.parts.iter().any(is_decoded) {
            return Ok(None);
        }
        source.seek(SeekFrom::Start(0))?;
        let meta = MetaData::read_from_buffered(&mut *source, false).ok();
        Ok(meta
            .filter(|meta| meta.headers.len() == headers.parts.len())
            .map(|meta| Self { meta }))
    }

    /// Decodes a chunk of this part.
    pub(super) fn check(
        &self,
        source: &mut Source,
        part: &Part,
        part_number: usize,
        chunk: Chunk,
    ) -> Result<(), NotWholeError> {
        if !is_decoded(part) {
            return Ok(());
        }
        let [] = source.at(chunk.start)?;
        let bytes = source.next_vec(chunk.length)?;
        let Some(compressed_block) = block(chunk.place, bytes) else {
            return Ok(());
        };
        let chunk = ExrChunk {
            layer_index: part_number,
            compressed_block,
        };
        match UncompressedBlock::decompress_chunk(chunk, &self.meta, false) {
            Ok(_) | Err(Error::NotSupported(_) | Error::Aborted) => Ok(()),
            Err(Error::Invalid(why)) => Err(NotWholeError::damaged(why)),
            Err(Error::Io(error)) => Err(error.into()),
        }
    }
}

/// Lossless compressions are decoded: uncompressed pixels have no damage to show, and of the lossy ones a decoder
/// that is not the one of OpenEXR could misjudge a good picture.
fn is_decoded(part: &Part) -> bool {
    let is_lossless = matches!(part.compression, Some(1..=4));
    is_lossless && !part.is_deep && part.largest_chunk().is_some_and(|bytes| bytes <= MAX_CHUNK)
}

fn block(place: Place, bytes: Vec<u8>) -> Option<CompressedBlock> {
    Some(match place {
        Place::Rows(y_coordinate) => CompressedBlock::ScanLine(CompressedScanLineBlock {
            y_coordinate,
            compressed_pixels_le: bytes,
        }),
        Place::Tile(place) => {
            let [x, y, level_x, level_y] = place.map(usize::try_from);
            CompressedBlock::Tile(CompressedTileBlock {
                coordinates: TileCoordinates {
                    tile_index: Vec2(x.ok()?, y.ok()?),
                    level_index: Vec2(level_x.ok()?, level_y.ok()?),
                },
                compressed_pixels_le: bytes,
            })
        }
    })
}
