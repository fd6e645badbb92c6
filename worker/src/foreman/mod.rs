//! The Foreman decides which state the Worker is in, which Manager it works for, and when it ends.

mod actor;

pub use actor::{Crew, Foreman, ShutDown};
