//! Small pieces of text as the reference writes them into task logs: quoted strings and durations.

mod duration;
mod quoted;

pub use duration::short_duration;
pub use quoted::quoted;
