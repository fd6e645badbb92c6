//! Checks an OpenEXR file: every chunk of every part exists, and where the compression is lossless it decodes.

mod check;
mod chunk;
mod header;
mod part;
mod pixels;

pub(crate) use check::check;
