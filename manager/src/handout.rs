//! Handout: a Worker's request for a task, from the question to the commands that the Worker runs.
//!
//! The Scheduler decides which task it is, now or, if the Worker waits, later; then the task's commands and
//! earlier outputs are read by key, through a reader that is kept for this, and the variables in them are resolved for the Worker's platform.
//! A hand-out that nobody takes any more goes back. Asks the Scheduler, the Store and the Settings.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::{AssignedTask, Command, TaskOutput};
use farandole_protocol::ids::WorkerId;
use farandole_protocol::status::{TaskStatus, WorkerStatus};
use tokio::sync::watch;
use tracing::instrument;

use crate::ask::{self, Ask, AskError, Front, Order, ReplyTo};
use crate::farm::commands::tasks::TakeBack;
use crate::farm::commands::workers::EndWait;
use crate::farm::decision::{Answer, Grant};
use crate::farm::lanes::Ticket;
use crate::scheduler::{self, RequestTask, Scheduler};
use crate::settings::{ResolveTask, Settings};
use crate::store::{FindHandout, Store};

/// As many requests as Workers may ask at once: a large farm after a restart of the Manager.
const MAILBOX: usize = 16_384;

/// A Worker asks for a task. From the HTTP edge. Whoever stops waiting for the answer ends the Worker's wait.
#[derive(Clone, Copy, Debug)]
pub struct FetchTask {
    /// Who asks.
    pub worker: WorkerId,
    /// For how long it would wait for a task.
    pub wait: Option<Duration>,
}

impl Order for FetchTask {
    type Reply = Result<Fetched, AskError>;
}

/// What a Worker that asked for a task gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Fetched {
    /// A task, ready to run.
    Task(Box<AssignedTask>),
    /// There is none.
    Nothing,
    /// It shall take this state first.
    StatusRequested(WorkerStatus),
    /// It cannot have tasks, because it is not awake.
    NotAwake(WorkerStatus),
    /// There is no such Worker any more.
    UnknownWorker,
}

/// The Manager ends: nobody need wait for a task any more. From boot.
#[derive(Clone, Copy, Debug)]
pub struct EndWaits;

impl Order for EndWaits {
    type Reply = ();
}

/// See the [module](self).
#[derive(Debug)]
pub struct Handout {
    parts: Rc<Parts>,
    next_ticket: Ticket,
    ended: watch::Sender<bool>,
}

#[derive(Debug)]
struct Parts {
    scheduler: Front<Scheduler>,
    store: Store,
    settings: Front<Settings>,
    ended: watch::Receiver<bool>,
}

impl Handout {
    /// A Handout that asks these.
    pub fn new(scheduler: Front<Scheduler>, store: Store, settings: Front<Settings>) -> Self {
        let (sender, ended) = watch::channel(false);
        let parts = Rc::new(Parts {
            scheduler,
            store,
            settings,
            ended,
        });
        Self {
            parts,
            next_ticket: 1,
            ended: sender,
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }
}

impl Actor for Handout {
    type Context = Context<Self>;
}

impl Handler<Ask<FetchTask>> for Handout {
    type Result = ();

    #[instrument(name = "handout.fetch_task", level = "debug", skip_all, fields(worker.id = %ask.order.worker))]
    fn handle(&mut self, ask: Ask<FetchTask>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        ask::in_background(async move { parts.serve(ask.order, ticket, ask.reply).await });
    }
}

impl Handler<Ask<EndWaits>> for Handout {
    type Result = ();

    #[instrument(name = "handout.end_waits", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<EndWaits>, _: &mut Context<Self>) {
        self.ended.send_replace(true);
        ask.reply.answer(());
    }
}

impl Parts {
    async fn serve(
        &self,
        order: FetchTask,
        ticket: Ticket,
        mut reply: ReplyTo<Result<Fetched, AskError>>,
    ) {
        let answer = self.decide(order, ticket, &mut reply).await;
        let grant = match answer {
            Ok(Answer::Task(grant)) => grant,
            Ok(Answer::Nothing) => return reply.answer(Ok(Fetched::Nothing)),
            Ok(Answer::StatusRequested(status)) => {
                return reply.answer(Ok(Fetched::StatusRequested(status)));
            }
            Ok(Answer::NotAwake(status)) => return reply.answer(Ok(Fetched::NotAwake(status))),
            Ok(Answer::UnknownWorker) => return reply.answer(Ok(Fetched::UnknownWorker)),
            Err(error) => return reply.answer(Err(error)),
        };
        let take_back = TakeBack {
            key: grant.key,
            attempt: grant.attempt,
        };
        let fetched = match self.content(&grant).await {
            Ok(content) => Ok(Fetched::Task(Box::new(assigned(*grant, content)))),
            Err(error) => Err(error),
        };
        let failed = fetched.is_err();
        if reply.try_answer(fetched).is_some() || failed {
            // If even this is refused, the Worker gets the task again when it next asks.
            drop(scheduler::hand_over(&self.scheduler, take_back));
        }
    }

    /// The Scheduler's answer, after a wait if the Worker waits. Its end, or that of the caller's patience, ends the
    /// wait by an order; the answer comes all the same.
    async fn decide(
        &self,
        order: FetchTask,
        ticket: Ticket,
        reply: &mut ReplyTo<Result<Fetched, AskError>>,
    ) -> Result<Answer, AskError> {
        let FetchTask { worker, wait } = order;
        let request = RequestTask {
            worker,
            ticket: wait.map(|_| ticket),
        };
        let answer = ask::hand_over(&self.scheduler, request)?;
        let mut answer = std::pin::pin!(answer.wait());
        let Some(wait) = wait else {
            return answer.await;
        };
        let mut ended = self.ended.clone();
        tokio::select! {
            answer = &mut answer => return answer,
            () = tokio::time::sleep(wait) => {}
            () = reply.closed() => {}
            _ = ended.wait_for(|ended| *ended) => {}
        }
        drop(scheduler::hand_over(
            &self.scheduler,
            EndWait { worker, ticket },
        ));
        answer.await
    }

    async fn content(&self, grant: &Grant) -> Result<(Vec<Command>, Vec<TaskOutput>), AskError> {
        let find = FindHandout {
            key: grant.key,
            attempt: grant.attempt,
        };
        let found = self.store.handout(find).await?;
        let (commands, outputs) = found.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error, task.id = %grant.task, "cannot read a task's commands"
            );
            AskError::Recovering
        })?;
        ask::ask(
            &self.settings,
            ResolveTask {
                commands,
                outputs,
                platform: Some(grant.platform.clone()),
            },
        )
        .await
    }
}

fn assigned(grant: Grant, (commands, outputs): (Vec<Command>, Vec<TaskOutput>)) -> AssignedTask {
    AssignedTask {
        uuid: grant.task,
        job: grant.job,
        name: grant.name,
        status: TaskStatus::Active,
        priority: grant.priority,
        job_priority: grant.job_priority,
        job_type: grant.job_type,
        task_type: grant.task_type,
        commands,
        steps_completed: grant.steps_completed,
        steps_total: grant.steps_total,
        attempt: Some(grant.attempt),
        outputs: Some(outputs).filter(|outputs| !outputs.is_empty()),
        allow: Some(grant.allow),
        keep_existing: grant.keep_existing.then_some(true),
    }
}
