//! The Gatekeeper: who may call as a Worker. Registration, and the check of credentials that comes with every
//! request of a Worker.
//!
//! A hash that is slow on purpose must not be computed per request: what was verified once is remembered as a keyed
//! digest, in bounded number. At most two slow hashes run at a time, on blocking threads, and few wait for their
//! turn. Asks the Store for hashes and the Scheduler for registrations.
//!
//! Registrations have a limit, in total and from each address, and those that are not used are forgotten. Answers to wrong
//! secrets are held back, longer with each from the same address; right ones never wait.

mod actor;
mod known;
mod messages;
mod registrations;
mod secret;
mod wrong_secrets;

pub use actor::{Gatekeeper, GatekeeperParts};
pub use messages::{Admit, AdmitError, Identify, Register, RegisterError};
pub use registrations::TooManyRegistrationsError;
