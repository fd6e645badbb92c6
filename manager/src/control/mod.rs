//! Control: commands for a Manager that runs, from its own host. They come through the Unix socket `control.sock` in
//! the data directory: one line of JSON with a [`ControlRequest`], answered by one with a [`ControlAnswer`].
//!
//! Only the user that the Manager runs as, and root, are answered. The lock of the data directory proves that a socket
//! which is found at the start belongs to no process any more.

mod actor;
mod client;
mod messages;
mod place;
mod server;

pub use actor::Control;
pub use client::{ControlError, NAME, status};
pub use messages::{ControlAnswer, ControlRequest, ManagerStatus};
pub(crate) use server::start;
