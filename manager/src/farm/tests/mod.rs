//! The farm under test: rules one by one, and random commands with all invariants checked after each.

mod database;
mod invariants;
mod random;
mod rules;
mod world;
