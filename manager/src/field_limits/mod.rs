//! How long each text may be that is stored or sent on to others. docs/limits.md lists the limits; a test compares.
//!
//! A handler takes only bodies of JSON that are [`Bounded`], and their bounds name each member. So the compiler asks for
//! the limit of a member that is added.

mod bodies;
mod compiled;
mod json_length;
mod limit;

pub use limit::{Bounded, LISTED, TooLongError};
