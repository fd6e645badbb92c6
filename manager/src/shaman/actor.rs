//! The threads that open files.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use actix::{Actor, Handler, SyncContext};
use farandole_protocol::api::ShamanFileStatus;
use tracing::instrument;

use super::disk::{Disk, if_there};
use super::messages::{
    BeginFile, CollectGarbage, EraseCheckout, Erased, FindFile, FindMissing, MakeCheckout,
    MissingFile, ShamanError, StoreFile, TidyUp, UploadEnded,
};
use super::verified::{FOLDER, Verified};
use super::{GarbageReport, Incoming, Sweeping, blobs, checkouts, erasing, sweep};
use crate::ask::{Ask, Order};
use crate::config::InForce;

/// What nobody has written to for so long is left from a crash: uploads that say nothing are ended much sooner.
const ABANDONED: Duration = Duration::from_mins(10);

/// One of the threads.
#[derive(Clone, Debug)]
pub struct ShamanFiles {
    pub(super) config: InForce,
}

type Context = SyncContext<ShamanFiles>;

impl ShamanFiles {
    fn storage(&self) -> Result<PathBuf, ShamanError> {
        let config = self.config.get();
        if !config.shaman.enabled {
            return Err(ShamanError::SwitchedOff);
        }
        config
            .shared_storage_path
            .clone()
            .ok_or(ShamanError::NoStorage)
    }

    fn max_age(&self) -> Duration {
        self.config.get().shaman.garbage_collect.max_age.0
    }

    fn open(&self) -> Result<Disk, ShamanError> {
        Ok(Disk::open(&self.storage()?)?.remembering(self.verified()))
    }

    fn verified(&self) -> Verified {
        Verified::in_folder(self.config.get().local_manager_storage_path.join(FOLDER))
    }

    fn collect_garbage(&self) -> Result<GarbageReport, ShamanError> {
        let report = sweep(&self.storage()?, self.max_age(), Sweeping::Removing)?;
        let verified = self.verified();
        for (file, _) in &report.unused {
            verified.forget(*file);
        }
        Ok(report)
    }

    fn find_missing(&self, order: FindMissing) -> Result<Vec<MissingFile>, ShamanError> {
        let (disk, now) = (self.open()?, SystemTime::now());
        let mut seen = std::collections::HashSet::new();
        let mut missing = Vec::new();
        for (file, path) in order.files {
            if !seen.insert(file) || blobs::touch(&disk, file, now)? {
                continue;
            }
            let status = blobs::status(&disk, file)?;
            // Somebody may have stored it in this very moment.
            if status != ShamanFileStatus::Stored {
                missing.push(MissingFile { file, path, status });
            }
        }
        Ok(missing)
    }

    fn begin(&self, order: BeginFile, ctx: &Context) -> Result<Option<Incoming>, ShamanError> {
        let disk = self.open()?;
        let limit = self.config.get().upload_limit;
        if order.file.size > limit.as_u64() {
            return Err(ShamanError::TooLarge(limit));
        }
        blobs::begin(&disk, order, SystemTime::now(), ctx.address().recipient())
    }

    fn erase(&self, order: &EraseCheckout) -> Result<Erased, ShamanError> {
        if self.storage().is_err() {
            return Ok(Erased::SwitchedOff);
        }
        let erased = erasing::erase(&self.open()?, &order.checkout)?;
        match erased {
            Erased::Gone => tracing::info!(shaman.checkout = order.checkout, "erased a checkout"),
            Erased::NotACheckout => tracing::warn!(
                shaman.checkout = order.checkout,
                "what a job gives as its checkout is none, and stays"
            ),
            Erased::NotThere | Erased::SwitchedOff => {}
        }
        Ok(erased)
    }

    fn tidy_up(&self) -> Result<(), ShamanError> {
        let (disk, now) = (self.open()?, SystemTime::now());
        for name in blobs::remove_abandoned(&disk.uploading, now, ABANDONED)? {
            tracing::info!(
                shaman.upload = name,
                "removed what a crash has left of an upload"
            );
        }
        Ok(erasing::forget_removed(&disk, now, ABANDONED)?)
    }

    fn forget_upload(&self, name: &str) -> io::Result<()> {
        if let Ok(storage) = self.storage() {
            if_there(Disk::open(&storage)?.uploading.remove_file(name))?;
        }
        Ok(())
    }
}

impl Actor for ShamanFiles {
    type Context = Context;
}

/// What is asked of the files.
trait ShamanOrder: Order {
    fn carry_out(self, files: &ShamanFiles, ctx: &Context) -> Self::Reply;
}

impl<O: ShamanOrder> Handler<Ask<O>> for ShamanFiles {
    type Result = ();

    #[instrument(name = "shaman.carry_out", level = "debug", skip_all, fields(order = std::any::type_name::<O>()))]
    fn handle(&mut self, ask: Ask<O>, ctx: &mut Context) {
        ask.reply.answer(ask.order.carry_out(self, ctx));
    }
}

macro_rules! shaman_order {
    ($order:ty, |$this:pat_param, $files:ident, $ctx:pat_param| $body:expr) => {
        impl ShamanOrder for $order {
            fn carry_out(self, $files: &ShamanFiles, $ctx: &Context) -> Self::Reply {
                let $this = self;
                $body
            }
        }
    };
}

shaman_order!(FindMissing, |order, files, _| files.find_missing(order));
shaman_order!(FindFile, |order, files, _| Ok(blobs::status(
    &files.open()?,
    order.0
)?));
shaman_order!(BeginFile, |order, files, ctx| files.begin(order, ctx));
shaman_order!(StoreFile, |order, files, _| blobs::store(
    &files.open()?,
    order.0
));
shaman_order!(MakeCheckout, |order, files, _| checkouts::make(
    &files.open()?,
    &order.path,
    &order.files
));
shaman_order!(EraseCheckout, |order, files, _| files.erase(&order));
shaman_order!(CollectGarbage, |_, files, _| files.collect_garbage());
shaman_order!(TidyUp, |_, files, _| {
    if let Err(error) = files.tidy_up() {
        tracing::warn!(%error, "cannot look for what crashes have left of uploads");
    }
});

impl Handler<UploadEnded> for ShamanFiles {
    type Result = ();

    #[instrument(name = "shaman.upload_ended", level = "debug", skip_all, fields(shaman.upload = name))]
    fn handle(&mut self, UploadEnded(name): UploadEnded, _: &mut Context) {
        if let Err(error) = self.forget_upload(&name) {
            tracing::warn!(%error, shaman.upload = name, "what is left of an upload cannot be removed now");
        }
    }
}
