//! The Scheduler's shell: carries orders out on the farm, commits, lets answers go. The rules are in
//! [`farm`](crate::farm).

use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use actix::fut::{ActorFutureExt, WrapFuture};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Supervised, Supervisor};
use farandole_protocol::ids::WorkerId;
use farandole_protocol::time::now;
use tracing::instrument;

use super::aside::{self, Aside, JobKey, JobRead, TaskRead};
use super::figures::Counts;
use super::messages::{Decide, HowAreYou, RequestTask};
use super::release::{Listeners, Release};
use crate::ask::{Ask, AskError, Front, NO_BOUND, ReplyTo, Tell, TellTo};
use crate::broadcaster::Publish;
use crate::farm::commands::ticks::SetThresholds;
use crate::farm::commands::workers::ScheduleTask;
use crate::farm::decision::{Answer, Decision, FarmCommand, LateTask, Subject};
use crate::farm::image::FarmImage;
use crate::farm::keys::JobNo;
use crate::farm::state::{Farm, Thresholds};
use crate::farm::write::Write;
use crate::metrics::MeasureScheduler;
use crate::settings::ThresholdsChanged;
use crate::store::{Commit, Committed, EndProbe, LoadFarm, Probe, Store, StoreError};
use crate::task_logs::AppendNote;

/// So many orders may lie in the mailbox: a burst of all Workers of a large farm, each with a few reports. More are
/// refused, which costs their senders a second.
const MAILBOX: usize = 16_384;
/// So many decisions may wait for a commit. At the slowest disk that is still worth using (100 commits a second of
/// some 100 decisions each) they wait two seconds.
const WAITING_DECISIONS: usize = 20_000;
/// The pauses between attempts to recover.
const RECOVERY_PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(10),
];

/// What the Scheduler needs.
#[derive(Debug)]
pub struct SchedulerParts {
    /// The database.
    pub store: Store,
    /// Who hears of events.
    pub broadcaster: TellTo<Publish>,
    /// Who writes the Manager's own lines into task logs.
    pub logs: TellTo<AppendNote>,
    /// The limits to begin with.
    pub thresholds: Thresholds,
}

/// See the [module](super).
#[derive(Debug)]
pub struct Scheduler {
    store: Store,
    listeners: Listeners,
    thresholds: Thresholds,
    /// `None` while recovering.
    farm: Option<Farm>,
    /// Grows with each recovery, so that what belongs to an earlier life is told apart.
    generation: u64,
    /// What the next commit will write, and what waits for it.
    writes: Vec<Write>,
    open: Vec<Release>,
    /// The number of the open batch.
    batch: u64,
    /// What waits for the commit that is under way.
    under_way: Option<UnderWay>,
    /// The ways back to Workers that wait for a task, beside the farm's own list of them.
    waiting: HashMap<WorkerId, ReplyTo<Answer>>,
    aside: Aside,
    /// Ended jobs that leave memory once this batch is stored, if they have this version then.
    leaving: Vec<(u64, JobNo, u64)>,
    counts: Counts,
}

#[derive(Debug)]
struct UnderWay {
    batch: u64,
    releases: Vec<Release>,
    /// Signs of life alone may be lost.
    vital: bool,
}

