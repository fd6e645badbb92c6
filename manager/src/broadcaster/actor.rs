//! The Broadcaster's shell.

use std::sync::Arc;

use actix::{Actor, Context, Handler};
use farandole_protocol::event::{Event, Topic};
use tokio::sync::mpsc;

use super::history::{History, concerns};
use super::messages::{EndAll, Publish, Sent, Subscribe, Subscription};
use crate::ask::Ask;

/// Events come from actors that must not be refused (a fact that is lost is lost for good), so this bounds only
/// requests to subscribe: all listeners of a large farm coming back at once.
const MAILBOX: usize = 4_096;
/// A listener for which so many events wait is cut off.
const WAITING_EVENTS: usize = 1_000;

/// See the [module](super).
#[derive(Debug)]
pub struct Broadcaster {
    history: History,
    listeners: Vec<Listener>,
    ended: bool,
}

#[derive(Debug)]
struct Listener {
    topics: Vec<Topic>,
    channel: mpsc::Sender<Arc<Sent>>,
}

impl Broadcaster {
    /// A Broadcaster of a run with this number, which is drawn anew with every start of the process.
    pub fn new(run: u64) -> Self {
        Self { history: History::new(run), listeners: Vec::new(), ended: false }
    }

    fn send_on(&mut self, sent: &Arc<Sent>) {
        self.listeners.retain(|listener| {
            if !concerns(sent, &listener.topics) {
                return !listener.channel.is_closed();
            }
            let taken = listener.channel.try_send(Arc::clone(sent));
            if let Err(mpsc::error::TrySendError::Full(_)) = taken {
                tracing::info!(event.id = %sent.id, "a listener that does not keep up is cut off");
            }
            taken.is_ok()
        });
    }
}

impl Actor for Broadcaster {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<Publish> for Broadcaster {
    type Result = ();

    fn handle(&mut self, Publish(event): Publish, _: &mut Context<Self>) {
        let Some(sent) = seal(&mut self.history, &event) else { return };
        let sent = Arc::new(sent);
        self.history.keep(Arc::clone(&sent));
        self.send_on(&sent);
    }
}

fn seal(history: &mut History, event: &Event) -> Option<Sent> {
    match event.to_json() {
        Ok(json) => Some(Sent {
            id: history.next_id(),
            kind: event.kind(),
            topics: event.topics().collect(),
            json,
        }),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an event cannot be written as JSON");
            None
        }
    }
}

impl Handler<Ask<Subscribe>> for Broadcaster {
    type Result = ();

    fn handle(&mut self, ask: Ask<Subscribe>, _: &mut Context<Self>) {
        let Subscribe { topics, last } = ask.order;
        let (hello, missed) = self.history.since(last, &topics);
        let (channel, live) = mpsc::channel(WAITING_EVENTS);
        if !self.ended {
            self.listeners.push(Listener { topics, channel });
        }
        drop(ask.reply.send(Subscription { hello, missed, live }));
    }
}

impl Handler<Ask<EndAll>> for Broadcaster {
    type Result = ();

    fn handle(&mut self, ask: Ask<EndAll>, _: &mut Context<Self>) {
        self.ended = true;
        self.listeners.clear();
        drop(ask.reply.send(()));
    }
}
