//! TimeoutChecker: a clock tick. Once a second the Scheduler is ordered to give up what nobody has heard of for too
//! long, and every few seconds to store signs of life. The rule is [`CheckTimeouts`].

use std::time::Duration;

use actix::{Actor, AsyncContext, Context};

use crate::ask::Front;
use crate::farm::commands::ticks::{CheckTimeouts, SaveHeartbeats};
use crate::scheduler::{self, Scheduler};

/// Deadlines are met to the second.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// What a crash may lose of signs of life, which count as fresh after a start anyway.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// See the [module](self).
#[derive(Debug)]
pub struct TimeoutChecker {
    scheduler: Front<Scheduler>,
}

impl TimeoutChecker {
    /// Orders go to this Scheduler.
    pub fn new(scheduler: Front<Scheduler>) -> Self {
        Self { scheduler }
    }
}

impl Actor for TimeoutChecker {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        // A Scheduler that is busy or recovering gets the next tick.
        ctx.run_interval(CHECK_EVERY, |checker, _| {
            drop(scheduler::hand_over(&checker.scheduler, CheckTimeouts));
        });
        ctx.run_interval(SAVE_EVERY, |checker, _| {
            drop(scheduler::hand_over(&checker.scheduler, SaveHeartbeats));
        });
    }
}
