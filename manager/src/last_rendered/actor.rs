//! LastRendered's shell.

use std::path::PathBuf;

use actix::fut::{ActorFutureExt, WrapFuture};
use actix::{Actor, AsyncContext, Context, Handler, Message, Recipient};
use bytes::Bytes;
use farandole_protocol::api::JobLastRenderedImageInfo;
use farandole_protocol::event::{Event, EventLastRenderedUpdate};
use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::paths::JOB_FILES;
use tracing::instrument;

use super::pictures;
use super::waiting::{Outcome, Picture, Waiting};
use crate::ask::{self, Ask, AskError, Front, Order, ReplyTo, Tell, TellTo};
use crate::broadcaster::Publish;
use crate::farm::commands::reports::{NotePicture, PicturePlace, PictureRefusal};
use crate::scheduler::{self, Scheduler};
use crate::store::{FindLastRenderedJob, SetLastRenderedJob, Store};
use crate::task_logs::paths::{PICTURES, job_folder};

/// Pictures are up to 25 MiB large, so few are taken in at a time.
const MAILBOX: usize = 64;

/// A Worker sends a picture of its task. From the HTTP edge; answered when it waits to be worked on.
#[derive(Clone, Debug)]
pub struct TakePicture {
    /// Who sends it.
    pub worker: WorkerId,
    /// Of which task.
    pub task: TaskId,
    /// Of which attempt.
    pub attempt: Option<u32>,
    /// The picture.
    pub bytes: Bytes,
}

impl Order for TakePicture {
    type Reply = Result<(), PictureError>;
}

/// Why a picture was not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PictureError {
    /// There is no such task.
    #[error("there is no such task")]
    NotFound,
    /// The task is another Worker's.
    #[error("this task is not assigned to you, and was not last")]
    NotYours,
    /// More pictures wait than can be worked on.
    #[error("too many pictures wait to be worked on")]
    QueueFull,
    /// Somebody who was needed is busy or recovering.
    #[error(transparent)]
    Unavailable(#[from] AskError),
}

impl From<PictureRefusal> for PictureError {
    fn from(refusal: PictureRefusal) -> Self {
        match refusal {
            PictureRefusal::NotFound => Self::NotFound,
            PictureRefusal::NotYours => Self::NotYours,
        }
    }
}

/// Where are the newest pictures of this job, or of any? From the HTTP edge; `None` if there are none.
#[derive(Clone, Copy, Debug)]
pub struct FindLastRendered {
    /// Of which job; of whichever had one last if not given.
    pub job: Option<JobId>,
}

impl Order for FindLastRendered {
    type Reply = Option<JobLastRenderedImageInfo>;
}

/// A job was deleted: no picture of it is made any more. A fact, from the JobDeleter.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct JobDeleted {
    /// Which job.
    pub job: JobId,
}

/// It was found out where a picture belongs.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Placed {
    picture: Picture,
    reply: ReplyTo<Result<(), PictureError>>,
}

/// See the [module](super).
#[derive(Debug)]
pub struct LastRendered {
    root: PathBuf,
    scheduler: Front<Scheduler>,
    store: Store,
    broadcaster: TellTo<Publish>,
    waiting: Waiting,
    busy: bool,
}

impl LastRendered {
    /// Pictures go below this folder.
    pub fn new(
        root: PathBuf,
        scheduler: Front<Scheduler>,
        store: Store,
        broadcaster: TellTo<Publish>,
    ) -> Self {
        Self {
            root,
            scheduler,
            store,
            broadcaster,
            waiting: Waiting::default(),
            busy: false,
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }

    /// Works on the next picture, if none is being worked on.
    fn work(&mut self, ctx: &mut Context<Self>) {
        if self.busy {
            return;
        }
        let Some(picture) = self.waiting.take() else {
            return;
        };
        self.busy = true;
        let (job, folder) = (picture.job, self.root.join(job_folder(picture.job)));
        let work =
            tokio::task::spawn_blocking(move || pictures::write_sizes(&picture.bytes, &folder));
        ctx.spawn(work.into_actor(self).map(move |done, this, ctx| {
            this.busy = false;
            match done {
                Ok(Ok(())) => this.tell(job),
                Ok(Err(error)) => {
                    tracing::info!(error = &error as &dyn std::error::Error, job.id = %job, "a picture is not shown");
                }
                Err(error) => tracing::error!(%error, job.id = %job, "a picture made its thread panic"),
            }
            this.work(ctx);
        }));
    }

    /// Tells of new pictures; if the job was deleted meanwhile, they go again.
    fn tell(&self, job: JobId) {
        let (store, broadcaster) = (self.store.clone(), self.broadcaster.clone());
        let folder = self.root.join(job_folder(job));
        let event = EventLastRenderedUpdate {
            job_id: job,
            thumbnail: info(job),
        };
        ask::in_background(async move {
            match store.write(SetLastRenderedJob { id: job }).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return forget(job, folder).await,
                Ok(Err(_)) | Err(_) => {
                    tracing::warn!(job.id = %job, "it is not stored that this job was rendered last");
                }
            }
            // Last: who is told looks for it at once.
            broadcaster.tell(Publish(Event::LastRendered(event)));
        });
    }
}

