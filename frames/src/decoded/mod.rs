//! The formats that are decoded to their end: PNG, JPEG, TIFF and WebP.

mod jpeg;
mod png;
mod tiff;
mod webp;

pub(crate) use jpeg::check as jpeg;
pub(crate) use png::check as png;
pub(crate) use tiff::check as tiff;
pub(crate) use webp::check as webp;

/// Pictures of more pixels are not decoded in formats whose decoders keep all pixels in memory. This is 16,384 by
/// 8,192.
const MAX_PIXELS: u64 = 1 << 27;

/// Larger buffers are not allocated for a part of a picture.
const MAX_MEMORY: usize = 1 << 30;
