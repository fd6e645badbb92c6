//! The sequences of calls between a Worker and its Manager, as stock ones have them: played against our Manager by a
//! scripted Worker, and against our Worker by a scripted Manager.
//!
//! - `manager.rs`: a stock Worker's calls, and what our Manager answers.
//! - `script.rs`: a stock Manager's answers, to be changed where a test needs others.
//! - `worker.rs`: our Worker's calls while all goes well.
//! - `idle.rs`: our Worker's calls when a program does nothing.
//! - `trouble.rs`: our Worker's calls when the Manager refuses, fails or is away.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end where something goes wrong"
)]

mod idle;
mod manager;
mod script;
mod trouble;
mod worker;
