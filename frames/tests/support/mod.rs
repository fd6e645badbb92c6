//! What the tests of several files need: pictures, and a look at bytes under a name.

mod files;
mod pictures;

pub(crate) use files::{data, look};
pub(crate) use pictures::generated;
