//! `farandole-manager import-flamenco FILE`: takes over the database and the configuration of a Flamenco Manager, so that
//! a studio changes over in a few minutes and its Workers sign on with their old credentials.
//!
//! Nothing of the Flamenco Manager's is changed. The database is taken over as a whole or not at all, see
//! [`store::flamenco`](crate::store::flamenco); then come the logs of its tasks, and its configuration if we have none.

mod arguments;
mod command;
mod configuration;
mod logs;

pub use command::{ImportFault, NAME, run};
