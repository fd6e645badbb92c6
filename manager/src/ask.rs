//! The one way to reach an actor: ask it, or tell it a fact.
//!
//! Each actor stands behind a [`Front`], which counts what has been handed over and not been dealt with yet: whatever
//! is on its way holds a place until its handler is done with it. So orders are refused when too many wait, with
//! [`AskError::Busy`], which the HTTP edge turns into a 503; and what waits before each actor can be told. Facts are
//! never refused. Only what an actor tells itself, when work of its own has come to an end, is not counted.
//!
//! The mailboxes of actix do neither: `Addr::send` never refuses, each clone of an address adds a slot, the queue of a
//! `SyncArbiter` has no bound, and none tells its length. They have no bound here.
//!
//! The reply channel travels inside the message, so that an order can be answered later than its handler returns, and
//! so that pure orders need to know nothing of actix. An accepted order is carried out even if its caller has gone.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Context, Handler, Message, Recipient, WeakAddr};
use tokio::sync::oneshot;
use tracing::Instrument as _;

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
    _place: Place,
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

/// A fact on its way to an actor, which answers nothing.
#[derive(Debug)]
pub struct Tell<F> {
    /// What has happened.
    pub fact: F,
    _place: Place,
}

impl<F> Message for Tell<F> {
    type Result = ();
}

/// A place before an actor: taken by what is handed over, and given up once that is dealt with.
#[derive(Debug)]
struct Place(Arc<Queue>);

impl Place {
    fn before(queue: &Arc<Queue>) -> Self {
        queue.waiting.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(queue))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.dealt_with.fetch_add(1, Ordering::Relaxed);
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The way back to whoever asked.
pub struct ReplyTo<R> {
    channel: oneshot::Sender<Result<R, AskError>>,
}

impl<R> fmt::Debug for ReplyTo<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyTo").finish_non_exhaustive()
    }
}

impl<R> ReplyTo<R> {
    /// A way back, and its other end.
    pub(crate) fn new() -> (Self, Answer<R>) {
        let (channel, answer) = oneshot::channel();
        (Self { channel }, Answer { channel: answer })
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
    /// The actor is reading what it needs before it can take orders.
    #[error("starting")]
    Starting,
    /// The actor is restarting and will be back soon.
    #[error("recovering from a fault")]
    Recovering,
    /// The actor has ended.
    #[error("shutting down")]
    Stopped,
}

/// Hands the order over and waits for the answer.
pub async fn ask<A, O>(front: &Front<A>, order: O) -> Result<O::Reply, AskError>
where
    A: Actor + Handler<Ask<O>>,
    A::Context: ToEnvelope<A, Ask<O>>,
    O: Order,
{
    hand_over(front, order)?.wait().await
}

/// Hands the order over; the answer may be waited for later, or not at all.
pub fn hand_over<A, O>(front: &Front<A>, order: O) -> Result<Answer<O::Reply>, AskError>
where
    A: Actor + Handler<Ask<O>>,
    A::Context: ToEnvelope<A, Ask<O>>,
    O: Order,
{
    if front.queue.waiting.load(Ordering::Relaxed) >= front.queue.bound {
        return Err(AskError::Busy);
    }
    let (reply, answer) = ReplyTo::new();
    front.send(Ask {
        order,
        reply,
        _place: Place::before(&front.queue),
    })?;
    Ok(answer)
}

/// Runs what waits for one request: a long poll, an ask, a read. A task of its own, because actix polls *all* futures
/// of an actor at each wake, so that thousands of waits would slow each request down. Its lines in the log are those
/// of the message that it is about.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where such tasks are started"
)]
pub fn in_background(future: impl Future<Output = ()> + 'static) {
    actix::spawn(future.in_current_span());
}

/// An actor, or some that share their work, as others see it. Cheap to clone.
pub struct Front<A: Actor> {
    addr: Addr<A>,
    queue: Arc<Queue>,
}

#[derive(Debug)]
struct Queue {
    /// How many orders and facts hold a place.
    waiting: AtomicUsize,
    /// How many have given theirs up since the start.
    dealt_with: AtomicUsize,
    /// From so many on orders are refused. A few more are let in when several threads hand over at the same moment.
    bound: usize,
}

impl<A: Actor> Clone for Front<A> {
    fn clone(&self) -> Self {
        Self {
            addr: self.addr.clone(),
            queue: Arc::clone(&self.queue),
        }
    }
}

impl<A: Actor> fmt::Debug for Front<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

impl<A: Actor<Context = Context<A>>> Front<A> {
    /// Starts an actor on the present arbiter. At most so many orders wait for it.
    pub fn start(actor: A, bound: usize) -> Self {
        let addr = A::create(|ctx| {
            ctx.set_mailbox_capacity(NO_BOUND);
            actor
        });
        Self::new(addr, bound)
    }
}

impl<A: Actor> Front<A> {
    /// The front of what runs already, and has a mailbox without bound.
    pub fn new(addr: Addr<A>, bound: usize) -> Self {
        let queue = Queue {
            waiting: AtomicUsize::new(0),
            dealt_with: AtomicUsize::new(0),
            bound,
        };
        Self {
            addr,
            queue: Arc::new(queue),
        }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        Standing {
            connected: self.addr.connected(),
            waiting: self.queue.waiting.load(Ordering::Relaxed),
        }
    }

