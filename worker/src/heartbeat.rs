//! Asks the Manager now and then whether the running task may go on; only a clear no ends it. The question also
//! tells the Manager that task and Worker are alive.

use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, SpawnHandle,
    WrapFuture,
};
use farandole_protocol::api::MayKeepRunning;
use farandole_protocol::client::ClientError;
use farandole_protocol::ids::TaskId;
use tracing::{info, instrument};

use crate::ask::{MAILBOX, tell};
use crate::contact::{Manager, ManagerContact, UseManager};
use crate::executor::{CancelTask, Cause};

/// From the TaskExecutor: which task runs now, if any.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct WatchTask(pub Option<(TaskId, Option<u32>)>);

/// Asks whether the running task may go on.
#[derive(Debug)]
pub struct Heartbeat {
    interval: Duration,
    executor: Recipient<CancelTask>,
    foreman: Recipient<ManagerContact>,
    manager: Option<Manager>,
    /// The next question, or the one that is being asked.
    question: Option<SpawnHandle>,
}

impl Heartbeat {
    /// Asks each `interval`, first after one.
    pub fn new(
        interval: Duration,
        executor: Recipient<CancelTask>,
        foreman: Recipient<ManagerContact>,
    ) -> Self {
        Self {
            interval,
            executor,
            foreman,
            manager: None,
            question: None,
        }
    }

    fn ask_later(&mut self, task: TaskId, attempt: Option<u32>, ctx: &mut Context<Self>) {
        self.question =
            Some(ctx.run_later(self.interval, move |this, ctx| this.ask(task, attempt, ctx)));
    }

    fn ask(&mut self, task: TaskId, attempt: Option<u32>, ctx: &mut Context<Self>) {
        let Some(manager) = self.manager.clone() else {
            return self.ask_later(task, attempt, ctx);
        };
        let answer = async move { manager.may_i_run(task, attempt).await }.into_actor(self);
        self.question = Some(ctx.spawn(answer.map(move |answer, this, ctx| {
            tell(&this.foreman, ManagerContact::of(&answer));
            match refusal(answer) {
                Some(reason) => {
                    let cause = Cause::Refused(reason);
                    tell(
                        &this.executor,
                        CancelTask {
                            which: Some((task, attempt)),
                            cause,
                        },
                    );
                }
                None => this.ask_later(task, attempt, ctx),
            }
        })));
    }
}

/// Why the task may not go on. Whatever is not an answer is no reason to stop: rendering goes on while the Manager
/// is away.
fn refusal(answer: Result<MayKeepRunning, ClientError>) -> Option<String> {
    match answer {
        Ok(answer) if answer.may_keep_running => None,
        Ok(answer) if answer.status_change_requested => {
            Some("this Worker is to change its state".to_owned())
        }
        Ok(answer) if answer.reason.is_empty() => Some("no reason given".to_owned()),
        Ok(answer) => Some(answer.reason),
        Err(error) => {
            info!(%error, "cannot ask whether the task may go on, so it does");
            None
        }
    }
}

impl Actor for Heartbeat {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<WatchTask> for Heartbeat {
    type Result = ();

    #[instrument(name = "heartbeat.watch_task", level = "debug", skip_all, fields(task.id = running.map(|(task, _)| display(task))))]
    fn handle(&mut self, WatchTask(running): WatchTask, ctx: &mut Self::Context) {
        if let Some(question) = self.question.take() {
            ctx.cancel_future(question);
        }
        if let Some((task, attempt)) = running {
            self.ask_later(task, attempt, ctx);
        }
    }
}

impl Handler<UseManager> for Heartbeat {
    type Result = ();

    #[instrument(name = "heartbeat.use_manager", level = "debug", skip_all)]
    fn handle(&mut self, UseManager(manager): UseManager, _: &mut Self::Context) {
        self.manager = Some(manager);
    }
}
