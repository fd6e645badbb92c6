//! The one way to ask an actor: hand over an order, wait for its answer.
//!
//! `Addr::send` never refuses (it clones a sender when the mailbox is full), so orders are handed over with
//! `try_send`: a full mailbox says [`AskError::Busy`] at once, which the HTTP edge turns into a 503. The reply
//! channel travels inside the message, so that an order can be answered later than its handler returns, and so
//! that pure orders need to know nothing of actix. An accepted order is carried out even if its caller has gone.
//!
//! The queue of a `SyncArbiter` has no bound of its own: [`Front`] counts what waits there.

use std::fmt;
use std::sync::Arc;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, Message};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Something that can be asked of an actor.
pub trait Order: Send + 'static {
    /// The answer.
    type Reply: Send + 'static;
}

/// An order on its way, with the channel that its answer takes.
pub struct Ask<O: Order> {
    /// The order.
    pub order: O,
    /// Where the answer goes.
    pub reply: ReplyTo<O::Reply>,
}

impl<O: Order> Message for Ask<O> {
    type Result = ();
}

impl<O: Order + fmt::Debug> fmt::Debug for Ask<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask")
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}

/// The way back to whoever asked.
pub struct ReplyTo<R> {
    channel: oneshot::Sender<Result<R, AskError>>,
    // Held until the answer is on its way: what a Front counts.
    _place: Option<OwnedSemaphorePermit>,
}

impl<R> fmt::Debug for ReplyTo<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyTo").finish_non_exhaustive()
    }
}

impl<R> ReplyTo<R> {
    /// A reply channel and its other end, for an order that is handed over in a message of its own.
    pub fn new() -> (Self, Answer<R>) {
        let (channel, answer) = oneshot::channel();
        (
            Self {
                channel,
                _place: None,
            },
            Answer { channel: answer },
        )
    }

    /// Answers. That nobody waits for the answer any more is no loss: what was ordered has happened.
    pub fn answer(self, answer: R) {
        drop(self.try_answer(answer));
    }

    /// Answers. Gives the answer back if nobody waits for it any more.
    pub fn try_answer(self, answer: R) -> Option<R> {
        match self.channel.send(Ok(answer)) {
            Err(Ok(answer)) => Some(answer),
            Ok(()) | Err(Err(_)) => None,
        }
    }

    /// Says that the order was not carried out.
    pub fn refuse(self, error: AskError) {
        drop(self.channel.send(Err(error)));
    }

    /// Whether nobody waits for the answer any more.
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    /// Comes to an end once nobody waits for the answer any more.
    pub async fn closed(&mut self) {
        self.channel.closed().await;
    }
}

/// An answer that is awaited.
#[derive(Debug)]
pub struct Answer<R> {
    channel: oneshot::Receiver<Result<R, AskError>>,
}

impl<R> Answer<R> {
    /// The answer, once it is there.
    pub async fn wait(self) -> Result<R, AskError> {
        self.channel.await.unwrap_or(Err(AskError::Stopped))
    }
}

/// Why an order was not carried out. Whoever gets one may ask again later.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AskError {
    /// The actor has more to do than it takes on.
    #[error("too busy")]
    Busy,
    /// The actor is restarting and will be back soon.
    #[error("recovering from a fault")]
    Recovering,
    /// The actor has ended.
    #[error("shutting down")]
    Stopped,
}

/// Hands the order over and waits for the answer.
pub async fn ask<A, O>(addr: &Addr<A>, order: O) -> Result<O::Reply, AskError>
where
    A: Actor + Handler<Ask<O>>,
    A::Context: ToEnvelope<A, Ask<O>>,
    O: Order,
{
    hand_over(addr, order)?.wait().await
}

/// Hands the order over; the answer may be waited for later, or not at all.
pub fn hand_over<A, O>(addr: &Addr<A>, order: O) -> Result<Answer<O::Reply>, AskError>
where
    A: Actor + Handler<Ask<O>>,
    A::Context: ToEnvelope<A, Ask<O>>,
    O: Order,
{
    let (reply, answer) = ReplyTo::new();
    try_send(addr, Ask { order, reply })?;
    Ok(answer)
}

/// Puts a message into the actor's mailbox, or says why not.
pub fn try_send<A, M>(addr: &Addr<A>, message: M) -> Result<(), AskError>
where
    A: Actor + Handler<M>,
    A::Context: ToEnvelope<A, M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    addr.try_send(message).map_err(|error| match error {
        actix::prelude::SendError::Full(_) => AskError::Busy,
        actix::prelude::SendError::Closed(_) => AskError::Stopped,
    })
}

/// Runs what waits for one request: a long poll, an ask, a read. A task of its own, because actix polls *all* futures
/// of an actor at each wake, so that thousands of waits would slow each request down.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where such tasks are started"
)]
pub fn in_background(future: impl Future<Output = ()> + 'static) {
    actix::spawn(future);
}

/// The counted front of actors on threads of their own, whose queue would otherwise grow without bound.
pub struct Front<A: Actor> {
    addr: Addr<A>,
    places: Arc<Semaphore>,
    bound: usize,
}

impl<A: Actor> Clone for Front<A> {
    fn clone(&self) -> Self {
        Self {
            addr: self.addr.clone(),
            places: Arc::clone(&self.places),
            bound: self.bound,
        }
    }
}

impl<A: Actor> fmt::Debug for Front<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front")
            .field("free", &self.places.available_permits())
            .finish_non_exhaustive()
    }
}

impl<A: Actor> Front<A> {
    /// A front that lets at most `places` orders wait or be worked on.
    pub fn new(addr: Addr<A>, places: usize) -> Self {
        Self {
            addr,
            places: Arc::new(Semaphore::new(places)),
            bound: places,
        }
    }

    /// How many orders wait or are worked on.
    pub fn waiting(&self) -> usize {
        self.bound - self.places.available_permits()
    }

    /// Whether the actors behind it still take orders.
    pub fn connected(&self) -> bool {
        self.addr.connected()
    }

    /// Hands over a message that is not counted, because its sender sends one at a time.
    pub fn try_send<M>(&self, message: M) -> Result<(), AskError>
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        try_send(&self.addr, message)
    }

    /// Hands the order over and waits for the answer.
    pub async fn ask<O>(&self, order: O) -> Result<O::Reply, AskError>
    where
        A: Handler<Ask<O>>,
        A::Context: ToEnvelope<A, Ask<O>>,
        O: Order,
    {
        self.hand_over(order)?.wait().await
    }

    /// Hands the order over; the answer may be waited for later, or not at all.
    pub fn hand_over<O>(&self, order: O) -> Result<Answer<O::Reply>, AskError>
    where
        A: Handler<Ask<O>>,
        A::Context: ToEnvelope<A, Ask<O>>,
        O: Order,
    {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| AskError::Busy)?;
        let (channel, answer) = oneshot::channel();
        try_send(
            &self.addr,
            Ask {
                order,
                reply: ReplyTo {
                    channel,
                    _place: Some(place),
                },
            },
        )?;
        Ok(Answer { channel: answer })
    }
}
