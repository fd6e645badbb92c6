//! The `JobDeleter`'s shell.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message, Recipient};
use farandole_protocol::ids::JobId;
use tracing::instrument;

use super::messages::{DeleteJob, DeleteJobsUntil, WhatWouldGo};
use super::queue::Queue;
use super::work::{Fault, JobDeleterParts};
use crate::ask::{self, Ask, AskError, Front};

/// People do not delete faster.
const MAILBOX: usize = 1_024;
/// After so long it is tried again to read what is to be deleted.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// See the [module](super).
#[derive(Debug)]
pub struct JobDeleter {
    parts: Rc<JobDeleterParts>,
    queue: Queue,
}

/// These jobs are marked.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Marked(Vec<JobId>);

/// A job was worked on.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Tried {
    job: JobId,
    outcome: Result<(), Fault>,
}

impl JobDeleter {
    /// It asks and tells these.
    pub fn new(parts: JobDeleterParts) -> Self {
        Self {
            parts: Rc::new(parts),
            queue: Queue::default(),
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }

    /// Works on the next job, if none is being worked on.
    fn work(&mut self, ctx: &mut Context<Self>) {
        let Some(job) = self.queue.begin() else {
            return;
        };
        let (parts, me) = (Rc::clone(&self.parts), ctx.address().recipient::<Tried>());
        ask::in_background(async move {
            let outcome = parts.delete(job).await;
            me.do_send(Tried { job, outcome });
        });
    }
}

/// Reads what was marked before the process ended.
async fn take_up(parts: Rc<JobDeleterParts>, me: Recipient<Marked>) {
    loop {
        match parts.doomed().await {
            Ok(jobs) => return me.do_send(Marked(jobs)),
            Err(Fault::Unavailable(AskError::Stopped)) => return,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot read which jobs are to be deleted"
                );
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

impl Actor for JobDeleter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let me = ctx.address().recipient();
        ask::in_background(take_up(Rc::clone(&self.parts), me));
    }
}

impl Handler<Ask<DeleteJob>> for JobDeleter {
    type Result = ();

    #[instrument(name = "job_deleter.delete_job", level = "debug", skip_all, fields(job.id = %ask.order.job))]
    fn handle(&mut self, ask: Ask<DeleteJob>, ctx: &mut Context<Self>) {
        let (parts, me) = (Rc::clone(&self.parts), ctx.address().recipient::<Marked>());
        ask::in_background(async move {
            let job = ask.order.job;
            let marked = parts.mark(job).await;
            if marked.is_ok() {
                me.do_send(Marked(vec![job]));
            }
            ask.reply.answer(marked);
        });
    }
}

impl Handler<Ask<DeleteJobsUntil>> for JobDeleter {
    type Result = ();

    #[instrument(name = "job_deleter.delete_jobs_until", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<DeleteJobsUntil>, ctx: &mut Context<Self>) {
        let (parts, me) = (Rc::clone(&self.parts), ctx.address().recipient::<Marked>());
        ask::in_background(async move {
            let (marked, outcome) = parts.mark_until(ask.order.updated).await;
            me.do_send(Marked(marked));
            ask.reply.answer(outcome);
        });
    }
}

impl Handler<Ask<WhatWouldGo>> for JobDeleter {
    type Result = ();

    #[instrument(name = "job_deleter.what_would_go", level = "debug", skip_all, fields(job.id = %ask.order.job))]
    fn handle(&mut self, ask: Ask<WhatWouldGo>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            ask.reply.answer(parts.what_would_go(ask.order.job).await);
        });
    }
}

impl Handler<Marked> for JobDeleter {
    type Result = ();

    #[instrument(name = "job_deleter.marked", level = "debug", skip_all, fields(job.count = marked.0.len()))]
    fn handle(&mut self, marked: Marked, ctx: &mut Context<Self>) {
        for job in marked.0 {
            self.queue.put(job);
        }
        self.work(ctx);
    }
}

impl Handler<Tried> for JobDeleter {
    type Result = ();

    #[instrument(name = "job_deleter.tried", level = "debug", skip_all, fields(job.id = %tried.job))]
    fn handle(&mut self, tried: Tried, ctx: &mut Context<Self>) {
        let Tried { job, outcome } = tried;
        match outcome {
            Ok(()) => {
                tracing::info!(job.id = %job, "a job is deleted");
                self.queue.done(job);
            }
            Err(error) => {
                let pause = self.queue.failed(job);
                tracing::warn!(
                    error = &error as &dyn std::error::Error, job.id = %job, pause_s = pause.as_secs(),
                    "a job is not deleted yet"
                );
                ctx.run_later(pause, move |this, ctx| {
                    this.queue.again(job);
                    this.work(ctx);
                });
            }
        }
        self.work(ctx);
    }
}
