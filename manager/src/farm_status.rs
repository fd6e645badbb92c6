//! FarmStatus: what the farm as a whole is doing, at a glance, and an event when that changes.
//!
//! It listens to the Broadcaster, and asks the Scheduler to look when a job or a Worker has changed its state; many
//! such changes lead to one look.

use std::time::Duration;

use actix::fut::{ActorFutureExt, WrapFuture};
use actix::{Actor, AsyncContext, Context, Handler, Message, StreamHandler};
use farandole_protocol::api::FarmStatusReport;
use farandole_protocol::event::{Event, EventFarmStatus, Topic};
use farandole_protocol::status::FarmStatus as State;
use tracing::instrument;

use crate::ask::{self, Ask, Front, Order, TellTo};
use crate::broadcaster::{Broadcaster, Publish, Subscribe};
use crate::farm::commands::ticks::AskFarmStatus;
use crate::scheduler::{self, Scheduler};

/// A look gathers what happens in this time.
const GATHER: Duration = Duration::from_millis(50);
/// The pause before listening anew.
const LISTEN_ANEW: Duration = Duration::from_secs(1);
/// The pause before another look, when the Scheduler could not say: it is just reading the farm.
const LOOK_ANEW: Duration = Duration::from_secs(1);
/// A look without an occasion, so that nothing can be missed for long.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What is the farm doing? From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct FindFarmStatus;

impl Order for FindFarmStatus {
    type Reply = State;
}

/// Something has changed: have a look.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
struct Look;

/// Something was told to those who listen to jobs and Workers.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
struct Stir;

/// As many as look at pages at once.
const MAILBOX: usize = 1_024;

/// See the [module](self).
#[derive(Debug)]
pub struct FarmStatus {
    scheduler: Front<Scheduler>,
    broadcaster: Front<Broadcaster>,
    tell: TellTo<Publish>,
    state: State,
    looking: bool,
}

impl FarmStatus {
    /// Looks at this Scheduler's farm; tells and listens to this Broadcaster.
    pub fn new(scheduler: Front<Scheduler>, broadcaster: Front<Broadcaster>) -> Self {
        let tell = broadcaster.hearing();
        Self {
            scheduler,
            broadcaster,
            tell,
            state: State::Starting,
            looking: false,
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }

    fn listen(&mut self, ctx: &mut Context<Self>) {
        let subscribe = Subscribe::of_part(vec![Topic::Jobs, Topic::Workers], None);
        let Ok(answer) = ask::hand_over(&self.broadcaster, subscribe) else {
            return;
        };
        ctx.spawn(answer.wait().into_actor(self).map(|subscription, _, ctx| {
            if let Ok(Ok(subscription)) = subscription {
                let live = futures_util::stream::unfold(subscription.live, |mut live| async move {
                    live.recv().await.map(|_| (Stir, live))
                });
                Self::add_stream(live, ctx);
            }
        }));
    }
}

impl Actor for FarmStatus {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.listen(ctx);
        ctx.notify_later(Look, GATHER);
        ctx.run_interval(LOOK_EVERY, |_, ctx| ctx.notify(Look));
    }
}

impl StreamHandler<Stir> for FarmStatus {
    fn handle(&mut self, _: Stir, ctx: &mut Context<Self>) {
        if !self.looking {
            self.looking = true;
            ctx.notify_later(Look, GATHER);
        }
    }

    /// Cut off, because a burst was larger than a listener's queue: listen anew, and look. Not at once, since the
    /// Manager may be ending, and then every new subscription ends as well.
    fn finished(&mut self, ctx: &mut Context<Self>) {
        ctx.run_later(LISTEN_ANEW, Self::listen);
        ctx.notify_later(Look, GATHER);
    }
}

impl Handler<Look> for FarmStatus {
    type Result = ();

    #[instrument(name = "farm_status.look", level = "debug", skip_all)]
    fn handle(&mut self, _: Look, ctx: &mut Context<Self>) {
        self.looking = false;
        let Ok(answer) = scheduler::hand_over(&self.scheduler, AskFarmStatus) else {
            ctx.notify_later(Look, LOOK_ANEW);
            return;
        };
        ctx.spawn(answer.wait().into_actor(self).map(|state, this, ctx| {
            let Ok(state) = state else {
                ctx.notify_later(Look, LOOK_ANEW);
                return;
            };
            if state != this.state {
                this.state = state;
                let report = FarmStatusReport { status: state };
                this.tell
                    .tell(Publish(Event::Status(EventFarmStatus(report))));
            }
        }));
    }
}

impl Handler<Ask<FindFarmStatus>> for FarmStatus {
    type Result = ();

    #[instrument(name = "farm_status.find_farm_status", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<FindFarmStatus>, _: &mut Context<Self>) {
        ask.reply.answer(self.state);
    }
}
