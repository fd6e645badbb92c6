//! JobIntake: a submission on its way into the farm.
//!
//! ```text
//! SubmitJob ─► read and check ─► Compiler ─► Store, in slices ─► one decision releases it
//! ```
//!
//! The slices pass between commits, so that a job of 100,000 tasks holds up nobody. Until its release no list shows
//! the job; if something fails before, what was stored is removed; if the release is refused, it is asked again until
//! it is accepted. Asks the Settings, the Compiler, the Store and the Scheduler.

mod actor;
mod messages;
mod outputs;
mod stored;

pub use actor::JobIntake;
pub use messages::{CheckJob, IntakeError, SubmitJob};
