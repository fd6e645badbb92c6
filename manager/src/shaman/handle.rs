//! The Shaman as others see it.

use std::path::PathBuf;
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, SyncArbiter, WeakAddr};
use bytesize::ByteSize;

use super::actor::{Place, ShamanFiles};
use super::messages::{CollectGarbage, TidyUp};
use crate::ask::{self, Ask, AskError, Front, Order};

/// So many files are opened, stored, checked out or swept at a time: a slow one does not hold up all others.
const THREADS: usize = 4;
/// So many orders may wait: clients send many files at a time, and some of them do not ask again.
const WAITING: usize = 1_024;
/// How often it is looked for what crashes have left.
const TIDY_EVERY: Duration = Duration::from_hours(1);
/// The first sweep waits until the farm is under way.
const FIRST_SWEEP: Duration = Duration::from_secs(30);

/// What the Shaman has to know.
#[derive(Clone, Debug)]
pub struct ShamanOptions {
    /// Whether it is wanted.
    pub enabled: bool,
    /// Where the shared storage is, if there is one.
    pub storage: Option<PathBuf>,
    /// How large a file may be.
    pub upload_limit: ByteSize,
    /// How often unused files are looked for; zero: never.
    pub period: Duration,
    /// For how long they are kept.
    pub max_age: Duration,
}

/// The address of the Shaman. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shaman {
    front: Front<ShamanFiles>,
    is_on: bool,
}

impl Shaman {
    /// Starts its threads.
    pub fn start(options: ShamanOptions) -> Self {
        let place = match options.storage {
            _ if !options.enabled => Place::SwitchedOff,
            None => Place::NoStorage,
            Some(storage) => Place::Storage(storage),
        };
        let is_on = matches!(place, Place::Storage(_));
        let files = ShamanFiles {
            place,
            limit: options.upload_limit,
            max_age: options.max_age,
        };
        let builder = || std::thread::Builder::new().name("farm-shaman".to_owned());
        let addr = SyncArbiter::start_with_thread_builder(THREADS, builder, move || files.clone());
        if is_on {
            ask::in_background(tidy_up(addr.downgrade()));
            if options.period > Duration::ZERO {
                ask::in_background(collect_garbage(addr.downgrade(), options.period));
            }
        }
        let front = Front::new(addr, WAITING);
        Self { front, is_on }
    }

    /// Asks for something to be stored, found, checked out or erased.
    pub async fn ask<O: Order>(&self, order: O) -> Result<O::Reply, AskError>
    where
        ShamanFiles: Handler<Ask<O>>,
        <ShamanFiles as Actor>::Context: ToEnvelope<ShamanFiles, Ask<O>>,
    {
        self.front.ask(order).await
    }

    /// Whether it keeps files: it is wanted, and there is a shared storage, which may be away.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether its threads are alive.
    pub fn connected(&self) -> bool {
        self.front.connected()
    }
}

/// Weak, or it would keep the threads alive for ever.
async fn tidy_up(files: WeakAddr<ShamanFiles>) {
    while let Some(files) = files.upgrade() {
        if ask::ask(&files, TidyUp).await == Err(AskError::Stopped) {
            break;
        }
        drop(files);
        tokio::time::sleep(TIDY_EVERY).await;
    }
}

async fn collect_garbage(files: WeakAddr<ShamanFiles>, period: Duration) {
    tokio::time::sleep(period.min(FIRST_SWEEP)).await;
    while let Some(files) = files.upgrade() {
        if sweep(&files).await == Err(AskError::Stopped) {
            break;
        }
        drop(files);
        tokio::time::sleep(period).await;
    }
}

async fn sweep(files: &Addr<ShamanFiles>) -> Result<(), AskError> {
    match ask::ask(files, CollectGarbage).await? {
        Ok(report) => tracing::info!(
            stored = report.stored,
            old = report.old,
            removed = report.unused.len(),
            freed = %report.bytes(),
            failed = report.failed,
            "looked for stored files that nobody uses"
        ),
        Err(error) => {
            tracing::warn!(%error, "cannot look for stored files that nobody uses");
        }
    }
    Ok(())
}
