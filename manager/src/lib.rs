//! The Manager of the Farandole render farm, as a library: the binary, and tests that run a whole farm in one
//! process, start it through `boot`.

pub mod ask;
pub mod farm;
