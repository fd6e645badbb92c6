//! Inspector: whether this host has what tasks need, the shared storage and the programs.
//!
//! It looks when the Worker has signed on, and tells the Manager what it has found, so that people see it before a task
//! fails. Before a task that names a path in the shared storage, the marker file in there is looked at again: where the
//! storage is not mounted, its path may lead to an empty folder on the Worker's own disk.

mod actor;
mod storage;

pub use actor::{CheckStorage, Inspector};
