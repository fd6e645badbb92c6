//! What the Scheduler is asked.

use farandole_protocol::ids::WorkerId;

use super::actor::Scheduler;
use crate::ask::{self, AskError, Front, Order};
use crate::farm::decision::{Answer, FarmCommand};
use crate::farm::lanes::Ticket;

/// An order to the farm. From every actor above the Scheduler and from the HTTP edge; answered once it is durable.
/// It may be refused before it is decided ([`AskError::Busy`], [`AskError::Recovering`]), or because the commit that
/// held it failed ([`AskError::Recovering`]): then nothing of it has happened.
#[derive(Debug)]
pub struct Decide<C>(pub C);

impl<C: FarmCommand> Order for Decide<C> {
    type Reply = C::Reply;
}

/// Gives an order to the farm and waits until its outcome is durable.
pub async fn give_order<C: FarmCommand>(
    scheduler: &Front<Scheduler>,
    command: C,
) -> Result<C::Reply, AskError> {
    ask::ask(scheduler, Decide(command)).await
}

/// Gives an order to the farm; the answer may be waited for later, or not at all.
pub fn hand_over<C: FarmCommand>(
    scheduler: &Front<Scheduler>,
    command: C,
) -> Result<ask::Answer<C::Reply>, AskError> {
    ask::hand_over(scheduler, Decide(command))
}

/// A Worker asks for a task. From Handout. The answer may come much later, if the Worker waits. A newer request of
/// the same Worker answers the older one with [`Answer::Nothing`].
#[derive(Clone, Copy, Debug)]
pub struct RequestTask {
    /// Who asks.
    pub worker: WorkerId,
    /// Set if it waits: a number that rises with each such request.
    pub ticket: Option<Ticket>,
}

impl Order for RequestTask {
    type Reply = Answer;
}
