//! The actor that makes a Manager known: it answers searches, and says when the Manager comes and goes.
//!
//! It owns the socket of SSDP and asks nobody. A Manager without that socket works on, the actor tries again; so a
//! restart by a supervisor is never needed.

mod actor;
mod messages;
mod neighbours;

pub use actor::Advertiser;
pub use messages::{Advertise, Presence, ReportPresence, SayGoodbye};
