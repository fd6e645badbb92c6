//! SleepScheduler: a clock tick. Every few seconds the Scheduler is ordered to put sleep schedules into force whose
//! turn has come. The rule is [`CheckSleepSchedules`].
//!
//! Schedules go by the clock on the wall beside the Manager: its local time, in the time zone of the variable `TZ` or
//! of the system. The rules only ever see what that clock shows.

use std::time::Duration;

use actix::{Actor, AsyncContext, Context};
use chrono::Local;

use crate::ask::Front;
use crate::farm::commands::sleep::CheckSleepSchedules;
use crate::farm::sleep::WallClock;
use crate::scheduler::{self, Scheduler};

/// Schedules are to the minute, and nobody should wait for a good part of one.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// What the wall clock shows.
pub(crate) fn wall_clock() -> WallClock {
    Local::now().naive_local()
}

/// See the [module](self).
#[derive(Debug)]
pub struct SleepScheduler {
    scheduler: Front<Scheduler>,
}

impl SleepScheduler {
    /// Orders go to this Scheduler.
    pub fn new(scheduler: Front<Scheduler>) -> Self {
        Self { scheduler }
    }
}

impl Actor for SleepScheduler {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        // A Scheduler that is busy or recovering gets the next tick.
        ctx.run_interval(CHECK_EVERY, |this, _| {
            let clock = wall_clock();
            drop(scheduler::hand_over(
                &this.scheduler,
                CheckSleepSchedules { clock },
            ));
        });
    }
}
