//! How actors of the Worker are spoken to: [`ask`] for what has an answer, [`tell`] for facts.
//!
//! Everybody in the Worker who asks waits for the answer before asking again, so no more messages can wait than
//! there are askers, and the mailboxes' bounds are never met. Asks go downwards only: states → TaskExecutor →
//! Upstream, OutputUploader, Heartbeat; the Foreman asks all of them, and is only ever told.

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, Message, Recipient};
use tracing::error;

/// Room for messages in each mailbox: there are ten actors, and each has at most a few words for another at a time.
pub const MAILBOX: usize = 64;

/// The actor that was asked has ended, as it does only together with the whole Worker.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the Worker is ending")]
pub struct Stopped;

/// Asks and waits for the answer.
pub async fn ask<A, M>(addr: &Addr<A>, order: M) -> Result<M::Result, Stopped>
where
    A: Actor + Handler<M>,
    A::Context: ToEnvelope<A, M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    addr.send(order).await.map_err(|_| Stopped)
}

/// Tells a fact. That nobody listens any more is no news while the Worker ends; a full mailbox would be a bug.
pub fn tell<M>(to: &Recipient<M>, fact: M)
where
    M: Message + Send + 'static,
    M::Result: Send,
{
    if let Err(actix::prelude::SendError::Full(_)) = to.try_send(fact) {
        error!("a mailbox is full, a message is lost");
    }
}