impl Scheduler {
    /// A Scheduler that reads its farm from the store once it is started, under a supervisor.
    pub fn new(parts: SchedulerParts) -> Self {
        Self {
            store: parts.store,
            listeners: Listeners {
                broadcaster: parts.broadcaster,
                logs: parts.logs,
            },
            thresholds: parts.thresholds,
            farm: None,
            generation: 0,
            writes: Vec::new(),
            open: Vec::new(),
            batch: 1,
            under_way: None,
            waiting: HashMap::new(),
            aside: Aside::default(),
            leaving: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Starts it under a supervisor: it comes back from a failed commit.
    pub fn start(self) -> Front<Self> {
        let addr = Supervisor::start(|ctx: &mut Context<Self>| {
            ctx.set_mailbox_capacity(NO_BOUND);
            self
        });
        Front::new(addr, MAILBOX)
    }

    /// How many decisions wait for a commit, or orders for their job to be read.
    fn waiting_decisions(&self) -> usize {
        let under_way = self
            .under_way
            .as_ref()
            .map_or(0, |under_way| under_way.releases.len());
        self.open.len() + under_way + self.aside.len()
    }

    fn is_full(&self) -> bool {
        self.waiting_decisions() > WAITING_DECISIONS
    }

    /// Decides an order; what comes of it waits for the open batch.
    fn carry_out<C: FarmCommand>(&mut self, order: C, reply: Option<ReplyTo<C::Reply>>) {
        match self.farm.as_mut() {
            Some(farm) => {
                let decision = order.decide(farm, now());
                self.take_up(decision, reply);
            }
            None => refuse(reply, AskError::Recovering),
        }
    }

    /// Decides a report for a task of a job that is not in memory, or that has come back by now.
    fn carry_out_late<C: FarmCommand>(
        &mut self,
        order: C,
        late: Option<LateTask>,
        reply: ReplyTo<C::Reply>,
    ) {
        match self.farm.as_mut() {
            Some(farm) if holds(farm, order.subject()) => self.carry_out(order, Some(reply)),
            Some(farm) => {
                let decision = order.decide_late(farm, late, now());
                self.take_up(decision, Some(reply));
            }
            None => reply.refuse(AskError::Recovering),
        }
    }

    fn take_up<R: Send + 'static>(&mut self, decision: Decision<R>, reply: Option<ReplyTo<R>>) {
        let Decision {
            reply: answer,
            writes,
            handouts,
            facts,
        } = decision;
        self.counts.decisions += 1;
        self.writes.extend(writes);
        if let Some(reply) = reply {
            self.open.push(Release::reply(reply, answer));
        }
        for handout in handouts {
            // The way back leaves with *this* hand-out.
            if let Some(to) = self.waiting.remove(&handout.worker) {
                self.open.push(Release::Handout(to, handout.answer));
            }
        }
        self.open.extend(facts.into_iter().map(Release::Fact));
        let rested = self
            .farm
            .as_mut()
            .map(Farm::take_rested)
            .unwrap_or_default();
        self.leaving.extend(
            rested
                .into_iter()
                .map(|(no, version)| (self.batch, no, version)),
        );
    }

    /// Starts the next commit if none is under way; what needs none is let go at once.
    fn settle(&mut self, ctx: &mut Context<Self>) {
        while self.under_way.is_none() && !(self.open.is_empty() && self.writes.is_empty()) {
            let releases = mem::take(&mut self.open);
            let batch = self.batch;
            self.batch += 1;
            if self.writes.is_empty() {
                self.let_go(batch, releases);
                continue;
            }
            let writes = mem::take(&mut self.writes);
            self.counts.commit_begins(writes.len());
            let vital = writes
                .iter()
                .any(|write| !matches!(write, Write::Heartbeats(_)));
            self.under_way = Some(UnderWay {
                batch,
                releases,
                vital,
            });
            let commit = Commit {
                writes,
                generation: self.generation,
                done: ctx.address().recipient(),
            };
            if let Err(error) = self.store.commit(commit) {
                tracing::error!(%error, "the store takes no commit");
                return ctx.stop();
            }
        }
    }

    /// Answers all that a batch covers. A hand-out that nobody took goes back, by a decision of its own.
    fn let_go(&mut self, batch: u64, releases: Vec<Release>) {
        for release in releases {
            if let Some(take_back) = release.let_go(&self.listeners) {
                self.carry_out(take_back, None);
            }
        }
        let Some(farm) = self.farm.as_mut() else {
            return;
        };
        self.leaving.retain(|(covered, no, version)| {
            let stored = *covered <= batch;
            if stored {
                farm.forget(*no, *version);
            }
            !stored
        });
    }

    /// Refuses all who wait: nothing of what they ordered has come about.
    fn refuse_all(&mut self, error: AskError) {
        let under_way = self
            .under_way
            .take()
            .map(|under_way| under_way.releases)
            .unwrap_or_default();
        for release in under_way.into_iter().chain(mem::take(&mut self.open)) {
            release.refuse(error);
        }
        for (_, reply) in self.waiting.drain() {
            reply.refuse(error);
        }
        self.aside.refuse_all(error);
        self.writes.clear();
        self.leaving.clear();
    }

    /// Sets an order aside until the job that it is about was read.
    fn set_aside<C: FarmCommand>(
        &mut self,
        key: JobKey,
        ask: Ask<Decide<C>>,
        ctx: &mut Context<Self>,
    ) {
        let Ask {
            order: Decide(order),
            reply,
            ..
        } = ask;
        let first = self.aside.put(
            key,
            Box::new(move |scheduler| match scheduler {
                Ok(scheduler) => scheduler.carry_out(order, Some(reply)),
                Err(error) => reply.refuse(error),
            }),
        );
        if first {
            aside::read_job(&self.store, self.generation, key, ctx.address().recipient());
        }
    }
}

/// Whether an order can be decided by what is in memory.
fn holds(farm: &Farm, subject: Subject) -> bool {
    match subject {
        Subject::Farm => true,
        Subject::Job(job) => farm.job_by_id(job).is_some(),
        Subject::Task(task) | Subject::Report(task) => farm.find_task(task).is_some(),
    }
}

fn refuse_orders(orders: Vec<aside::Waiting>, error: AskError) {
    for order in orders {
        order(Err(error));
    }
}

fn refuse<R>(reply: Option<ReplyTo<R>>, error: AskError) {
    if let Some(reply) = reply {
        reply.refuse(error);
    }
}

impl Actor for Scheduler {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.generation += 1;
        let image = recover(self.store.clone(), self.generation);
        ctx.spawn(image.into_actor(self).map(|image, scheduler, ctx| {
            let farm = Farm::from_image(image, scheduler.thresholds, now());
            tracing::info!(
                job.count = farm.jobs().count(),
                worker.count = farm.workers().count(),
                generation = scheduler.generation,
                "the farm is in memory"
            );
            scheduler.farm = Some(farm);
            scheduler.settle(ctx);
        }));
    }
}

