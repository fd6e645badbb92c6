//! The farm under test: its rules one by one, by subject, and random lives with all invariants checked after each
//! step.

mod build;
mod database;
mod invariants;
mod listener;
mod world;

mod attempts;
mod deletion;
mod dispatch;
mod events;
mod failures;
mod identity;
mod job_life;
mod losses;
mod outputs;
mod people;
mod reports;
mod sleep;
mod tags;
mod timeouts;
mod times;
mod unused;
mod waiting;
mod why;
mod workers;

mod happenings;
mod random;
mod tag_happenings;
