//! The rules, by what they look at.

pub mod logs;
pub mod manifests;
pub mod repository;
pub mod sources;
pub mod texts;

mod attributes;
mod comments;
mod handlers;
mod processes;
mod pure;
mod shape;
mod sql;
mod state;
