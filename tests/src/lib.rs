//! What the tests and benchmarks of the whole farm share.
//!
//! - [`tidy`]: the rules of the house that no lint knows, as a program; run by `tests/tidy.rs`.
//! - [`harness`]: whole farms of real processes, for tests.
//! - [`wire`]: what tests of the wire need beyond that.
//! - [`stress`]: plays many Workers against a Manager; the program is `stress`.

pub mod harness;
pub mod stress;
pub mod tidy;
pub mod wire;
