//! `JobDeleter`: deletes jobs, with all that belongs to them, one at a time and without holding anybody up.
//!
//! A job is marked by a decision of the farm; from then on none of its tasks is handed out, and whoever asked has a yes
//! that holds. Then go, in this order: its Shaman checkout, its logs and pictures, the job itself (from memory and all
//! lists, which is told to the world), and its rows, slice by slice. What fails is tried again after a pause that
//! grows; the mark survives a restart, and what is marked is taken up again at the start. Asks the Shaman, TaskLogs,
//! the Store and the Scheduler; tells LastRendered.

mod actor;
mod checkouts;
mod messages;
mod queue;
mod work;

pub use actor::JobDeleter;
pub use checkouts::{Checkouts, EraseError};
pub use messages::{DeleteJob, DeleteJobsUntil, DeletionError, WhatWouldGo};
pub use work::JobDeleterParts;

#[cfg(test)]
mod tests;
