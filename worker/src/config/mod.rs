//! The Worker's configuration: its keys, their types and their defaults. Read once, in `main`.

mod keys;
mod types;

pub use keys::{PROGRAM, load};
pub use types::{Config, LogFormat};
