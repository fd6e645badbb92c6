//! The Scheduler's shell: carries orders out on the farm, commits, lets answers go. The rules are in
//! [`farm`](crate::farm).

use std::collections::HashMap;

use actix::fut::{ActorFutureExt, WrapFuture};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Supervised, Supervisor};
use farandole_protocol::ids::{TaskId, WorkerId};
use farandole_protocol::time::Timestamp;
use tracing::instrument;

use super::aside::{self, Aside, JobKey, JobRead, Missing, TaskRead};
use super::batches::{Batches, Closed, Covered};
use super::clock::Clock;
use super::figures::Counts;
use super::messages::{Decide, RequestTask};
use super::recovery::recover;
use super::release::{Listeners, Release};
use crate::ask::{Ask, AskError, Front, NO_BOUND, ReplyTo, Tell, TellTo};
use crate::broadcaster::Publish;
use crate::farm::commands::ticks::SetThresholds;
use crate::farm::commands::workers::ScheduleTask;
use crate::farm::decision::{Answer, Decision, FarmCommand, LateTask};
use crate::farm::state::{Farm, Thresholds};
use crate::health::HowAreYou;
use crate::metrics::MeasureScheduler;
use crate::settings::ThresholdsChanged;
use crate::store::{Commit, Committed, Store};
use crate::task_logs::AppendNote;

