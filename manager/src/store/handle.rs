//! The store as others see it.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};

use actix::{Actor, SyncArbiter};

use super::commit::Commit;
use super::connection::{self, CHECKPOINT_EVERY, Log};
use super::error::StoreError;
use super::files::DatabaseFiles;
use super::load::LoadFarm;
use super::query::{Query, Run};
use super::threads::{BeginGeneration, Connectable, Reader, Writer};
use crate::ask::{self, AskError, Front};
use crate::farm::image::FarmImage;
use crate::health::Part;

/// So many slices, pictures and other changes may wait for the writer, besides the one commit that is under way.
const WRITES_WAITING: usize = 256;
/// So many reads may wait: at some milliseconds each, a few seconds.
const READS_WAITING: usize = 1_024;
/// So many hand-outs may wait for their commands: as many as Workers may get a task at once.
const HANDOUTS_WAITING: usize = 16_384;
/// So many jobs may wait to be read.
const LOADS_WAITING: usize = 1_024;

/// How the store is set up.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The database file.
    pub path: PathBuf,
    /// How many threads read for people.
    pub readers: usize,
}

/// The store's addresses. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Front<Writer>,
    readers: Front<Reader>,
    handout: Front<Reader>,
    loader: Front<Reader>,
    /// Nothing is ever sent: the checkpoints end when the last of these is gone.
    _checkpoints: mpsc::Sender<Infallible>,
}

impl Store {
    /// Opens the database and starts the store's threads.
    pub fn start(options: &StoreOptions) -> Result<Self, StoreError> {
        let path = &options.path;
        // Opened here once, so that a database that cannot be used is found before anything else is started.
        drop(connection::open_writer(path)?);
        let (checkpoints, ended) = mpsc::channel();
        let files = DatabaseFiles::remember(path)?;
        start_checkpoints(files.clone(), ended);
        let writer = start("farm-store-writer", 1, {
            let (path, files) = (path.clone(), files.clone());
            move || Writer {
                files: files.clone(),
                conn: Connectable::default(),
                generation: 0,
                log: Log::of(&path),
            }
        });
        let reader = |name: &'static str, threads: usize| {
            let files = files.clone();
            start(name, threads, move || Reader {
                files: files.clone(),
                conn: Connectable::default(),
            })
        };
        Ok(Self {
            writer: Front::new(writer, WRITES_WAITING),
            readers: Front::new(
                reader("farm-store-reader", options.readers.max(1)),
                READS_WAITING,
            ),
            handout: Front::new(reader("farm-store-handout", 1), HANDOUTS_WAITING),
            loader: Front::new(reader("farm-store-loader", 1), LOADS_WAITING),
            _checkpoints: checkpoints,
        })
    }

    /// Has a decision of the farm stored. Only the Scheduler commits, one batch at a time.
    pub fn commit(&self, commit: Commit) -> Result<(), AskError> {
        self.writer.tell(commit)
    }

    /// Asks the writer for the farm, in the name of a new life of the Scheduler.
    pub async fn begin_generation(
        &self,
        load: LoadFarm,
    ) -> Result<Result<FarmImage, StoreError>, AskError> {
        ask::ask(&self.writer, BeginGeneration(load)).await
    }

    /// Changes what is not the farm's state.
    pub async fn write<Q: Query>(
        &self,
        query: Q,
    ) -> Result<Result<Q::Reply, StoreError>, AskError> {
        ask::ask(&self.writer, Run(query)).await
    }

    /// Asks for something that a person wants to see.
    pub async fn read<Q: Query>(&self, query: Q) -> Result<Result<Q::Reply, StoreError>, AskError> {
        ask::ask(&self.readers, Run(query)).await
    }

    /// Asks for what a Worker waits for; nothing else may hold this up.
    pub async fn handout<Q: Query>(
        &self,
        query: Q,
    ) -> Result<Result<Q::Reply, StoreError>, AskError> {
        ask::ask(&self.handout, Run(query)).await
    }

    /// Asks for what the Scheduler waits for.
    pub async fn load<Q: Query>(&self, query: Q) -> Result<Result<Q::Reply, StoreError>, AskError> {
        ask::ask(&self.loader, Run(query)).await
    }

    /// Its threads. What reads for people may be busy for long.
    pub(crate) fn parts(&self) -> [Part<'_>; 4] {
        [
            Part::asked("store-writer", &self.writer),
            Part::looked_at("store-readers", self.readers.standing()),
            Part::asked("store-handout", &self.handout),
            Part::looked_at("store-loader", self.loader.standing()),
        ]
    }
}

/// Starts actors on threads of their own, named so that a panic there ends the process.
fn start<A: Actor<Context = actix::SyncContext<A>>>(
    name: &'static str,
    threads: usize,
    make: impl Fn() -> A + Send + Sync + 'static,
) -> actix::Addr<A> {
    SyncArbiter::start_with_thread_builder(
        threads,
        move || std::thread::Builder::new().name(name.to_owned()),
        make,
    )
}

/// Keeps the log short, beside the writer's path, for as long as there is a store.
fn start_checkpoints(files: DatabaseFiles, ended: mpsc::Receiver<Infallible>) {
    let work = move || {
        let mut conn = None;
        while ended.recv_timeout(CHECKPOINT_EVERY) == Err(RecvTimeoutError::Timeout) {
            if conn.is_none() {
                conn = files.open_beside(connection::open_checkpointer).ok();
            }
            if let Some(open) = conn.as_mut()
                && let Err(error) = connection::checkpoint(open)
            {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "no checkpoint this time"
                );
                conn = None;
            }
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("farm-store-checkpoints".to_owned())
        .spawn(work)
    {
        tracing::error!(%error, "the database's log will grow: its thread cannot be started");
    }
}
