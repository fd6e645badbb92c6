//! Plays many Workers against a Manager, any that speaks v3, and says how many tasks a second it hands out and takes
//! back, and how long each request takes.
//!
//! A Worker here asks for a task, reports it active, reports it completed, and asks again at once: a closed loop on
//! one kept-alive connection. It runs nothing. The players share the machine with the Manager they measure, so they
//! are made to be cheap: one thread, requests written by hand, answers read no further than needed.
//!
//! Read [`plan`] for what can be asked for and [`mod@run`] for how a run goes.

pub mod plan;
pub mod report;
pub mod run;

mod answer;
mod board;
mod connection;
mod jobs;
mod manager;
mod player;
mod process;
mod request;
mod strangers;

pub use plan::Plan;
pub use report::{Report, kept_rate};
pub use run::run;
pub use strangers::{Answers, Crowd};
