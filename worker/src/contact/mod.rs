//! The Manager as the Worker sees it: how it is found and reached, whether it answers, and how long to wait until
//! it is asked again.

mod absence;
mod backoff;
mod manager;
mod outside;

pub use absence::Absence;
pub use backoff::{Backoff, jittered};
pub use manager::{Manager, ManagerContact, UseManager};
pub use outside::{ManagerAddress, Network, NotFound, Outside};
