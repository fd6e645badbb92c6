//! The TaskLogs as others see them.

use std::path::PathBuf;
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, Recipient, SyncArbiter};

use super::files::Files;
use super::messages::{AppendNote, SyncAll};
use super::sync;
use crate::ask::{self, Ask, AskError, Front, Order};
use crate::broadcaster::Publish;

/// So many texts may wait to be written: a few of every Worker of a large farm.
const WAITING: usize = 16_384;
/// What a power cut may cost.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The address of the TaskLogs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TaskLogs {
    front: Front<Files>,
    files: Addr<Files>,
}

impl TaskLogs {
    /// Starts the thread that writes below this folder, and tells of every text.
    pub fn start(root: PathBuf, broadcaster: Recipient<Publish>) -> Self {
        let syncers = sync::start();
        let builder = || std::thread::Builder::new().name("farm-task-logs".to_owned());
        let make = move || Files::new(root.clone(), broadcaster.clone(), syncers.clone());
        let files = SyncArbiter::start_with_thread_builder(1, builder, make);
        // Weak, or it would keep the thread alive for ever.
        let syncing = files.downgrade();
        ask::in_background(async move {
            loop {
                tokio::time::sleep(SYNC_EVERY).await;
                let Some(files) = syncing.upgrade() else {
                    break;
                };
                if ask::try_send(&files, SyncAll) == Err(AskError::Stopped) {
                    break;
                }
            }
        });
        Self {
            front: Front::new(files.clone(), WAITING),
            files,
        }
    }

    /// Asks for something to be written or read.
    pub async fn ask<O: Order>(&self, order: O) -> Result<O::Reply, AskError>
    where
        Files: Handler<Ask<O>>,
        <Files as Actor>::Context: ToEnvelope<Files, Ask<O>>,
    {
        self.front.ask(order).await
    }

    /// Where the Manager's own lines go.
    pub fn notes(&self) -> Recipient<AppendNote> {
        self.files.clone().recipient()
    }

    /// How many texts and questions wait.
    pub fn waiting(&self) -> usize {
        self.front.waiting()
    }

    /// Whether its thread is alive.
    pub fn connected(&self) -> bool {
        self.front.connected()
    }
}