impl Supervised for Scheduler {
    fn restarting(&mut self, _: &mut Context<Self>) {
        tracing::warn!(
            generation = self.generation,
            "the scheduler recovers from a failed commit"
        );
        self.counts.recoveries += 1;
        if let Some(farm) = self.farm.take() {
            self.thresholds = farm.thresholds;
        }
        self.refuse_all(AskError::Recovering);
    }
}

/// Reads the farm, as soon as the store can be written to.
async fn recover(store: Store, generation: u64) -> FarmImage {
    let mut pauses = RECOVERY_PAUSES.into_iter();
    let mut pause = RECOVERY_PAUSES[0];
    loop {
        match probe(&store).await {
            Ok(Ok(())) => match store.begin_generation(LoadFarm { generation }).await {
                Ok(Ok(image)) => return image,
                Ok(Err(error)) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "cannot read the farm"
                ),
                Err(error) => tracing::error!(%error, "cannot read the farm"),
            },
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the database cannot be written to"
                );
            }
            Err(error) => tracing::error!(%error, "the database cannot be written to"),
        }
        pause = pauses.next().unwrap_or(pause);
        tokio::time::sleep(pause).await;
    }
}

/// Finds out whether there is room to write.
async fn probe(store: &Store) -> Result<Result<(), StoreError>, AskError> {
    match store.write(Probe).await {
        Ok(Ok(())) => store.write(EndProbe).await,
        refused => refused,
    }
}

impl<C: FarmCommand> Handler<Ask<Decide<C>>> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.decide", level = "debug", skip_all, fields(order = std::any::type_name::<C>()))]
    fn handle(&mut self, ask: Ask<Decide<C>>, ctx: &mut Context<Self>) {
        let Some(farm) = self.farm.as_ref() else {
            return ask.reply.refuse(AskError::Recovering);
        };
        if self.is_full() {
            return ask.reply.refuse(AskError::Busy);
        }
        let subject = ask.order.0.subject();
        if holds(farm, subject) {
            self.carry_out(ask.order.0, Some(ask.reply));
            return self.settle(ctx);
        }
        match subject {
            Subject::Job(job) => self.set_aside(JobKey::Job(job), ask, ctx),
            Subject::Task(task) => self.set_aside(JobKey::Task(task), ask, ctx),
            Subject::Farm | Subject::Report(_) => {
                let Subject::Report(task) = subject else {
                    return;
                };
                let Ask {
                    order: Decide(order),
                    reply,
                    ..
                } = ask;
                let report = self.aside.put_report(Box::new(move |found| match found {
                    Ok((scheduler, late)) => scheduler.carry_out_late(order, late, reply),
                    Err(error) => reply.refuse(error),
                }));
                aside::read_task(
                    &self.store,
                    self.generation,
                    report,
                    task,
                    ctx.address().recipient(),
                );
            }
        }
    }
}

