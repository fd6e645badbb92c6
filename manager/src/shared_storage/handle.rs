//! The SharedStorage as others see it.

use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Handler, SyncArbiter};

use super::actor::SharedStorageFiles;
use super::messages::RemoveAbandoned;
use crate::ask::{self, Ask, AskError, Front, Order, Standing};
use crate::config::InForce;

/// So many files are opened, synced or listed at a time: a slow one does not hold up all others.
const THREADS: usize = 4;
/// So many orders may wait: a few of everybody who uploads or fetches at the same time.
const WAITING: usize = 256;
/// How often unfinished uploads are looked at, which are kept for a day.
const TIDY_EVERY: Duration = Duration::from_hours(1);

/// The address of the SharedStorage. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SharedStorage(Front<SharedStorageFiles>);

impl SharedStorage {
    /// Starts its threads. Where it is and what is allowed there is what is in force at the time.
    pub fn start(config: InForce) -> Self {
        let files = SharedStorageFiles { config };
        let builder = || std::thread::Builder::new().name("farm-shared-storage".to_owned());
        let addr = SyncArbiter::start_with_thread_builder(THREADS, builder, move || files.clone());
        let front = Front::new(addr, WAITING);
        let tidying = front.downgrade();
        ask::in_background(async move {
            // Weak, or it would keep the threads alive for ever.
            while let Some(files) = tidying.upgrade() {
                if ask::ask(&files, RemoveAbandoned).await == Err(AskError::Stopped) {
                    break;
                }
                drop(files);
                tokio::time::sleep(TIDY_EVERY).await;
            }
        });
        Self(front)
    }

    /// Asks for a file.
    pub async fn ask<O: Order>(&self, order: O) -> Result<O::Reply, AskError>
    where
        SharedStorageFiles: Handler<Ask<O>>,
        <SharedStorageFiles as Actor>::Context: ToEnvelope<SharedStorageFiles, Ask<O>>,
    {
        ask::ask(&self.0, order).await
    }

    /// How its threads' queue stands.
    pub fn standing(&self) -> Standing {
        self.0.standing()
    }
}
