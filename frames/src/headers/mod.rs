//! The formats of which only the header and the length are checked. Where a simple compression shows where the pixels
//! end, its packets are counted as well.

mod avif;
mod bmp;
mod film_scan;
mod iris;
mod jpeg2000;
mod radiance;
mod targa;

pub(crate) use avif::check as avif;
pub(crate) use bmp::check as bmp;
pub(crate) use film_scan::{cineon, dpx};
pub(crate) use iris::check as iris;
pub(crate) use jpeg2000::{codestream, jp2};
pub(crate) use radiance::check as radiance;
pub(crate) use targa::check as targa;
