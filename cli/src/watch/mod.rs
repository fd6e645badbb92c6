//! Following a job until it ends: a bar with its steps, the time left, and who works on it.
//!
//! `view.rs` is what is known of the job, from lists and events; `pace.rs` says how long it will take; `ending.rs` what
//! is said at its end. All three are pure. `display.rs` shows it, `follow.rs` puts them together.

mod display;
mod ending;
mod follow;
mod pace;
mod view;

pub(crate) use follow::watch;
