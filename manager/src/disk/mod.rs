//! Folders and files that other people and programs can change: what their errors mean, how they are opened, walked and
//! removed. Nothing here waits for a named pipe, recurses, or holds more than a few file descriptors.

mod deep;
mod full;
mod open;
mod removal;
mod room;

pub(crate) use deep::open_deep;
pub(crate) use full::is_full;
pub(crate) use open::{open_regular, open_regular_with};
pub(crate) use removal::remove_tree;
pub(crate) use room::{ROOM, check_room};
