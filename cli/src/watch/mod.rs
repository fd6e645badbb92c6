//! Following jobs until they end: one with a bar, the time left, and who works on it; or many at a glance.
//!
//! `view.rs` is what is known of a job, from lists and events; `pace.rs` says how long it will take; `ending.rs` what
//! is said at its end. `crowd.rs` is what is known of many. All four are pure. `display.rs` and `crowd_display.rs` show
//! it, `follow.rs` and `follow_crowd.rs` put them together.

mod crowd;
mod crowd_display;
mod display;
mod ending;
mod follow;
mod follow_crowd;
mod pace;
mod standstill;
mod view;

pub(crate) use crowd::Which;
pub(crate) use follow::watch;
pub(crate) use follow_crowd::watch_many;
