//! The threads that read and decode files.

use std::path::{Path, PathBuf};
use std::time::Instant;

use actix::dev::ToEnvelope;
use actix::{Actor, Handler, SyncArbiter, SyncContext};
use tracing::instrument;

use super::files;
use super::messages::{CheckFiles, CheckFrames, CheckedFrames, FileCheck};
use crate::ask::{self, Ask, AskError, Front, Order, Standing};
use crate::config::InForce;

/// How many files are decoded at a time. More would take the processors from everything else.
const THREADS: usize = 2;
/// How many checks may wait. Above that a check is refused, and the frames count as not checked.
const WAITING: usize = 256;
/// Why nothing can be checked.
const NO_STORAGE: &str = "the Manager has no shared storage that it can read";

/// One of the threads.
#[derive(Clone, Debug)]
pub struct FrameReader {
    config: InForce,
}

impl FrameReader {
    /// The shared storage, with symlinks resolved, if it can be read.
    fn storage(&self) -> Option<PathBuf> {
        let path = self.config.get().shared_storage_path.clone()?;
        path.canonicalize().ok()
    }

    fn check_file(storage: Option<&Path>, path: &Path) -> FileCheck {
        storage.map_or_else(
            || FileCheck::NotChecked(NO_STORAGE.to_owned()),
            |storage| files::check_file(storage, path),
        )
    }
}

impl Actor for FrameReader {
    type Context = SyncContext<Self>;
}

impl Handler<Ask<CheckFiles>> for FrameReader {
    type Result = ();

    #[instrument(name = "frame_checks.check_files", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<CheckFiles>, _: &mut SyncContext<Self>) {
        let storage = self.storage();
        let paths = ask.order.0.iter();
        let checks = paths.map(|path| Self::check_file(storage.as_deref(), path));
        ask.reply.answer(checks.collect());
    }
}

impl Handler<Ask<CheckFrames>> for FrameReader {
    type Result = ();

    #[instrument(name = "frame_checks.check_frames", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<CheckFrames>, _: &mut SyncContext<Self>) {
        let CheckFrames { frames, time_limit } = ask.order;
        let checked = match self.storage() {
            Some(storage) => files::check_frames(&storage, &frames, Instant::now() + time_limit),
            None => CheckedFrames {
                not_checked: frames
                    .iter()
                    .map(|frame| (frame.frame, NO_STORAGE.to_owned()))
                    .collect(),
                ..CheckedFrames::default()
            },
        };
        ask.reply.answer(checked);
    }
}

/// The address of `FrameChecks`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FrameChecks(Front<FrameReader>);

impl FrameChecks {
    /// Starts its threads. The shared storage is the one that is in force at the time of a check.
    pub fn start(config: InForce) -> Self {
        let reader = FrameReader { config };
        let builder = || std::thread::Builder::new().name("farm-frame-checks".to_owned());
        let addr = SyncArbiter::start_with_thread_builder(THREADS, builder, move || reader.clone());
        Self(Front::new(addr, WAITING))
    }

    /// Asks for a check.
    pub async fn ask<O: Order>(&self, order: O) -> Result<O::Reply, AskError>
    where
        FrameReader: Handler<Ask<O>>,
        <FrameReader as Actor>::Context: ToEnvelope<FrameReader, Ask<O>>,
    {
        ask::ask(&self.0, order).await
    }

    /// How its threads' queue stands.
    pub fn standing(&self) -> Standing {
        self.0.standing()
    }
}
