//! Where the Worker is put together: all of its actors, bottom-up, each with the addresses it needs. This is the
//! list of its parts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix::{Actor, Addr, AsyncContext, Context};
use farandole_settings::{
    FolderError, close_to_others, make_private_file, private_folder, usable_file,
};
use tokio::sync::oneshot;
use tracing::{info, warn};

use crate::contact::Outside;
use crate::executor::{Colleagues, TaskExecutor};
use crate::foreman::{Crew, Foreman, ShutDown};
use crate::heartbeat::Heartbeat;
use crate::identity::{DirectoryLock, DirectoryLockError};
use crate::inspector::Inspector;
use crate::setup::Setup;
use crate::uploader::OutputUploader;
use crate::upstream::{Store, StoreFault, Upstream};

/// The file in the data directory that keeps updates until they are delivered.
const UPDATES_FILE: &str = "farandole-worker.sqlite";

/// What is kept in the data directory, and is nobody else's business.
const OWN_FILES: [&str; 5] = [
    UPDATES_FILE,
    "farandole-worker.sqlite-wal",
    "farandole-worker.sqlite-shm",
    "farandole-worker-credentials.yaml",
    "life-sign",
];

/// Why a Worker does not start.
#[derive(Debug, thiserror::Error)]
pub enum BootFault {
    /// Its directory cannot be made or written to.
    #[error(transparent)]
    DataDirectory(#[from] FolderError),
    /// Another process works with its directory.
    #[error(transparent)]
    Locked(#[from] DirectoryLockError),
    /// It could keep no updates.
    #[error(
        "cannot use {path}: {source}; if nothing in it is missed, move it away, and it is made anew"
    )]
    Store {
        /// The file that keeps them.
        path: PathBuf,
        /// Why not.
        source: StoreFault,
    },
}

/// A Worker that runs.
#[derive(Debug)]
pub struct Worker {
    foreman: Addr<Foreman>,
    exit: oneshot::Receiver<i32>,
    /// Held as long as the Worker runs.
    _lock: DirectoryLock,
}

/// Closes to other users what an earlier version left open. New files are made so.
fn close_own_files(directory: &Path) {
    for name in OWN_FILES {
        let path = directory.join(name);
        match close_to_others(&path) {
            Ok(true) => info!(path = %path.display(), "closed the file to other users"),
            Ok(false) => {}
            Err(error) => {
                warn!(path = %path.display(), %error, "cannot close the file to other users");
            }
        }
    }
}

/// Starts a Worker on the present arbiter. Must be called within an actix system.
pub fn start(setup: Setup, outside: Arc<dyn Outside>) -> Result<Worker, BootFault> {
    info!(worker.name = setup.name, data_dir = %setup.data_directory.display(), "the Worker starts");
    private_folder(&setup.data_directory)?;
    let lock = DirectoryLock::take(&setup.data_directory)?;
    let updates = setup.data_directory.join(UPDATES_FILE);
    usable_file(&updates)?;
    make_private_file(&updates)?;
    close_own_files(&setup.data_directory);
    let store = Store::open(&updates).map_err(|source| BootFault::Store {
        path: updates,
        source,
    })?;

    // These two are told by those below them, so their addresses come first.
    let foreman = Context::<Foreman>::new();
    let executor = Context::<TaskExecutor>::new();
    let contact = || foreman.address().recipient();
    let cancel = || executor.address().recipient();

    let upstream = Upstream::new(store, cancel(), contact()).start();
    let uploader = OutputUploader::new(setup.programs.user.clone()).start();
    let heartbeat = Heartbeat::new(setup.heartbeat, cancel(), contact()).start();
    let user = setup.programs.user.clone();
    let inspector = Inspector::new(setup.tools.clone(), setup.task_types.clone(), user);
    let inspector = inspector.start();
    let colleagues = Colleagues {
        upstream: upstream.clone(),
        uploader: uploader.clone(),
        heartbeat: heartbeat.clone(),
        inspector: inspector.clone(),
    };
    let executor = executor.run(TaskExecutor::new(
        colleagues,
        setup.programs.clone(),
        setup.tools.clone(),
    ));

    let (ended, exit) = oneshot::channel();
    let crew = Crew {
        executor,
        upstream,
        uploader,
        heartbeat,
        inspector,
    };
    let foreman = foreman.run(Foreman::new(setup, lock.runs(), outside, crew, ended));
    Ok(Worker {
        foreman,
        exit,
        _lock: lock,
    })
}

impl Worker {
    /// Ends the Worker in good order: its task is called off, updates are delivered, the Manager is told.
    pub fn shut_down(&self) {
        // It has ended already when it does not hear.
        self.foreman.try_send(ShutDown).ok();
    }

    /// Waits for the Worker's end, and tells the exit code of its process.
    pub async fn exit_code(&mut self) -> i32 {
        // The Foreman goes without a word only if the whole system does.
        (&mut self.exit).await.unwrap_or(1)
    }
}
