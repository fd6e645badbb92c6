//! Queries, by what they are about. Each is tested by running it on a database of its own.

pub(super) mod attempts;
pub(super) mod deletions;
pub(super) mod jobs;
pub(super) mod outputs;
pub(super) mod submissions;
pub(super) mod tags;
pub(super) mod tasks;
pub(super) mod upkeep;
pub(super) mod workers;
