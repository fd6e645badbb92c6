//! The farm's rules, as data and pure functions: jobs, tasks, Workers, who gets what, what follows from what.
//!
//! Nothing here knows an actor, a database, a clock, a file or a log. Whatever changes the farm is a
//! [`FarmCommand`](decision::FarmCommand) that returns a [`Decision`](decision::Decision): the reply, the row
//! changes that make it durable, the hand-outs, and what the world may be told once it is durable.

pub mod image;
pub mod keys;
pub mod write;
