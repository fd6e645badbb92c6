//! Asks the Manager now and then whether the running task may go on; only a clear no ends it. The question also
//! tells the Manager that the Worker is alive, and how long the program of the task has done nothing.

use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, SpawnHandle,
    WrapFuture,
};
use farandole_protocol::api::MayKeepRunning;
use farandole_protocol::client::ClientError;
use farandole_protocol::headers::Idle;
use farandole_protocol::ids::TaskId;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, instrument};

use crate::ask::{MAILBOX, tell};
use crate::contact::{Manager, ManagerContact, UseManager};
use crate::executor::{CancelTask, Cause};
use crate::process::Signs;

/// From the TaskExecutor: which task runs now, if any.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct WatchTask(pub Option<Watched>);

/// A task that runs.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The task.
    pub task: TaskId,
    /// The hand-out that it came with, from a Farandole Manager.
    pub attempt: Option<u32>,
    /// The signs of life of its program, if it runs one.
    pub signs: watch::Receiver<Option<Signs>>,
}

impl Watched {
    /// What the Manager is told. While the Worker itself does the work, such as copying files, the task is not idle;
    /// a Manager of Flamenco's is told nothing that it does not know.
    fn idle(&self) -> Option<Idle> {
        self.attempt?;
        let now = Instant::now().into_std();
        let idle = self.signs.borrow().map(|signs| signs.idle(now));
        Some(idle.unwrap_or_default())
    }
}

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

    fn ask_later(&mut self, watched: Watched, ctx: &mut Context<Self>) {
        self.question = Some(ctx.run_later(self.interval, move |this, ctx| this.ask(watched, ctx)));
    }

    fn ask(&mut self, watched: Watched, ctx: &mut Context<Self>) {
        let Some(manager) = self.manager.clone() else {
            return self.ask_later(watched, ctx);
        };
        let (task, attempt, idle) = (watched.task, watched.attempt, watched.idle());
        let answer = async move { manager.may_i_run(task, attempt, idle).await }.into_actor(self);
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
                None => this.ask_later(watched, ctx),
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

    #[instrument(name = "heartbeat.watch_task", level = "debug", skip_all, fields(task.id = running.as_ref().map(|watched| display(watched.task))))]
    fn handle(&mut self, WatchTask(running): WatchTask, ctx: &mut Self::Context) {
        if let Some(question) = self.question.take() {
            ctx.cancel_future(question);
        }
        if let Some(watched) = running {
            self.ask_later(watched, ctx);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(attempt: Option<u32>, signs: Option<Signs>) -> Option<Idle> {
        let (sender, signs) = watch::channel(signs);
        let watched = Watched {
            task: TaskId::random(),
            attempt,
            signs,
        };
        let idle = watched.idle();
        drop(sender);
        idle
    }

    #[tokio::test(start_paused = true)]
    async fn a_manager_is_told_how_long_a_program_has_done_nothing() {
        let signs = Signs::started(Instant::now().into_std());
        tokio::time::advance(Duration::from_secs(40)).await;
        let told = idle(Some(1), Some(signs)).unwrap();
        assert_eq!(told.to_string(), "output=40, frame=40, processor=40");
    }

    #[test]
    fn a_worker_that_does_the_work_itself_is_not_idle() {
        assert_eq!(idle(Some(1), None), Some(Idle::default()));
    }

    #[test]
    fn a_manager_of_flamenco_is_told_nothing() {
        assert_eq!(idle(None, None), None);
    }
}
