//! Task updates on their way to the Manager: in order, and kept on disk until the Manager has accepted or refused
//! them for good. Whoever hands one over waits for the disk, never for the network.
//!
//! | part | is |
//! |---|---|
//! | [`Deliver`], [`AwaitDrained`] | the contract |
//! | `flow` | the rules: what is written, sent, dropped or tried again, and when; pure |
//! | `verdict` | what an answer of the Manager means for an update; pure |
//! | [`Upstream`] | the actor that performs what the flow wants |
//! | `store` | the SQLite file; the only place with SQL |

mod actor;
mod flow;
mod messages;
mod store;
mod verdict;

pub use actor::Upstream;
pub use messages::{AwaitDrained, Deliver};
pub use store::{Store, StoreFault};
