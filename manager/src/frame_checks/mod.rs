//! `FrameChecks`: looks at files of jobs in the shared storage and tells whether they are whole.
//!
//! Our Workers check what they render. What a Flamenco Worker has rendered, and what was recorded a while ago, is
//! checked here, as far as it lies in the shared storage and can be read. It asks no other actor.

mod actor;
mod files;
mod messages;

pub use actor::FrameChecks;
pub use messages::{CheckFiles, CheckFrames, CheckedFrames, FileCheck};
