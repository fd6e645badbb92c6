//! Files on their way to the farm and back.
//!
//! `shared.rs` knows which folders of this host the Workers see, too; `missing.rs` says what they would miss of a scene;
//! `existing.rs` finds frames that are there already;
//! `upload.rs` and `download.rs` carry bytes, go on where they were cut off, and show how far they are.

mod bar;
mod download;
mod existing;
mod missing;
mod patience;
mod shared;
mod upload;

pub(crate) use bar::{bar, leave};
pub(crate) use download::{Wanted, download};
pub(crate) use existing::{ExistingFrames, FramePlan};
pub(crate) use missing::{Way, missing};
pub(crate) use shared::SharedFolders;
pub(crate) use upload::upload;
