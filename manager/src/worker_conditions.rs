//! WorkerConditions: what Workers are to find on their hosts, and what they have found there.
//!
//! A Worker asks for it when it has signed on, and again when the shared storage is not what it should be. Asks the
//! Settings, the SharedStorage and the Scheduler.

use std::rc::Rc;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::{ExpectedStorage, WorkerCondition, WorkerExpectations};
use farandole_protocol::ids::WorkerId;
use tracing::instrument;

use crate::ask::{self, Ask, AskError, Front, Order};
use crate::farm::commands::workers::{TakeCondition, UnknownWorker};
use crate::scheduler::{self, Scheduler};
use crate::settings::{FindWorkerPrograms, Settings, WorkerPrograms};
use crate::shared_storage::{FindMarker, SharedStorage};

/// As many Workers as may sign on at once: a large farm after a restart of the Manager.
const MAILBOX: usize = 4_096;

/// A Worker asks what it is to find. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct FindExpectations {
    /// The Worker's platform.
    pub platform: String,
}

impl Order for FindExpectations {
    type Reply = Result<WorkerExpectations, AskError>;
}

/// A Worker tells what it has found. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct ReportCondition {
    /// Who.
    pub worker: WorkerId,
    /// What it has found.
    pub condition: WorkerCondition,
}

impl Order for ReportCondition {
    type Reply = Result<Result<(), UnknownWorker>, AskError>;
}

/// See the [module](self).
#[derive(Debug)]
pub struct WorkerConditions {
    parts: Rc<Parts>,
}

#[derive(Debug)]
struct Parts {
    settings: Front<Settings>,
    shared_storage: SharedStorage,
    scheduler: Front<Scheduler>,
}

impl WorkerConditions {
    /// One that asks these.
    pub fn new(
        settings: Front<Settings>,
        shared_storage: SharedStorage,
        scheduler: Front<Scheduler>,
    ) -> Self {
        Self {
            parts: Rc::new(Parts {
                settings,
                shared_storage,
                scheduler,
            }),
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }
}

impl Actor for WorkerConditions {
    type Context = Context<Self>;
}

impl Handler<Ask<FindExpectations>> for WorkerConditions {
    type Result = ();

    #[instrument(
        name = "worker_conditions.find_expectations",
        level = "debug",
        skip_all
    )]
    fn handle(&mut self, ask: Ask<FindExpectations>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            let found = parts.expectations(ask.order.platform).await;
            ask.reply.answer(found);
        });
    }
}

impl Handler<Ask<ReportCondition>> for WorkerConditions {
    type Result = ();

    #[instrument(name = "worker_conditions.report_condition", level = "debug", skip_all, fields(worker.id = %ask.order.worker))]
    fn handle(&mut self, ask: Ask<ReportCondition>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            let ReportCondition { worker, condition } = ask.order;
            for problem in condition.problems() {
                tracing::warn!(worker.id = %worker, reason = problem, "a worker lacks something on its host");
            }
            let order = TakeCondition { worker, condition };
            ask.reply
                .answer(scheduler::give_order(&parts.scheduler, order).await);
        });
    }
}

impl Parts {
    async fn expectations(&self, platform: String) -> Result<WorkerExpectations, AskError> {
        let WorkerPrograms { programs, storage } =
            ask::ask(&self.settings, FindWorkerPrograms { platform }).await?;
        let storage = match storage {
            Some(path) => self.shared_storage.ask(FindMarker).await?.map_or_else(
                |error| {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "cannot read or write the marker file of the shared storage, so Workers do not check it"
                    );
                    None
                },
                |id| Some(ExpectedStorage { path, id }),
            ),
            None => None,
        };
        Ok(WorkerExpectations { storage, programs })
    }
}