/// Removes the pictures of a job that is gone.
async fn forget(job: JobId, folder: PathBuf) {
    let removed = tokio::task::spawn_blocking(move || pictures::remove(&folder)).await;
    if !matches!(removed, Ok(Ok(()))) {
        tracing::warn!(job.id = %job, "pictures of a deleted job are still there");
    }
}

fn info(job: JobId) -> JobLastRenderedImageInfo {
    JobLastRenderedImageInfo {
        base: format!("{JOB_FILES}/{}", job_folder(job)),
        suffixes: PICTURES.map(str::to_owned).to_vec(),
    }
}

impl Actor for LastRendered {
    type Context = Context<Self>;
}

impl Handler<Ask<TakePicture>> for LastRendered {
    type Result = ();

    #[instrument(name = "last_rendered.take_picture", level = "debug", skip_all, fields(worker.id = %ask.order.worker, task.id = %ask.order.task))]
    fn handle(&mut self, ask: Ask<TakePicture>, ctx: &mut Context<Self>) {
        let Ask {
            order:
                TakePicture {
                    worker,
                    task,
                    attempt,
                    bytes,
                },
            reply,
            ..
        } = ask;
        let place = match scheduler::hand_over(
            &self.scheduler,
            NotePicture {
                worker,
                task,
                attempt,
            },
        ) {
            Ok(place) => place,
            Err(error) => return reply.answer(Err(error.into())),
        };
        let me: Recipient<Placed> = ctx.address().recipient();
        ask::in_background(async move {
            match place.wait().await {
                Ok(Ok(PicturePlace { job, attempt })) => {
                    let picture = Picture {
                        job,
                        task,
                        attempt,
                        bytes,
                    };
                    me.do_send(Placed { picture, reply });
                }
                Ok(Err(refusal)) => reply.answer(Err(refusal.into())),
                Err(error) => reply.answer(Err(error.into())),
            }
        });
    }
}

impl Handler<Placed> for LastRendered {
    type Result = ();

    #[instrument(name = "last_rendered.placed", level = "debug", skip_all, fields(job.id = %placed.picture.job, task.id = %placed.picture.task))]
    fn handle(&mut self, placed: Placed, ctx: &mut Context<Self>) {
        let Placed { picture, reply } = placed;
        match self.waiting.put(picture) {
            Outcome::Waits | Outcome::Outdated => reply.answer(Ok(())),
            Outcome::NoPlace => reply.answer(Err(PictureError::QueueFull)),
        }
        self.work(ctx);
    }
}

impl Handler<Tell<JobDeleted>> for LastRendered {
    type Result = ();

    #[instrument(name = "last_rendered.job_deleted", level = "debug", skip_all, fields(job.id = %tell.fact.job))]
    fn handle(&mut self, tell: Tell<JobDeleted>, _: &mut Context<Self>) {
        // One that is being worked on is removed when it is done.
        self.waiting.forget(tell.fact.job);
    }
}

impl Handler<Ask<FindLastRendered>> for LastRendered {
    type Result = ();

    #[instrument(name = "last_rendered.find_last_rendered", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindLastRendered>, _: &mut Context<Self>) {
        let (root, store) = (self.root.clone(), self.store.clone());
        ask::in_background(async move {
            let job = match ask.order.job {
                Some(job) => Some(job),
                None => store
                    .read(FindLastRenderedJob)
                    .await
                    .ok()
                    .and_then(Result::ok)
                    .flatten(),
            };
            let found = match job {
                None => None,
                Some(job) => {
                    // The smallest is written last.
                    let smallest = root.join(job_folder(job)).join(PICTURES[2]);
                    let there = tokio::fs::try_exists(smallest).await.unwrap_or(false);
                    there.then(|| info(job))
                }
            };
            ask.reply.answer(found);
        });
    }
}
