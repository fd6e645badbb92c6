//! What waits for a commit, and how it is let go.

use std::fmt;

use crate::ask::{AskError, ReplyTo, TellTo};
use crate::broadcaster::Publish;
use crate::farm::commands::tasks::TakeBack;
use crate::farm::decision::{Answer, Fact};
use crate::task_logs::AppendNote;

/// One thing that may be known once the commit that covers it is done.
pub(super) enum Release {
    /// The answer to an order; told whether it came about.
    Reply(Box<dyn FnOnce(Result<(), AskError>) + Send>),
    /// The answer to a request for a task. The way back was taken when the hand-out was decided: a newer request of
    /// the same Worker must not get this one.
    Handout(ReplyTo<Answer>, Answer),
    /// Something for the world.
    Fact(Fact),
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(_) => f.write_str("Reply"),
            Self::Handout(_, answer) => f.debug_tuple("Handout").field(answer).finish(),
            Self::Fact(fact) => f.debug_tuple("Fact").field(fact).finish(),
        }
    }
}

/// Who hears of facts.
#[derive(Clone, Debug)]
pub(super) struct Listeners {
    pub(super) broadcaster: TellTo<Publish>,
    pub(super) logs: TellTo<AppendNote>,
}

impl Release {
    /// The answer to an order.
    pub(super) fn reply<R: Send + 'static>(to: ReplyTo<R>, answer: R) -> Self {
        Self::Reply(Box::new(move |outcome| match outcome {
            Ok(()) => to.answer(answer),
            Err(error) => to.refuse(error),
        }))
    }

    /// Lets it go. Gives the order that takes back a hand-out which nobody took.
    pub(super) fn let_go(self, listeners: &Listeners) -> Option<TakeBack> {
        match self {
            Self::Reply(reply) => reply(Ok(())),
            Self::Fact(Fact::Event(event)) => listeners.broadcaster.tell(Publish(event)),
            Self::Fact(Fact::Note(note)) => listeners.logs.tell(AppendNote(note)),
            Self::Handout(to, answer) => {
                if let Some(Answer::Task(grant)) = to.try_answer(answer) {
                    return Some(TakeBack {
                        key: grant.key,
                        attempt: grant.attempt,
                    });
                }
            }
        }
        None
    }

    /// It did not come about.
    pub(super) fn refuse(self, error: AskError) {
        match self {
            Self::Reply(reply) => reply(Err(error)),
            Self::Handout(to, _) => to.refuse(error),
            Self::Fact(_) => {}
        }
    }
}
