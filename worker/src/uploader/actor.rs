//! The actor: which pictures wait, and the one that is under way.

use std::mem;
use std::path::PathBuf;
use std::sync::Arc;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use bytes::Bytes;
use farandole_protocol::client::ClientError;
use farandole_protocol::ids::TaskId;
use tracing::{debug, info, instrument, warn};

use super::picture::{PictureFault, jpeg_of};
use crate::ask::MAILBOX;
use crate::contact::{Manager, UseManager};
use crate::process::TaskUser;

/// From the TaskExecutor: a task wrote this picture. A newer one of the same task takes its place.
#[derive(Clone, Debug, Eq, PartialEq, Message)]
#[rtype(result = "()")]
pub struct OfferPicture {
    /// The task.
    pub task: TaskId,
    /// Which hand-out of it.
    pub attempt: Option<u32>,
    /// The file.
    pub path: PathBuf,
}

/// Sends pictures, one at a time.
#[derive(Debug)]
pub struct OutputUploader {
    /// The user that pictures are read as.
    user: Option<Arc<TaskUser>>,
    manager: Option<Manager>,
    /// At most one for each task.
    waiting: Vec<OfferPicture>,
    busy: bool,
}

impl OutputUploader {
    /// One that reads pictures as this user, or as the Worker's own.
    pub fn new(user: Option<Arc<TaskUser>>) -> Self {
        Self {
            user,
            manager: None,
            waiting: Vec::new(),
            busy: false,
        }
    }

    fn settle(&mut self, ctx: &mut Context<Self>) {
        let Some(manager) = self.manager.clone() else {
            return;
        };
        if self.busy || self.waiting.is_empty() {
            return;
        }
        self.busy = true;
        let picture = self.waiting.remove(0);
        ctx.spawn(
            send(manager, picture, self.user.clone())
                .into_actor(self)
                .map(|(), this, ctx| {
                    this.busy = false;
                    this.settle(ctx);
                }),
        );
    }
}

async fn send(
    manager: Manager,
    OfferPicture {
        task,
        attempt,
        path,
    }: OfferPicture,
    user: Option<Arc<TaskUser>>,
) {
    let file = path.clone();
    // A decoder that panics does so on a thread of its own.
    let read = move || TaskUser::do_as(user.as_deref(), || jpeg_of(&file));
    let jpeg = tokio::task::spawn_blocking(read).await;
    let jpeg = match jpeg {
        Ok(Ok(jpeg)) => Bytes::from(jpeg),
        Ok(Err(fault @ PictureFault::UnknownFormat)) => {
            return info!(task.id = %task, path = %path.display(), error = %fault, "this picture is not shown");
        }
        Ok(Err(fault)) => {
            return warn!(task.id = %task, path = %path.display(), error = %fault, "cannot show this picture");
        }
        Err(panic) => {
            return warn!(task.id = %task, path = %path.display(), error = %panic, "cannot show this picture");
        }
    };
    let mut result = manager.output_produced(task, attempt, jpeg.clone()).await;
    if matches!(result, Err(ClientError::Unreachable(_))) {
        result = manager.output_produced(task, attempt, jpeg).await;
    }
    match result {
        Ok(()) => debug!(task.id = %task, path = %path.display(), "picture sent"),
        Err(error) => {
            info!(task.id = %task, path = %path.display(), %error, "the picture was not taken");
        }
    }
}

impl Actor for OutputUploader {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<OfferPicture> for OutputUploader {
    type Result = ();

    #[instrument(name = "uploader.offer_picture", level = "debug", skip_all, fields(task.id = %msg.task))]
    fn handle(&mut self, msg: OfferPicture, ctx: &mut Self::Context) {
        match self
            .waiting
            .iter_mut()
            .find(|waiting| waiting.task == msg.task)
        {
            Some(older) => drop(mem::replace(older, msg)),
            None => self.waiting.push(msg),
        }
        self.settle(ctx);
    }
}

impl Handler<UseManager> for OutputUploader {
    type Result = ();

    #[instrument(name = "uploader.use_manager", level = "debug", skip_all)]
    fn handle(&mut self, UseManager(manager): UseManager, ctx: &mut Self::Context) {
        self.manager = Some(manager);
        self.settle(ctx);
    }
}
