//! The store with a database of its own: each query by running it, each row change by what is read afterwards, and
//! the threads by what the farm decides.

mod world;

mod commits;
mod decisions;
mod deletions;
mod images;
mod queries;
mod tags;
mod unreadable;
