//! How long each text may be that is stored or sent on to others. docs/limits.md lists the limits; a test compares.
//!
//! Everything that comes as JSON is [`Bounded`], or no handler can take it. So whoever adds a member to a body has to
//! say how long it may be.

mod bodies;
mod compiled;
mod json_length;
mod limit;

pub use limit::{Bounded, LISTED, TooLongError};
