//! The TaskLogs as others see them.

use std::path::PathBuf;
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Handler, SyncArbiter};
use futures_util::future::LocalBoxFuture;

use super::files::Files;
use super::messages::{AppendNote, SyncAll};
use super::sync::{self, Syncer};
use crate::ask::{self, Ask, AskError, Front, Order, Standing, TellTo};
use crate::broadcaster::Publish;
use crate::config::InForce;
use crate::health::{PartHealth, ask_part, look_at_part};

/// So many texts may wait to be written: a few of every Worker of a large farm.
const WAITING: usize = 16_384;
/// What a power cut may cost.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The address of the TaskLogs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TaskLogs {
    files: Front<Files>,
    syncers: Front<Syncer>,
}

impl TaskLogs {
    /// Starts the thread that writes below this folder, keeps so many files open, and tells of every text.
    pub fn start(
        root: PathBuf,
        kept_open: usize,
        config: InForce,
        broadcaster: TellTo<Publish>,
    ) -> Self {
        let syncers = sync::start();
        let builder = || std::thread::Builder::new().name("farm-task-logs".to_owned());
        let make = {
            let syncers = syncers.clone();
            move || {
                Files::new(
                    root.clone(),
                    kept_open,
                    config.clone(),
                    broadcaster.clone(),
                    syncers.clone(),
                )
            }
        };
        let files = SyncArbiter::start_with_thread_builder(1, builder, make);
        let files = Front::new(files, WAITING);
        // Weak, or it would keep the thread alive for ever.
        let syncing = files.downgrade();
        ask::in_background(async move {
            loop {
                tokio::time::sleep(SYNC_EVERY).await;
                let Some(files) = syncing.upgrade() else {
                    break;
                };
                if files.tell(SyncAll).is_err() {
                    break;
                }
            }
        });
        Self { files, syncers }
    }

    /// Asks for something to be written or read.
    pub async fn ask<O: Order>(&self, order: O) -> Result<O::Reply, AskError>
    where
        Files: Handler<Ask<O>>,
        <Files as Actor>::Context: ToEnvelope<Files, Ask<O>>,
    {
        ask::ask(&self.files, order).await
    }

    /// Where the Manager's own lines go.
    pub fn notes(&self) -> TellTo<AppendNote> {
        self.files.hearing()
    }

    /// The health of its threads, in the order of [`Self::standings`]. Those that wait for the disk are busy.
    pub fn health(&self) -> [LocalBoxFuture<'_, PartHealth>; 2] {
        [
            ask_part("task-logs", &self.files),
            look_at_part("task-logs-sync", self.syncers.standing()),
        ]
    }

    /// How its threads' queues stand.
    pub fn standings(&self) -> [(&'static str, Standing); 2] {
        [
            ("task-logs", self.files.standing()),
            ("task-logs-sync", self.syncers.standing()),
        ]
    }
}
