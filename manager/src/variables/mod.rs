//! Variables: names that stand for what differs between platforms and audiences, such as where the storage is mounted.
//!
//! A one-way variable is only ever replaced by its value, when a Worker gets a task. A two-way variable stands for a
//! folder: submitted paths below it are stored with its name, and the Manager's own paths below it are translated
//! too. Everything here is pure; how they are defined is the [configuration](crate::config)'s business.
//!
//! Unlike in the reference, matching is deterministic: the longest matching value wins, and only whole path components
//! match, so that `/render` has nothing to do with `/render2`. Two-way variables that are empty match nothing.

mod definition;
mod path;
mod resolver;
mod shared;

mod submission;
#[cfg(test)]
mod tests;

pub use definition::Variables;
pub use resolver::Resolver;