    /// How many orders and facts it has dealt with since its start: while this grows, it works.
    pub fn dealt_with(&self) -> usize {
        self.queue.dealt_with.load(Ordering::Relaxed)
    }

    /// Tells it a fact.
    pub fn tell<F>(&self, fact: F) -> Result<(), AskError>
    where
        A: Handler<Tell<F>>,
        A::Context: ToEnvelope<A, Tell<F>>,
        F: Send + 'static,
    {
        self.send(Tell {
            fact,
            _place: Place::before(&self.queue),
        })
    }

    /// Where facts of one kind are told, whoever hears them.
    pub fn hearing<F>(&self) -> TellTo<F>
    where
        A: Handler<Tell<F>>,
        A::Context: ToEnvelope<A, Tell<F>>,
        F: Send + 'static,
    {
        TellTo {
            recipient: self.addr.clone().recipient(),
            queue: Arc::clone(&self.queue),
        }
    }

    /// The same without keeping it alive.
    pub fn downgrade(&self) -> WeakFront<A> {
        WeakFront {
            addr: self.addr.downgrade(),
            queue: Arc::clone(&self.queue),
        }
    }

    fn send<M>(&self, message: M) -> Result<(), AskError>
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message<Result = ()> + Send + 'static,
    {
        self.addr.try_send(message).map_err(|error| match error {
            actix::prelude::SendError::Full(_) => AskError::Busy,
            actix::prelude::SendError::Closed(_) => AskError::Stopped,
        })
    }
}

/// How an actor stands, as seen from outside.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Whether it still takes messages.
    pub connected: bool,
    /// How many orders and facts wait for it or are being dealt with.
    pub waiting: usize,
}

/// Where facts of one kind are told.
pub struct TellTo<F: Send + 'static> {
    recipient: Recipient<Tell<F>>,
    queue: Arc<Queue>,
}

impl<F: Send + 'static> Clone for TellTo<F> {
    fn clone(&self) -> Self {
        Self {
            recipient: self.recipient.clone(),
            queue: Arc::clone(&self.queue),
        }
    }
}

impl<F: Send + 'static> fmt::Debug for TellTo<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TellTo")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

impl<F: Send + 'static> TellTo<F> {
    /// Tells a fact. That nobody hears it any more is no loss.
    pub fn tell(&self, fact: F) {
        self.recipient.do_send(Tell {
            fact,
            _place: Place::before(&self.queue),
        });
    }
}

/// A [`Front`] that does not keep its actor alive.
#[derive(Debug)]
pub struct WeakFront<A: Actor> {
    addr: WeakAddr<A>,
    queue: Arc<Queue>,
}

impl<A: Actor> WeakFront<A> {
    /// The front, if the actor is still there.
    pub fn upgrade(&self) -> Option<Front<A>> {
        let addr = self.addr.upgrade()?;
        let queue = Arc::clone(&self.queue);
        Some(Front { addr, queue })
    }
}

/// A mailbox's own bound, which leaves the refusing to the front.
pub const NO_BOUND: usize = 0;

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears of numbers, and says how many it heard of.
    struct Counter(usize);

    impl Actor for Counter {
        type Context = Context<Self>;
    }

    struct HowMany;

    impl Order for HowMany {
        type Reply = usize;
    }

    impl Handler<Ask<HowMany>> for Counter {
        type Result = ();

        fn handle(&mut self, ask: Ask<HowMany>, _: &mut Context<Self>) {
            ask.reply.answer(self.0);
        }
    }

    impl Handler<Tell<u8>> for Counter {
        type Result = ();

        fn handle(&mut self, _: Tell<u8>, _: &mut Context<Self>) {
            self.0 += 1;
        }
    }

    #[actix::test]
    async fn what_waits_is_counted_until_it_is_dealt_with() {
        let front = Front::start(Counter(0), 9);
        let elsewhere = front.hearing();
        front.tell(1).unwrap();
        elsewhere.tell(2);
        let first = hand_over(&front.clone(), HowMany).unwrap();
        assert_eq!(front.standing().waiting, 3);
        assert_eq!(first.wait().await, Ok(2));
        assert_eq!(front.standing().waiting, 0);
    }

    #[actix::test]
    async fn too_many_orders_are_refused_and_facts_never() {
        let front = Front::start(Counter(0), 2);
        let answers = [(); 3].map(|()| hand_over(&front, HowMany));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2);
        assert!(matches!(answers[2], Err(AskError::Busy)));
        for fact in 0..5 {
            front.tell(fact).unwrap();
        }
        assert_eq!(front.standing().waiting, 7);
        for answer in answers.into_iter().flatten() {
            answer.wait().await.unwrap();
        }
        // The actor had its turn, and took up all that waited.
        assert_eq!(front.standing().waiting, 0);
        assert_eq!(ask(&front, HowMany).await, Ok(5));
    }

    #[actix::test]
    async fn a_weak_front_keeps_nobody() {
        let front = Front::start(Counter(0), 1);
        let weak = front.downgrade();
        let again = weak.upgrade().unwrap();
        again.tell(1).unwrap();
        assert_eq!(front.standing().waiting, 1);
        drop((front, again));
        tokio::task::yield_now().await;
        assert!(weak.upgrade().is_none());
    }
}
