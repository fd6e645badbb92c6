//! The threads that open files.

use std::path::PathBuf;

use actix::{Actor, Handler, SyncContext};
use bytesize::ByteSize;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use farandole_protocol::time::now;
use tracing::instrument;

use super::messages::{
    BeginUpload, ContinueUpload, DiscardUpload, FindMarker, FindUpload, ListElsewhere, ListOutput,
    OpenOutput, PauseUpload, RemoveAbandoned, StorageError, Writing,
};
use super::{marker, output, uploads};
use crate::ask::{Ask, Order};
use crate::config::InForce;
use crate::file_names::unknown_to_windows;

/// One of the threads.
#[derive(Clone, Debug)]
pub struct SharedStorageFiles {
    pub(super) config: InForce,
}

impl SharedStorageFiles {
    fn root(&self) -> Result<PathBuf, StorageError> {
        let root = self.config.get().shared_storage_path.clone();
        root.ok_or(StorageError::NoStorage)
    }

    fn limit(&self) -> ByteSize {
        self.config.get().upload_limit
    }

    /// Opened each time: it may be on a server that comes and goes.
    fn open(&self) -> Result<Dir, StorageError> {
        let root = self.root()?;
        let storage = Dir::open_ambient_dir(&root, ambient_authority())?;
        // What `{jobs}` stands for: the storage itself, or a folder in it. Uploads go below it.
        match self.config.get().storage_location().strip_prefix(&root) {
            Ok(jobs) if !jobs.as_os_str().is_empty() => {
                storage.create_dir_all(jobs)?;
                Ok(storage.open_dir(jobs)?)
            }
            _ => Ok(storage),
        }
    }

    fn allow(&self, length: Option<u64>) -> Result<(), StorageError> {
        match length {
            Some(length) if length > self.limit().as_u64() => {
                Err(StorageError::TooLarge(self.limit()))
            }
            _ => Ok(()),
        }
    }

    fn begin(&self, order: &BeginUpload) -> Result<Writing, StorageError> {
        self.allow(order.length)?;
        let begun = uploads::begin(&self.open()?, now(), &order.name, self.limit())?;
        if let Some(reason) = unknown_to_windows(&order.name) {
            let path = &order.name;
            tracing::warn!(
                path,
                reason,
                "a file that is uploaded has a name that Windows cannot have"
            );
        }
        Ok(begun)
    }

    fn resume(&self, order: &ContinueUpload) -> Result<Writing, StorageError> {
        self.allow(order.length)?;
        uploads::resume(&self.open()?, &order.id, order.offset, self.limit())
    }

    fn remove_abandoned(&self) {
        let Ok(storage) = self.open() else { return };
        match uploads::remove_abandoned(&storage, self.config.get().upload_timeout.0) {
            Ok(removed) => {
                for id in removed {
                    tracing::info!(upload.id = id, "removed an upload that was never completed");
                }
            }
            Err(error) => tracing::warn!(%error, "cannot look for uploads that were given up"),
        }
    }
}

impl Actor for SharedStorageFiles {
    type Context = SyncContext<Self>;
}

/// What is asked of the files.
trait StorageOrder: Order {
    fn carry_out(self, files: &SharedStorageFiles) -> Self::Reply;
}

impl<O: StorageOrder> Handler<Ask<O>> for SharedStorageFiles {
    type Result = ();

    #[instrument(name = "shared_storage.carry_out", level = "debug", skip_all, fields(order = std::any::type_name::<O>()))]
    fn handle(&mut self, ask: Ask<O>, _: &mut SyncContext<Self>) {
        ask.reply.answer(ask.order.carry_out(self));
    }
}

macro_rules! storage_order {
    ($order:ty, |$this:pat_param, $files:ident| $body:expr) => {
        impl StorageOrder for $order {
            fn carry_out(self, $files: &SharedStorageFiles) -> Self::Reply {
                let $this = self;
                $body
            }
        }
    };
}

storage_order!(BeginUpload, |order, files| files.begin(&order));
storage_order!(ContinueUpload, |order, files| files.resume(&order));
storage_order!(PauseUpload, |order, files| {
    uploads::pause(&files.open()?, &order.writing, order.complete, order.length)
});
storage_order!(FindUpload, |order, files| uploads::find(
    &files.open()?,
    &order.id
));
storage_order!(DiscardUpload, |order, files| uploads::discard(
    &files.open()?,
    &order.id
));
storage_order!(ListOutput, |order, files| output::list(
    &files.root()?,
    &order.places,
    &order.after
));
storage_order!(ListElsewhere, |order, files| output::list_elsewhere(
    &files.root()?,
    &order.places
));
storage_order!(OpenOutput, |order, files| output::open(
    &files.root()?,
    &order.places,
    &order.path
));
storage_order!(FindMarker, |_, files| Ok(marker::find(&files.root()?)?));
storage_order!(RemoveAbandoned, |_, files| files.remove_abandoned());
