//! The TaskLogs as others see them.

use std::path::PathBuf;
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Handler, SyncArbiter};

use super::files::Files;
use super::messages::{AppendNote, SyncAll};
use super::sync::{self, Syncer};
use crate::ask::{self, Ask, AskError, Front, Order, TellTo};
use crate::broadcaster::Publish;
use crate::config::InForce;
use crate::health::Part;

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

    /// Its threads. Those that wait for the disk are busy.
    pub(crate) fn parts(&self) -> [Part<'_>; 2] {
        [
            Part::asked("task-logs", &self.files),
            Part::looked_at("task-logs-sync", self.syncers.standing()),
        ]
    }
}
