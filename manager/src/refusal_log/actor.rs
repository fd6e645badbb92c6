//! The RefusalLog's shell.

use std::time::{Duration, Instant};

use actix::{Actor, AsyncContext, Context, Handler};
use tracing::instrument;

use super::messages::{Refusal, RefusalFigures, Refused};
use super::tally::{Line, Tally};
use crate::ask::{Ask, Front, Tell};
use crate::metrics::MeasureRefusals;

/// More refusals than this do not wait to be counted: those above it are not.
const WAITING: usize = 10_000;
/// How often it looks whether a minute is over.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// See the [module](super).
#[derive(Debug)]
pub struct RefusalLog {
    since: Instant,
    tally: Tally,
    figures: RefusalFigures,
}

/// The RefusalLog as others see it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Refusals(Front<RefusalLog>);

impl Refusals {
    /// Starts it.
    pub fn start() -> Self {
        let log = RefusalLog {
            since: Instant::now(),
            tally: Tally::default(),
            figures: RefusalFigures::default(),
        };
        Self(Front::start(log, WAITING))
    }

    /// Tells of a refusal.
    pub fn note(&self, what: Refusal, peer: impl Into<String>, reason: impl Into<String>) {
        // A flood must not fill the memory.
        if self.0.standing().waiting < WAITING {
            let (peer, reason) = (peer.into(), reason.into());
            self.0.hearing().tell(Refused { what, peer, reason });
        }
    }

    /// Where it is asked.
    pub fn front(&self) -> &Front<RefusalLog> {
        &self.0
    }
}

impl Actor for RefusalLog {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(LOOK_EVERY, |log, _| {
            for line in log.tally.due(log.since.elapsed()) {
                write(&line);
            }
        });
    }
}

impl Handler<Tell<Refused>> for RefusalLog {
    type Result = ();

    #[instrument(name = "refusal_log.refused", level = "debug", skip_all)]
    fn handle(&mut self, tell: Tell<Refused>, _: &mut Context<Self>) {
        *self.figures.entry(tell.fact.what).or_default() += 1;
        if let Some(line) = self.tally.note(tell.fact, self.since.elapsed()) {
            write(&line);
        }
    }
}

impl Handler<Ask<MeasureRefusals>> for RefusalLog {
    type Result = ();

    #[instrument(name = "refusal_log.measure_refusals", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<MeasureRefusals>, _: &mut Context<Self>) {
        ask.reply.answer(self.figures.clone());
    }
}

fn write(line: &Line) {
    let (count, peer, reason) = (line.count, &line.peer, &line.reason);
    match line.what {
        Refusal::Connection => {
            tracing::warn!(
                refused.count = count,
                peer,
                reason,
                "connections are refused"
            );
        }
        Refusal::Listener => {
            tracing::warn!(
                refused.count = count,
                peer,
                reason,
                "listeners to events are refused"
            );
        }
        Refusal::Registration => {
            tracing::warn!(
                refused.count = count,
                peer,
                reason,
                "registrations of Workers are refused"
            );
        }
        Refusal::Credentials => {
            tracing::warn!(
                refused.count = count,
                peer,
                reason,
                "credentials of Workers are refused"
            );
        }
        Refusal::Malformed => {
            tracing::warn!(
                refused.count = count,
                peer,
                reason,
                "requests that cannot be understood are refused"
            );
        }
        Refusal::Job => tracing::info!(refused.count = count, peer, reason, "jobs are refused"),
    }
}
