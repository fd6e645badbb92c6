//! The Gatekeeper: who may call as a Worker. Registration, and the check of credentials that comes with every
//! request of a Worker.
//!
//! A hash that is slow on purpose must not be computed per request: what was verified once is remembered as a keyed
//! digest, in bounded number. At most two slow hashes run at a time, on blocking threads, and few wait for their
//! turn. Asks the Store for hashes and the Scheduler for registrations.

mod actor;
mod known;
mod messages;
mod secret;

pub use actor::Gatekeeper;
pub use messages::{Admit, AdmitError, Identify, Register, RegisterError};
