//! The rules of the house that no lint knows, as a program: who may import what, and where SQL, files, clocks,
//! processes and shared state may appear.
//!
//! Each rule is a function over one [`Source`] (or manifest), so that it can be tried on made-up ones; every one of
//! them was. Sizes and counts are not judged here: a number over budget is a prompt to look, not an error.
//!
//! Read [`source`] for what a rule gets to see, [`mentions`] for how names are found, then [`rules`].

pub mod finding;
pub mod mentions;
pub mod rules;
pub mod source;

mod house;
mod tokens;

pub use finding::Finding;
pub use house::check;
pub use source::Source;
