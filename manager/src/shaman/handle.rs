//! The Shaman as others see it.

use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Handler, SyncArbiter};

use super::actor::ShamanFiles;
use super::messages::{CollectGarbage, TidyUp};
use crate::ask::{self, Ask, AskError, Front, Order, Standing, WeakFront};
use crate::config::InForce;

/// So many files are opened, stored, checked out or swept at a time: a slow one does not hold up all others.
const THREADS: usize = 4;
/// So many orders may wait: clients send many files at a time, and some of them do not ask again.
const WAITING: usize = 1_024;
/// How often it is looked for what crashes have left.
const TIDY_EVERY: Duration = Duration::from_hours(1);
/// The first sweep waits until the farm is under way.
const FIRST_SWEEP: Duration = Duration::from_secs(30);

/// The address of the Shaman. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shaman {
    front: Front<ShamanFiles>,
    config: InForce,
}

impl Shaman {
    /// Starts its threads. Whether it keeps files, where, and for how long is what is in force at the time.
    pub fn start(config: InForce) -> Self {
        let files = ShamanFiles {
            config: config.clone(),
        };
        let builder = || std::thread::Builder::new().name("farm-shaman".to_owned());
        let addr = SyncArbiter::start_with_thread_builder(THREADS, builder, move || files.clone());
        let front = Front::new(addr, WAITING);
        ask::in_background(tidy_up(front.downgrade(), config.clone()));
        ask::in_background(collect_garbage(front.downgrade(), config.clone()));
        Self { front, config }
    }

    /// Asks for something to be stored, found, checked out or erased.
    pub async fn ask<O: Order>(&self, order: O) -> Result<O::Reply, AskError>
    where
        ShamanFiles: Handler<Ask<O>>,
        <ShamanFiles as Actor>::Context: ToEnvelope<ShamanFiles, Ask<O>>,
    {
        ask::ask(&self.front, order).await
    }

    /// Whether it keeps files: it is wanted, and there is a shared storage, which may be away.
    pub fn is_on(&self) -> bool {
        self.config.get().shaman_enabled()
    }

    /// How its threads' queue stands.
    pub fn standing(&self) -> Standing {
        self.front.standing()
    }
}

/// Weak, or it would keep the threads alive for ever.
async fn tidy_up(files: WeakFront<ShamanFiles>, config: InForce) {
    while let Some(files) = files.upgrade() {
        if config.get().shaman_enabled() && ask::ask(&files, TidyUp).await == Err(AskError::Stopped)
        {
            break;
        }
        drop(files);
        tokio::time::sleep(TIDY_EVERY).await;
    }
}

/// Another period than before counts from when it was set.
async fn collect_garbage(files: WeakFront<ShamanFiles>, mut config: InForce) {
    let mut longest = FIRST_SWEEP;
    loop {
        let (period, is_on) = {
            let config = config.get();
            (
                config.shaman.garbage_collect.period.0,
                config.shaman_enabled(),
            )
        };
        if period.is_zero() || !is_on {
            if !config.changed().await {
                return;
            }
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(period.min(longest)) => {}
            is_alive = config.changed() => {
                if is_alive {
                    continue;
                }
                return;
            }
        }
        longest = Duration::MAX;
        let Some(files) = files.upgrade() else { return };
        if sweep(&files).await == Err(AskError::Stopped) {
            return;
        }
    }
}

async fn sweep(files: &Front<ShamanFiles>) -> Result<(), AskError> {
    match ask::ask(files, CollectGarbage).await? {
        Ok(report) => tracing::info!(
            files.stored = report.stored,
            files.old = report.old,
            files.removed = report.unused.len(),
            files.freed = %report.bytes(),
            files.failed = report.failed,
            "looked for stored files that nobody uses"
        ),
        Err(error) => {
            tracing::warn!(%error, "cannot look for stored files that nobody uses");
        }
    }
    Ok(())
}
