//! The shell: a few checks at a time, each beside the actor.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use actix::{Actor, Context, Handler};
use actix_web::web;
use farandole_frames::open_regular;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::instrument;

use super::messages::{CheckBlender, CheckSharedStorage, FindBlender, OpenAddon};
use super::storage;
use crate::ask::{self, Ask, AskError, Front, ReplyTo};
use crate::blender;
use crate::config::InForce;

/// People ask, one at a time; a folder on a server that is away can hold one up for minutes.
const AT_A_TIME: usize = 8;

/// More than a few at a time are refused anyway.
const MAILBOX: usize = 64;

/// See the [module](super).
#[derive(Debug)]
pub struct Host {
    config: InForce,
    data_dir: Arc<PathBuf>,
    search_path: Arc<OsString>,
    places: Arc<Semaphore>,
}

impl Host {
    /// Where the Manager's data are, and where this host's programs are: the value of `PATH`.
    pub fn new(config: InForce, data_dir: PathBuf, search_path: OsString) -> Self {
        Self {
            config,
            data_dir: Arc::new(data_dir),
            search_path: Arc::new(search_path),
            places: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }

    /// Has the work done beside the actor, if not too much is being done already.
    fn beside<R: 'static>(&self, reply: ReplyTo<R>, work: impl Future<Output = R> + 'static) {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => ask::in_background(answer(place, reply, work)),
            Err(_) => reply.refuse(AskError::Busy),
        }
    }

    /// The same for work that a thread has to wait for.
    fn on_a_thread<R: Send + 'static>(
        &self,
        reply: ReplyTo<R>,
        work: impl FnOnce() -> R + Send + 'static,
    ) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return reply.refuse(AskError::Busy);
        };
        ask::in_background(async move {
            let done = web::block(move || (work(), place)).await;
            match done {
                Ok((result, _)) => reply.answer(result),
                Err(_) => reply.refuse(AskError::Stopped),
            }
        });
    }
}

async fn answer<R>(place: OwnedSemaphorePermit, reply: ReplyTo<R>, work: impl Future<Output = R>) {
    let result = work.await;
    drop(place);
    reply.answer(result);
}

impl Actor for Host {
    type Context = Context<Self>;
}

impl Handler<Ask<CheckSharedStorage>> for Host {
    type Result = ();

    #[instrument(name = "host.check_shared_storage", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<CheckSharedStorage>, _: &mut Context<Self>) {
        let (path, data_dir) = (ask.order.path, Arc::clone(&self.data_dir));
        self.on_a_thread(ask.reply, move || storage::check(path, &data_dir));
    }
}

impl Handler<Ask<FindBlender>> for Host {
    type Result = ();

    #[instrument(name = "host.find_blender", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindBlender>, _: &mut Context<Self>) {
        let search_path = Arc::clone(&self.search_path);
        self.beside(ask.reply, async move { blender::find(&search_path).await });
    }
}

impl Handler<Ask<CheckBlender>> for Host {
    type Result = ();

    #[instrument(name = "host.check_blender", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<CheckBlender>, _: &mut Context<Self>) {
        let (path, search_path) = (ask.order.path, Arc::clone(&self.search_path));
        let blender = self.config.get().variables.get("blender").cloned();
        let values = blender.map(|blender| blender.values).unwrap_or_default();
        let configured: Vec<String> = values.into_iter().map(|it| it.value).collect();
        self.beside(ask.reply, async move {
            blender::check(&path, &search_path, &configured).await
        });
    }
}

impl Handler<Ask<OpenAddon>> for Host {
    type Result = ();

    #[instrument(name = "host.open_addon", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<OpenAddon>, _: &mut Context<Self>) {
        let path = self.config.get().addon.clone();
        self.on_a_thread(ask.reply, move || open(path?));
    }
}

fn open(path: PathBuf) -> Option<(PathBuf, File)> {
    match open_regular(&path) {
        Ok(file) => Some((path, file)),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the add-on cannot be opened");
            None
        }
    }
}