impl Handler<JobRead> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.job_read", level = "debug", skip_all, fields(generation = read.generation))]
    fn handle(&mut self, read: JobRead, ctx: &mut Context<Self>) {
        if read.generation != self.generation {
            return;
        }
        let orders = self.aside.take(read.key);
        match (read.found, self.farm.as_mut()) {
            (Ok(found), Some(farm)) => {
                if let Some(image) = found {
                    farm.take_in_image(*image, now());
                }
                for order in orders {
                    order(Ok(self));
                }
            }
            (Err(error), _) => refuse_orders(orders, error),
            (Ok(_), None) => refuse_orders(orders, AskError::Recovering),
        }
        self.settle(ctx);
    }
}

impl Handler<TaskRead> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.task_read", level = "debug", skip_all, fields(generation = read.generation))]
    fn handle(&mut self, read: TaskRead, ctx: &mut Context<Self>) {
        if read.generation != self.generation {
            return;
        }
        if let Some(report) = self.aside.take_report(read.report) {
            match read.found {
                Ok(late) => report(Ok((self, late))),
                Err(error) => report(Err(error)),
            }
        }
        self.settle(ctx);
    }
}

impl Handler<Ask<RequestTask>> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.request_task", level = "debug", skip_all, fields(worker.id = %ask.order.worker))]
    fn handle(&mut self, ask: Ask<RequestTask>, ctx: &mut Context<Self>) {
        let Ask {
            order: RequestTask { worker, ticket },
            reply,
            ..
        } = ask;
        if self.farm.is_none() {
            return reply.refuse(AskError::Recovering);
        }
        if self.is_full() {
            return reply.refuse(AskError::Busy);
        }
        if let Some(older) = self.waiting.insert(worker, reply) {
            self.open.push(Release::Handout(older, Answer::Nothing));
        }
        self.carry_out(ScheduleTask { worker, ticket }, None);
        self.settle(ctx);
    }
}

impl Handler<Committed> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.committed", level = "debug", skip_all, fields(generation = done.generation))]
    fn handle(&mut self, done: Committed, ctx: &mut Context<Self>) {
        if done.generation != self.generation {
            return;
        }
        self.counts.commit_ends();
        if done.failed
            && self
                .under_way
                .as_ref()
                .is_some_and(|under_way| under_way.vital)
        {
            return ctx.stop();
        }
        let covered = self.under_way.take();
        // The next batch on its way first, then the answers of this one.
        self.settle(ctx);
        if let Some(covered) = covered {
            self.let_go(covered.batch, covered.releases);
        }
        self.settle(ctx);
    }
}

impl Handler<Tell<ThresholdsChanged>> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.thresholds_changed", level = "debug", skip_all)]
    fn handle(&mut self, tell: Tell<ThresholdsChanged>, ctx: &mut Context<Self>) {
        let ThresholdsChanged(thresholds) = tell.fact;
        // While it recovers there is no farm to be told; the next one has these.
        self.thresholds = thresholds;
        self.carry_out(SetThresholds(thresholds), None);
        self.settle(ctx);
    }
}

impl Handler<Ask<HowAreYou>> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.how_are_you", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<HowAreYou>, _: &mut Context<Self>) {
        ask.reply.answer(self.farm.is_some());
    }
}

impl Handler<Ask<MeasureScheduler>> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.measure_scheduler", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<MeasureScheduler>, _: &mut Context<Self>) {
        let mut figures = self.counts.figures(self.farm.as_ref());
        figures.decisions_waiting = self.waiting_decisions() as u64;
        figures.workers_waiting = self.waiting.len() as u64;
        ask.reply.answer(figures);
    }
}
