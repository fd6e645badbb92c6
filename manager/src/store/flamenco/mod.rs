//! What a Flamenco Manager's database holds, taken over into ours: all at once, in one transaction, or not at all.
//!
//! The source is never touched: a copy is read, with what stands in its log. Which states become which is in
//! `rules.rs`, how the rows of the source are read in `source.rs`, how they become ours in `target.rs`.

mod import;
mod rows;
mod rules;
mod source;
mod target;
mod workers;

pub use import::{ImportError, Imported, import};
pub use source::Source;

#[cfg(test)]
mod tests;
