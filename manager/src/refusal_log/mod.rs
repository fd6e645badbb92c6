//! The RefusalLog: what the farm refuses, in few lines. Each kind of refusal is logged once per address and minute, with
//! how often it happened, and counted for Prometheus. So a flood of refused requests does not become a flood of lines.
//!
//! It asks nobody.

mod actor;
mod messages;
mod tally;

pub use actor::{RefusalLog, Refusals};
pub use messages::{Refusal, RefusalFigures, Refused};
