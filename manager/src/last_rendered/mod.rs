//! LastRendered: the newest picture of each job, in three sizes, for people to look at.
//!
//! Workers send pictures of what they have just made. Few wait at a time, and a newer one of a job takes the place of
//! one that still waits; one is worked on at a time, on a thread of its own. Asks the Scheduler and the Store; tells
//! the Broadcaster.

mod actor;
mod pictures;
mod waiting;

pub use actor::{FindLastRendered, JobDeleted, LastRendered, PictureError, TakePicture};
