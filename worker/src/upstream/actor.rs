//! The actor that performs what the flow of updates wants: on the disk, towards the Manager, and with a clock.

use std::mem;
use std::panic::resume_unwind;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Recipient, ResponseFuture, SpawnHandle,
    WrapFuture,
};
use farandole_protocol::client::ClientError;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tracing::{debug, error, info, instrument, warn};

use super::flow::{Effect, Flow, Taken};
use super::messages::{AwaitDrained, Deliver};
use super::store::{Backlog, Commit, Store, StoreFault, StoredUpdate};
use super::verdict::{Verdict, verdict};
use crate::ask::{MAILBOX, tell};
use crate::contact::{Manager, ManagerContact, UseManager, jittered};
use crate::executor::{CancelTask, Cause};

/// Between two tries to write to a disk that is full.
const DISK_RETRY: Duration = Duration::from_secs(2);

/// Brings task updates to the Manager.
#[derive(Debug)]
pub struct Upstream {
    flow: Flow,
    /// With the thread that writes while a commit is under way.
    store: Option<Store>,
    executor: Recipient<CancelTask>,
    foreman: Recipient<ManagerContact>,
    manager: Option<Manager>,
    pause: Option<SpawnHandle>,
    /// Who is told when the disk has what waits for the next commit, and for the present one.
    for_next_commit: Vec<oneshot::Sender<()>>,
    for_this_commit: Vec<oneshot::Sender<()>>,
    for_drained: Vec<oneshot::Sender<()>>,
}

impl Upstream {
    /// Tells the executor of tasks that were lost, and the Foreman how the Manager is.
    pub fn new(
        store: Store,
        executor: Recipient<CancelTask>,
        foreman: Recipient<ManagerContact>,
    ) -> Self {
        Self {
            flow: Flow::default(),
            store: Some(store),
            executor,
            foreman,
            manager: None,
            pause: None,
            for_next_commit: Vec::new(),
            for_this_commit: Vec::new(),
            for_drained: Vec::new(),
        }
    }

    fn settle(&mut self, ctx: &mut Context<Self>) {
        while let Some(effect) = self.flow.next() {
            self.perform(effect, ctx);
        }
    }

    fn perform(&mut self, effect: Effect, ctx: &mut Context<Self>) {
        match effect {
            Effect::Commit(commit) => self.commit(commit, ctx),
            Effect::Send(update) => self.send(update, ctx),
            Effect::Pause(duration) => {
                let pause = jittered(duration, rand::random());
                self.pause = Some(ctx.run_later(pause, |this, ctx| {
                    this.flow.pause_over();
                    this.settle(ctx);
                }));
            }
            Effect::TaskLost(attempt) => {
                warn!(task.id = %attempt.0, "the Manager does not take this task from us any more");
                tell(
                    &self.executor,
                    CancelTask {
                        which: Some(attempt),
                        cause: Cause::Lost,
                    },
                );
            }
            Effect::Drained => answer(&mut self.for_drained),
        }
    }

    fn commit(&mut self, commit: Commit, ctx: &mut Context<Self>) {
        let Some(mut store) = self.store.take() else {
            return;
        };
        self.for_this_commit.append(&mut self.for_next_commit);
        let done = spawn_blocking(move || {
            let result = store.carry_out(&commit);
            (store, commit, result)
        });
        ctx.spawn(done.into_actor(self).map(|done, this, ctx| match done {
            Ok((store, commit, result)) => {
                this.store = Some(store);
                this.committed(commit, result, ctx);
                this.settle(ctx);
            }
            Err(error) => {
                // A bug in our own code must not go unnoticed; anything else is the end of the runtime.
                if let Ok(panic) = error.try_into_panic() {
                    resume_unwind(panic);
                }
            }
        }));
    }

    fn committed(
        &mut self,
        commit: Commit,
        result: Result<Backlog, StoreFault>,
        ctx: &mut Context<Self>,
    ) {
        match result {
            Ok(backlog) => {
                answer(&mut self.for_this_commit);
                self.flow.committed(backlog);
            }
            Err(fault) => {
                error!(error = %fault, "cannot keep task updates on disk, trying again");
                self.flow.commit_failed(commit);
                ctx.run_later(DISK_RETRY, |this, ctx| {
                    this.flow.disk_again();
                    this.settle(ctx);
                });
            }
        }
    }

    fn send(&mut self, update: StoredUpdate, ctx: &mut Context<Self>) {
        let Some(manager) = self.manager.clone() else {
            return;
        };
        let sent = async move {
            let (task, attempt) = update.attempt;
            let result = manager.update_task(task, attempt, &update.update).await;
            (update, result)
        };
        ctx.spawn(sent.into_actor(self).map(|(update, result), this, ctx| {
            tell(&this.foreman, ManagerContact::of(&result));
            let verdict = verdict(&result);
            log_verdict(&update, verdict, &result);
            this.flow.sent(&update, verdict);
            this.settle(ctx);
        }));
    }

    fn cut_pause_short(&mut self, ctx: &mut Context<Self>) {
        if let Some(pause) = self.pause.take() {
            ctx.cancel_future(pause);
        }
        self.flow.pause_over();
    }
}

fn answer(waiting: &mut Vec<oneshot::Sender<()>>) {
    for sender in mem::take(waiting) {
        // Who does not wait any more needs no answer.
        sender.send(()).ok();
    }
}

fn log_verdict(update: &StoredUpdate, verdict: Verdict, result: &Result<(), ClientError>) {
    let task = update.attempt.0;
    let Err(error) = result else {
        debug!(task.id = %task, "task update delivered");
        return;
    };
    match verdict {
        Verdict::Delivered => {}
        Verdict::Dropped | Verdict::Lost => {
            warn!(task.id = %task, %error, "the Manager refuses a task update, it is dropped");
        }
        Verdict::UnknownWorker => {
            warn!(task.id = %task, %error, "the Manager does not know this Worker, the update is kept");
        }
        Verdict::Later(_) => info!(task.id = %task, %error, "a task update is not delivered yet"),
    }
}

impl Actor for Upstream {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.settle(ctx);
    }
}

impl Handler<Deliver> for Upstream {
    type Result = ResponseFuture<()>;

    #[instrument(name = "upstream.deliver", level = "debug", skip_all, fields(task.id = %msg.attempt.0))]
    fn handle(&mut self, msg: Deliver, ctx: &mut Self::Context) -> Self::Result {
        let (sender, kept) = oneshot::channel();
        match self.flow.deliver(msg) {
            Taken::Waiting => self.for_next_commit.push(sender),
            Taken::Over => drop(sender),
        }
        self.settle(ctx);
        let kept = async move { kept.await.unwrap_or_default() };
        Box::pin(kept)
    }
}

impl Handler<AwaitDrained> for Upstream {
    type Result = ResponseFuture<()>;

    #[instrument(name = "upstream.await_drained", level = "debug", skip_all)]
    fn handle(&mut self, _: AwaitDrained, ctx: &mut Self::Context) -> Self::Result {
        let (sender, drained) = oneshot::channel();
        self.for_drained.push(sender);
        self.cut_pause_short(ctx);
        self.flow.drain();
        self.settle(ctx);
        Box::pin(async move { drained.await.unwrap_or_default() })
    }
}

impl Handler<UseManager> for Upstream {
    type Result = ();

    #[instrument(name = "upstream.use_manager", level = "debug", skip_all)]
    fn handle(&mut self, UseManager(manager): UseManager, ctx: &mut Self::Context) {
        self.manager = Some(manager);
        self.cut_pause_short(ctx);
        self.flow.signed_on();
        self.settle(ctx);
    }
}
