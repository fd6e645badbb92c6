//! The actor that carries out a state's work, and how it tells the Foreman what it comes to know.

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient,
    WrapFuture,
};
use farandole_protocol::status::WorkerStatus;
use futures_util::future::LocalBoxFuture;
use tracing::instrument;
use url::Url;

use crate::ask::tell;
use crate::contact::{Manager, ManagerContact};
use crate::identity::Entry;

/// What a state comes to know.
#[derive(Clone, Debug)]
pub enum News {
    /// The Manager knows that the Worker is in this state now.
    Entered(WorkerStatus),
    /// The Worker has signed on.
    SignedOn {
        /// Where.
        url: Url,
        /// The Manager, called as this Worker.
        manager: Manager,
        /// Who the Worker is there.
        entry: Entry,
        /// The state to go to.
        wish: WorkerStatus,
    },
    /// The Manager wishes another state.
    ChangeTo(WorkerStatus),
    /// How a call of the Manager went.
    Contact(ManagerContact),
    /// The Worker cannot work, for this reason.
    Hopeless(String),
    /// All is done; the Worker ends with this exit code.
    Left(i32),
}

/// To the Foreman, from the state that was entered as the `term`-th. Late word of an earlier one counts for nothing.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct StateNews {
    /// Which entry of a state this is about.
    pub term: u64,
    /// What there is to know.
    pub news: News,
}

/// The way to the Foreman.
#[derive(Clone, Debug)]
pub struct Post {
    foreman: Recipient<StateNews>,
    term: u64,
}

impl Post {
    /// The way of the state that is entered as the `term`-th.
    pub const fn new(foreman: Recipient<StateNews>, term: u64) -> Self {
        Self { foreman, term }
    }

    /// Tells the Foreman.
    pub fn tell(&self, news: News) {
        tell(
            &self.foreman,
            StateNews {
                term: self.term,
                news,
            },
        );
    }
}

/// From the Foreman: stop at once, whatever you are at.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Leave;

/// Carries out the work of one state.
pub struct Shift {
    work: Option<LocalBoxFuture<'static, ()>>,
}

impl Shift {
    /// The work begins when the actor is started.
    pub fn new(work: impl Future<Output = ()> + 'static) -> Self {
        Self {
            work: Some(Box::pin(work)),
        }
    }
}

impl std::fmt::Debug for Shift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shift").finish_non_exhaustive()
    }
}

impl Actor for Shift {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(work) = self.work.take() {
            ctx.spawn(work.into_actor(self).map(|(), _, ctx| ctx.stop()));
        }
    }
}

impl Handler<Leave> for Shift {
    type Result = ();

    #[instrument(name = "shift.leave", level = "debug", skip_all)]
    fn handle(&mut self, _: Leave, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
