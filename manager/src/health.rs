//! Whether each part of the Manager does its work. A part is asked, and has a time limit to answer: an actor that is
//! stuck cannot say so itself.
//!
//! Parts that do long work on threads of their own (scripts, files of the shared storage) are not asked: that their
//! threads are busy, or wait for a slow server, is no fault of the Manager.

use std::fmt;
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Handler};
use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, ready};
use tokio::time::{sleep, timeout};
use tracing::instrument;

use crate::ask::{self, Ask, AskError, Front, Order, Standing};
use crate::broadcaster::Broadcaster;
use crate::farm_status::FarmStatus;
use crate::gatekeeper::Gatekeeper;
use crate::handout::Handout;
use crate::host::Host;
use crate::job_deleter::JobDeleter;
use crate::job_intake::JobIntake;
use crate::job_output::JobOutput;
use crate::last_rendered::LastRendered;
use crate::mqtt::Mqtt;
use crate::refusal_log::RefusalLog;
use crate::settings::Settings;
use crate::task_reports::TaskReports;
use crate::worker_conditions::WorkerConditions;

/// A part that neither answers by then nor has dealt with anything else is stuck.
const LIMIT: Duration = Duration::from_secs(2);

/// Whether a part is in working order. From `/readyz`, the metrics and the control socket.
#[derive(Clone, Copy, Debug)]
pub struct HowAreYou;

impl Order for HowAreYou {
    /// Why it is not, for people.
    type Reply = Result<(), String>;
}

/// Whether a part is in working order.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct PartHealth {
    /// Which part.
    pub name: &'static str,
    /// Whether it does its work.
    pub ready: bool,
    /// Why it does not, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl PartHealth {
    fn new(name: &'static str, found: Result<(), String>) -> Self {
        Self {
            name,
            ready: found.is_ok(),
            reason: found.err(),
        }
    }
}

impl fmt::Display for PartHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => write!(f, "{}: {reason}", self.name),
            None => f.write_str(self.name),
        }
    }
}

/// A part of the Manager, as the HTTP edge lists it.
pub(crate) struct Part<'a> {
    /// What it is called in `/readyz` and in the metrics.
    pub(crate) name: &'static str,
    /// How its queue stands.
    pub(crate) standing: Standing,
    /// Finds out how it is.
    pub(crate) health: LocalBoxFuture<'a, PartHealth>,
}

impl<'a> Part<'a> {
    /// A part that is asked how it is.
    pub(crate) fn asked<A>(name: &'static str, front: &'a Front<A>) -> Self
    where
        A: Actor + Handler<Ask<HowAreYou>>,
        A::Context: ToEnvelope<A, Ask<HowAreYou>>,
    {
        let asked = find_health(front, LIMIT);
        Self {
            name,
            standing: front.standing(),
            health: asked
                .map(move |found| PartHealth::new(name, found))
                .boxed_local(),
        }
    }

    /// A part that may be busy for long: it is well as long as its threads are there.
    pub(crate) fn looked_at(name: &'static str, standing: Standing) -> Self {
        Self {
            name,
            standing,
            health: ready(PartHealth::new(name, is_there(standing))).boxed_local(),
        }
    }
}

fn is_there(standing: Standing) -> Result<(), String> {
    standing
        .connected
        .then_some(())
        .ok_or_else(|| AskError::Stopped.to_string())
}

async fn find_health<A>(front: &Front<A>, limit: Duration) -> Result<(), String>
where
    A: Actor + Handler<Ask<HowAreYou>>,
    A::Context: ToEnvelope<A, Ask<HowAreYou>>,
{
    let before = front.dealt_with();
    match timeout(limit, ask::ask(front, HowAreYou)).await {
        Ok(Ok(found)) => return found,
        // Too much waits for it: whether it works shows in what it deals with.
        Ok(Err(AskError::Busy)) => sleep(limit).await,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => {}
    }
    if front.dealt_with() == before {
        return Err(format!("it has not answered for {} s", limit.as_secs()));
    }
    Ok(())
}

/// Actors that are well when they answer.
macro_rules! well_when_they_answer {
    ($($actor:ty),* $(,)?) => {
        $(impl Handler<Ask<HowAreYou>> for $actor {
            type Result = ();

            #[instrument(name = "health.how_are_you", level = "trace", skip_all)]
            fn handle(&mut self, ask: Ask<HowAreYou>, _: &mut Self::Context) {
                ask.reply.answer(Ok(()));
            }
        })*
    };
}

well_when_they_answer!(
    Broadcaster,
    FarmStatus,
    Gatekeeper,
    Handout,
    Host,
    JobDeleter,
    JobIntake,
    JobOutput,
    LastRendered,
    Mqtt,
    RefusalLog,
    Settings,
    TaskReports,
    WorkerConditions,
);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use actix::{SyncArbiter, SyncContext};

    use super::*;
    use crate::ask::Tell;

    const SOON: Duration = Duration::from_millis(200);

    /// A thread that does some piece of work when it is told to, which takes until it is let go.
    struct Thread;

    impl Actor for Thread {
        type Context = SyncContext<Self>;
    }

    impl Handler<Tell<Receiver<()>>> for Thread {
        type Result = ();

        fn handle(&mut self, tell: Tell<Receiver<()>>, _: &mut SyncContext<Self>) {
            tell.fact.recv().unwrap_err();
        }
    }

    well_when_they_answer!(Thread);

    fn work(front: &Front<Thread>) -> Sender<()> {
        let (let_go, piece) = channel();
        front.tell(piece).unwrap();
        let_go
    }

    #[actix::test]
    async fn an_actor_that_is_stuck_is_told_from_a_busy_one() {
        let front = Front::new(SyncArbiter::start(1, || Thread), 3);
        assert_eq!(find_health(&front, SOON).await, Ok(()));
        // It answers before it gives the place of the question up.
        while front.standing().waiting > 0 {
            tokio::task::yield_now().await;
        }

        let stuck = work(&front);
        let reason = find_health(&front, SOON).await.unwrap_err();
        assert!(reason.contains("has not answered"), "{reason}");
        drop(stuck);
        assert_eq!(find_health(&front, Duration::from_mins(1)).await, Ok(()));

        let (first, second) = (work(&front), work(&front));
        let asked = find_health(&front, SOON);
        let (found, ()) = futures_util::join!(asked, async { drop(first) });
        assert_eq!(found, Ok(()), "it is busy, and gets on");

        let _third = (work(&front), work(&front));
        let full = find_health(&front, SOON).await;
        assert!(full.is_err(), "its mailbox is full, and nothing moves");
        drop(second);
    }
}
