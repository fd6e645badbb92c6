//! What the tests of the wire share: recordings played again, and every answer of the contract provoked.
//!
//! - [`Labels`]: what stands in recordings and tables for ids that differ from run to run.
//! - [`hex()`]: checksums as they are written.
//! - [`Stage`]: a Manager of its own, and what is done with it before something is looked at, said in short lines.

#![expect(
    clippy::missing_panics_doc,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "this is a part of tests: what goes wrong ends them"
)]

mod hex;
mod labels;
mod stage;

pub use hex::hex;
pub use labels::Labels;
pub use stage::Stage;