/// So many orders may lie in the mailbox: a burst of all Workers of a large farm, each with a few reports. More are
/// refused, which costs their senders a second.
const MAILBOX: usize = 16_384;
/// So many decisions may wait for a commit. At the slowest disk that is still worth using (100 commits a second of
/// some 100 decisions each) they wait two seconds.
const WAITING_DECISIONS: usize = 20_000;

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
    batches: Batches,
    /// The ways back to Workers that wait for a task, beside the farm's own list of them.
    waiting: HashMap<WorkerId, ReplyTo<Answer>>,
    aside: Aside,
    counts: Counts,
    clock: Clock,
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
            batches: Batches::new(),
            waiting: HashMap::new(),
            aside: Aside::default(),
            counts: Counts::default(),
            clock: Clock::default(),
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
        self.batches.waiting() + self.aside.len()
    }

    fn is_full(&self) -> bool {
        self.waiting_decisions() > WAITING_DECISIONS
    }

    /// Why there is no farm in memory.
    fn away(&self) -> AskError {
        if self.counts.recoveries == 0 {
            AskError::Starting
        } else {
            AskError::Recovering
        }
    }

    /// What the wall clock shows. The farm learns what the monotonic clock shows, and whether the Manager stood still.
    fn read_clock(&mut self) -> Timestamp {
        let reading = self.clock.read();
        if let Some(farm) = self.farm.as_mut() {
            farm.advance(reading.uptime);
            if let Some(standstill) = reading.standstill {
                tracing::warn!(
                    standstill_s = standstill.as_secs(),
                    "the Manager stood still, so all time-outs begin again"
                );
                farm.renew_time_outs();
            }
        }
        reading.now
    }

    /// Decides an order; what comes of it waits for the open batch.
    fn carry_out<C: FarmCommand>(&mut self, order: C, reply: Option<ReplyTo<C::Reply>>) {
        let now = self.read_clock();
        match self.farm.as_mut() {
            Some(farm) => {
                let decision = order.decide(farm, now);
                self.take_up(decision, reply);
            }
            None => refuse(reply, self.away()),
        }
    }

    /// Decides a report for a task of a job that is not in memory, or that has come back by now.
    fn carry_out_late<C: FarmCommand>(
        &mut self,
        order: C,
        late: Option<LateTask>,
        reply: ReplyTo<C::Reply>,
    ) {
        let now = self.read_clock();
        match self.farm.as_mut() {
            Some(farm) if aside::missing(farm, order.subject()).is_none() => {
                self.carry_out(order, Some(reply));
            }
            Some(farm) => {
                let decision = order.decide_late(farm, late, now);
                self.take_up(decision, Some(reply));
            }
            None => reply.refuse(self.away()),
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
        self.batches.write(writes);
        if let Some(reply) = reply {
            self.batches.hold(Release::reply(reply, answer));
        }
        for handout in handouts {
            // The way back leaves with *this* hand-out.
            if let Some(to) = self.waiting.remove(&handout.worker) {
                self.batches.hold(Release::Handout(to, handout.answer));
            }
        }
        for fact in facts {
            self.batches.hold(Release::Fact(fact));
        }
        if let Some(farm) = self.farm.as_mut() {
            self.batches.leave(farm.take_rested());
        }
    }

    /// Starts the next commit if none is under way; what needs none is let go at once.
    fn settle(&mut self, ctx: &mut Context<Self>) {
        while let Some(closed) = self.batches.close() {
            match closed {
                Closed::NothingToWrite(covered) => self.let_go(covered),
                Closed::ToCommit(writes) => {
                    self.counts.commit_begins(writes.len());
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
        }
    }

    /// Answers all that a batch covers. A hand-out that nobody took goes back, by a decision of its own.
    fn let_go(&mut self, Covered { batch, releases }: Covered) {
        for release in releases {
            if let Some(take_back) = release.let_go(&self.listeners) {
                self.carry_out(take_back, None);
            }
        }
        if let Some(farm) = self.farm.as_mut() {
            for (job, version) in self.batches.left_by(batch) {
                farm.forget(job, version);
            }
        }
    }

    /// Refuses all who wait: nothing of what they ordered has come about.
    fn refuse_all(&mut self, error: AskError) {
        self.batches.refuse_all(error);
        for (_, reply) in self.waiting.drain() {
            reply.refuse(error);
        }
        self.aside.refuse_all(error);
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

    /// Sets a report aside until the state of its task was read.
    fn set_report_aside<C: FarmCommand>(
        &mut self,
        task: TaskId,
        ask: Ask<Decide<C>>,
        ctx: &mut Context<Self>,
    ) {
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
            let reading = scheduler.clock.read();
            let farm = Farm::from_image(image, scheduler.thresholds, reading.now, reading.uptime);
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

impl<C: FarmCommand> Handler<Ask<Decide<C>>> for Scheduler {
    type Result = ();

    #[instrument(name = "scheduler.decide", level = "debug", skip_all, fields(order = std::any::type_name::<C>()))]
    fn handle(&mut self, ask: Ask<Decide<C>>, ctx: &mut Context<Self>) {
        let Some(farm) = self.farm.as_ref() else {
            return ask.reply.refuse(self.away());
        };
        if self.is_full() {
            return ask.reply.refuse(AskError::Busy);
        }
        match aside::missing(farm, ask.order.0.subject()) {
            None => {
                self.carry_out(ask.order.0, Some(ask.reply));
                self.settle(ctx);
            }
            Some(Missing::Job(key)) => self.set_aside(key, ask, ctx),
            Some(Missing::Task(task)) => self.set_report_aside(task, ask, ctx),
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
        let now = self.read_clock();
        match (read.found, self.farm.as_mut()) {
            (Ok(found), Some(farm)) => {
                if let Some(image) = found {
                    farm.take_in_image(*image, now);
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
            return reply.refuse(self.away());
        }
        if self.is_full() {
            return reply.refuse(AskError::Busy);
        }
        if let Some(older) = self.waiting.insert(worker, reply) {
            self.batches.hold(Release::Handout(older, Answer::Nothing));
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
        let Ok(covered) = self.batches.ended(done.failed) else {
            return ctx.stop();
        };
        // The next batch on its way first, then the answers of this one.
        self.settle(ctx);
        if let Some(covered) = covered {
            self.let_go(covered);
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
        let found = self.farm.as_ref().map(drop);
        ask.reply
            .answer(found.ok_or_else(|| self.away().to_string()));
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
