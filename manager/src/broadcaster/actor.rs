//! The Broadcaster's shell.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::{Actor, Context, Handler};
use farandole_protocol::event::{Event, Topic};
use tracing::instrument;

use super::figures::BroadcasterFigures;
use super::history::{History, concerns};
use super::messages::{ChangeTopics, EndAll, ListenerId, Publish, Sent, Subscribe, Subscription};
use super::places::{ListenerLimits, Place, Places, TooManyListenersError};
use super::queue::{CannotPush, Inlet, queue};
use crate::ask::{Ask, Front, Tell};
use crate::config::InForce;
use crate::metrics::MeasureBroadcaster;

/// Events come from actors that must not be refused (a fact that is lost is lost for good), so this bounds only
/// requests to subscribe: all listeners of a large farm coming back at once.
const MAILBOX: usize = 4_096;

/// See the [module](super).
#[derive(Debug)]
pub struct Broadcaster {
    history: History,
    listeners: Vec<Listener>,
    /// How many of them are connected from outside, for what each is sent.
    connected: Arc<AtomicUsize>,
    places: Places,
    /// What the limits of listeners are read from, and how many descriptors there are for them.
    limits: Option<(InForce, usize)>,
    /// Counts all listeners that there ever were.
    subscriptions: u64,
    figures: BroadcasterFigures,
    ended: bool,
}

#[derive(Debug)]
struct Listener {
    id: ListenerId,
    topics: Vec<Topic>,
    inlet: Inlet,
}

impl Broadcaster {
    /// A Broadcaster of a run with this number, which is drawn anew with every start of the process.
    pub fn new(run: u64) -> Self {
        Self {
            history: History::new(run),
            listeners: Vec::new(),
            connected: Arc::default(),
            places: Places::default(),
            limits: None,
            subscriptions: 0,
            figures: BroadcasterFigures::default(),
            ended: false,
        }
    }

    /// The same with as many listeners as the configuration allows, and never more than `descriptors`.
    #[must_use]
    pub fn with_limits(mut self, config: InForce, descriptors: usize) -> Self {
        self.limits = Some((config, descriptors));
        self
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }

    fn place(&mut self, address: IpAddr) -> Result<Option<Place>, TooManyListenersError> {
        let Some((config, descriptors)) = &self.limits else {
            return Ok(None);
        };
        let config = config.get();
        let limits = ListenerLimits {
            all: config.listener_limit.min(*descriptors),
            per_address: config.listener_limit_per_address,
        };
        self.places.take(address, limits).map(Some)
    }

    fn send_on(&mut self, sent: &Arc<Sent>) {
        let cut_off = &mut self.figures.cut_off;
        self.listeners.retain(|listener| {
            if !concerns(sent, &listener.topics) {
                return !listener.inlet.is_closed();
            }
            let taken = listener.inlet.push(sent);
            if taken == Err(CannotPush::Full) {
                *cut_off += 1;
                tracing::info!(event.id = %sent.id, "a listener that does not keep up is cut off");
            }
            taken.is_ok()
        });
    }
}

impl Actor for Broadcaster {
    type Context = Context<Self>;
}

impl Handler<Tell<Publish>> for Broadcaster {
    type Result = ();

    #[instrument(name = "broadcaster.publish", level = "debug", skip_all)]
    fn handle(&mut self, tell: Tell<Publish>, _: &mut Context<Self>) {
        let Publish(event) = tell.fact;
        let Some(sent) = seal(&mut self.history, &event) else {
            return;
        };
        let sent = Arc::new(sent);
        self.figures.count(&event);
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
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an event cannot be written as JSON"
            );
            None
        }
    }
}

impl Handler<Ask<Subscribe>> for Broadcaster {
    type Result = ();

    #[instrument(name = "broadcaster.subscribe", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<Subscribe>, _: &mut Context<Self>) {
        let Subscribe {
            topics,
            last,
            address,
        } = ask.order;
        let place = match address.map_or(Ok(None), |address| self.place(address)) {
            Ok(place) => place,
            Err(error) => return ask.reply.answer(Err(error)),
        };
        let (hello, missed) = self.history.since(last, &topics);
        self.connected.store(self.places.taken(), Ordering::Relaxed);
        // The Manager's own parts have a share of their own.
        let sharing = address.map(|_| Arc::clone(&self.connected));
        let (inlet, live) = queue(place, sharing.unwrap_or_default());
        self.subscriptions += 1;
        let id = ListenerId(self.subscriptions);
        if !self.ended {
            self.listeners.push(Listener { id, topics, inlet });
        }
        ask.reply.answer(Ok(Subscription {
            listener: id,
            hello,
            missed,
            live,
        }));
    }
}

