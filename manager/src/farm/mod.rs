//! The farm's rules, as data and pure functions: jobs, tasks, Workers, who gets what, what follows from what.
//!
//! Nothing here knows an actor, a database, a clock, a file or a log. Whatever changes the farm is a
//! [`FarmCommand`](decision::FarmCommand) that returns a [`Decision`](decision::Decision): the reply, the row
//! changes that make it durable, the hand-outs, and what the world may be told once it is durable.
//!
//! Read [`state`] for what there is, [`job_status`] and [`task_status`] for the tables of transitions, [`turn`] for
//! how a decision is made, then [`commands`].

pub mod image;
pub mod keys;
pub mod write;

pub mod eligibility;
pub mod findings;
pub mod job;
pub mod job_status;
pub mod lanes;
pub mod sleep;
pub mod state;
pub mod task_status;
pub mod track_record;
pub mod worker;

mod activities;
mod job_changes;
mod ready;
mod status_sets;

mod announce;
pub mod decision;
mod dispatch;
mod failures;
pub mod identity;
mod job_turn;
mod losses;
mod output_turn;
mod progress;
mod task_turn;
pub mod turn;
pub mod uptime;
mod why;
mod why_words;
mod worker_turn;

pub mod commands;

#[cfg(test)]
mod tests;