impl Handler<Ask<ChangeTopics>> for Broadcaster {
    type Result = ();

    #[instrument(name = "broadcaster.change_topics", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<ChangeTopics>, _: &mut Context<Self>) {
        let ChangeTopics { listener, topics } = ask.order;
        let found = self.listeners.iter_mut().find(|other| other.id == listener);
        if let Some(found) = found {
            found.topics = topics;
        }
        ask.reply.answer(());
    }
}

impl Handler<Ask<MeasureBroadcaster>> for Broadcaster {
    type Result = ();

    #[instrument(name = "broadcaster.measure_broadcaster", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<MeasureBroadcaster>, _: &mut Context<Self>) {
        // Those that have gone are noticed with the next event only.
        let alive = self
            .listeners
            .iter()
            .filter(|listener| !listener.inlet.is_closed());
        let mut figures = self.figures.clone();
        figures.listeners = alive.count() as u64;
        ask.reply.answer(figures);
    }
}

impl Handler<Ask<EndAll>> for Broadcaster {
    type Result = ();

    #[instrument(name = "broadcaster.end_all", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<EndAll>, _: &mut Context<Self>) {
        self.ended = true;
        self.listeners.clear();
        ask.reply.answer(());
    }
}

#[cfg(test)]
mod tests {
    use farandole_protocol::api::FarmStatusReport;
    use farandole_protocol::event::{EventFarmStatus, EventTaskLogUpdate};
    use farandole_protocol::ids::TaskId;
    use farandole_protocol::status::FarmStatus;

    use super::super::queue::WAITING_EVENTS;
    use super::*;
    use crate::ask;

    fn status() -> Publish {
        let report = FarmStatusReport {
            status: FarmStatus::Idle,
        };
        Publish(Event::Status(EventFarmStatus(report)))
    }

    fn log(task_id: TaskId) -> Publish {
        Publish(Event::TaskLog(EventTaskLogUpdate {
            task_id,
            log: "line\n".to_owned(),
            offset: Some(0),
            size: Some(5),
        }))
    }

    async fn listen(to: &Front<Broadcaster>, topics: &[Topic]) -> Subscription {
        let topics = topics.to_vec();
        let subscribed = ask::ask(to, Subscribe::of_part(topics, None)).await;
        subscribed.unwrap().unwrap()
    }

    #[actix::test]
    async fn a_listener_that_does_not_keep_up_gets_what_waits_for_it_and_is_cut_off() {
        let broadcaster = Broadcaster::new(1).start();
        let mut slow = listen(&broadcaster, &[]).await;
        let mut quick = listen(&broadcaster, &[]).await;
        for _ in 0..WAITING_EVENTS + 10 {
            broadcaster.tell(status()).unwrap();
            assert!(quick.live.recv().await.is_some());
        }
        for n in 1..=WAITING_EVENTS as u64 {
            assert_eq!(slow.live.recv().await.map(|sent| sent.id.n), Some(n));
        }
        assert!(slow.live.recv().await.is_none());
        // It comes back and goes on.
        let last = Some(farandole_protocol::event::EventId { run: 1, n: 1_000 });
        let topics = Vec::new();
        let again = ask::ask(&broadcaster, Subscribe::of_part(topics, last));
        let again = again.await.unwrap().unwrap();
        assert!(again.hello.resumed);
        assert_eq!(again.missed.len(), 10);
    }

    #[actix::test]
    async fn a_listener_hears_of_what_it_asked_for_last() {
        let broadcaster = Broadcaster::new(1).start();
        let mut subscription = listen(&broadcaster, &[Topic::Status]).await;
        let (task, other) = (TaskId::random(), TaskId::random());
        broadcaster.tell(log(task)).unwrap();
        broadcaster.tell(status()).unwrap();
        let change = ChangeTopics {
            listener: subscription.listener,
            topics: vec![Topic::TaskLog(task)],
        };
        ask::ask(&broadcaster, change).await.unwrap();
        for event in [status(), log(other), log(task)] {
            broadcaster.tell(event).unwrap();
        }
        ask::ask(&broadcaster, EndAll).await.unwrap();
        let mut heard = Vec::new();
        while let Some(sent) = subscription.live.recv().await {
            heard.push(sent.id.n);
        }
        assert_eq!(heard, [2, 5]);
        // Whoever comes now hears nothing any more.
        assert!(listen(&broadcaster, &[]).await.live.recv().await.is_none());
    }
}
