//! The shell: takes events in as they happen, and has as many on their way as the broker takes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix::fut::{ActorFutureExt, WrapFuture};
use actix::{Actor, AsyncContext, Context, Handler, StreamHandler};
use farandole_protocol::event::{EventId, Topic};
use futures_util::stream;
use tracing::instrument;

use super::broker::{Broker, Connection, News, Outlet};
use super::figures::MqttFigures;
use super::queue::Queue;
use crate::ask::{self, Answer, Ask, AskError, Front, Order, ReplyTo};
use crate::broadcaster::{Broadcaster, Sent, Subscribe, Subscription, TooManyListenersError};
use crate::metrics::MeasureMqtt;

/// Who measures, and who ends it.
const MAILBOX: usize = 64;
/// So many events wait for a broker: half an hour of a farm with 30 events a second, in some 25 MB.
const WAITING: usize = 50_000;
/// The pause before the first new attempt to connect; it doubles with each.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause between attempts: that of the reference.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The pause before listening anew.
const LISTEN_ANEW: Duration = Duration::from_secs(1);

/// The Manager ends: what still waits goes out, if the broker is there, and the broker is told goodbye. From boot,
/// after the last event.
#[derive(Clone, Copy, Debug)]
pub struct Finish;

impl Order for Finish {
    type Reply = ();
}

/// See the [module](super).
pub struct Mqtt {
    broker: Box<dyn Broker>,
    prefix: String,
    broadcaster: Front<Broadcaster>,
    /// The first subscription: made before the actor starts, so that it hears of the Manager's start.
    first: Option<Result<Answer<Subscribed>, AskError>>,
    queue: Queue<Message>,
    /// Where messages go out; none while there is no connection.
    outlet: Option<Box<dyn Outlet>>,
    /// Whether the broker has let us in.
    connected: bool,
    delivered: u64,
    refused: u64,
    /// How many dropped messages the log has told of.
    told_dropped: u64,
    /// Attempts to connect since the last that succeeded.
    attempts: u32,
    last: Option<EventId>,
    /// Whether the last event was heard.
    heard_all: bool,
    finishing: Option<ReplyTo<()>>,
    /// Whether goodbye was said.
    ended: bool,
}

impl fmt::Debug for Mqtt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mqtt")
            .field("broker", &self.broker.name())
            .field("connected", &self.connected)
            .field("waiting", &self.queue.len())
            .finish_non_exhaustive()
    }
}

/// An event on its way to one of its topics.
struct Message {
    topic: Topic,
    event: Arc<Sent>,
}

impl Mqtt {
    /// Sends what this Broadcaster tells to this broker, from now on.
    pub(super) fn new(
        broker: Box<dyn Broker>,
        prefix: String,
        broadcaster: Front<Broadcaster>,
    ) -> Self {
        Self {
            first: Some(subscribe(&broadcaster, None)),
            broker,
            prefix,
            broadcaster,
            queue: Queue::new(WAITING),
            outlet: None,
            connected: false,
            delivered: 0,
            refused: 0,
            told_dropped: 0,
            attempts: 0,
            last: None,
            heard_all: false,
            finishing: None,
            ended: false,
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }

    fn connect(&mut self, ctx: &mut Context<Self>) {
        let Connection { outlet, news } = self.broker.connect();
        self.outlet = Some(outlet);
        <Self as StreamHandler<News>>::add_stream(news, ctx);
    }

    fn listen(&mut self, ctx: &mut Context<Self>) {
        let first = self.first.take();
        let answer = first.unwrap_or_else(|| subscribe(&self.broadcaster, self.last));
        let Ok(answer) = answer else {
            ctx.run_later(LISTEN_ANEW, Self::listen);
            return;
        };
        ctx.spawn(answer.wait().into_actor(self).map(|answer, this, ctx| {
            match answer {
                Ok(Ok(subscription)) => this.begin(subscription, ctx),
                // Another moment, unless the Broadcaster is gone, and then all ends.
                Ok(Err(_)) | Err(_) => drop(ctx.run_later(LISTEN_ANEW, Self::listen)),
            }
        }));
    }

    fn begin(&mut self, subscription: Subscription, ctx: &mut Context<Self>) {
        if self.last.is_some() && !subscription.hello.resumed {
            tracing::warn!("events were missed, and are not sent to the MQTT broker");
        }
        (self.last, self.heard_all) = (Some(subscription.hello.id), false);
        for event in subscription.missed {
            self.take_in(event);
        }
        let live = stream::unfold(subscription.live, |mut live| async move {
            live.recv().await.map(|sent| (sent, live))
        });
        <Self as StreamHandler<Arc<Sent>>>::add_stream(live, ctx);
        self.send_on();
    }

    fn take_in(&mut self, event: Arc<Sent>) {
        self.last = Some(event.id);
        for topic in &event.topics {
            self.queue.push(Message {
                topic: *topic,
                event: Arc::clone(&event),
            });
        }
    }

    fn send_on(&mut self) {
        let Some(outlet) = self.outlet.as_ref().filter(|_| self.connected) else {
            return;
        };
        while let Some(message) = self.queue.next_to_send() {
            let topic = format!("{}{}", self.prefix, message.topic);
            outlet.publish(topic, &message.event.json);
        }
    }

    fn lost(&mut self, reason: &str, ctx: &mut Context<Self>) {
        if self.ended {
            return;
        }
        let (broker, waiting) = (self.broker.name(), self.queue.len());
        if self.attempts == 0 {
            tracing::warn!(
                mqtt.broker = broker,
                mqtt.waiting = waiting,
                reason,
                "no connection to the MQTT broker; events wait for it"
            );
        } else {
            tracing::debug!(
                mqtt.broker = broker,
                mqtt.waiting = waiting,
                reason,
                "still no connection to the MQTT broker"
            );
        }
        (self.outlet, self.connected) = (None, false);
        self.queue.send_again();
        let pause = PAUSE * 2_u32.saturating_pow(self.attempts.min(10));
        self.attempts += 1;
        if self.finishing.is_none() {
            ctx.run_later(pause.min(LONGEST_PAUSE), Self::connect);
        }
    }

    fn connected(&mut self) {
        let (broker, waiting) = (self.broker.name(), self.queue.len());
        tracing::info!(
            mqtt.broker = broker,
            mqtt.waiting = waiting,
            "connected to the MQTT broker"
        );
        let dropped = self.queue.dropped() - self.told_dropped;
        self.told_dropped += dropped;
        if dropped > 0 {
            tracing::warn!(
                mqtt.dropped = dropped,
                "the MQTT broker was away for so long that its oldest events are lost"
            );
        }
        (self.connected, self.attempts) = (true, 0);
    }

    /// Answers once nothing is left to do.
    fn finish(&mut self) {
        let done = !self.connected || self.heard_all && self.queue.is_empty();
        if done && let Some(reply) = self.finishing.take() {
            if !self.queue.is_empty() {
                tracing::warn!(
                    mqtt.waiting = self.queue.len(),
                    "the MQTT broker is away; its last events are lost"
                );
            }
            if let Some(outlet) = &self.outlet {
                outlet.end();
            }
            self.ended = true;
            reply.answer(());
        }
    }
}

/// Parts of the Manager are never refused.
type Subscribed = Result<Subscription, TooManyListenersError>;

fn subscribe(
    to: &Front<Broadcaster>,
    last: Option<EventId>,
) -> Result<Answer<Subscribed>, AskError> {
    ask::hand_over(to, Subscribe::of_part(Vec::new(), last))
}

impl Actor for Mqtt {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.listen(ctx);
        self.connect(ctx);
    }
}

impl StreamHandler<Arc<Sent>> for Mqtt {
    fn handle(&mut self, event: Arc<Sent>, _: &mut Context<Self>) {
        self.take_in(event);
        self.send_on();
    }

    /// Cut off, or the Manager ends: then there is no more to hear.
    fn finished(&mut self, ctx: &mut Context<Self>) {
        self.heard_all = true;
        if self.finishing.is_none() {
            ctx.run_later(LISTEN_ANEW, Self::listen);
        }
        self.finish();
    }
}

impl StreamHandler<News> for Mqtt {
    fn handle(&mut self, news: News, ctx: &mut Context<Self>) {
        match news {
            News::Connected => self.connected(),
            News::Arrived => {
                self.queue.arrived();
                self.delivered += 1;
            }
            News::Refused(reason) => {
                tracing::warn!(
                    mqtt.broker = self.broker.name(),
                    reason,
                    "the MQTT broker refuses an event"
                );
                self.queue.arrived();
                self.refused += 1;
            }
            News::Lost(reason) => self.lost(&reason, ctx),
        }
        self.send_on();
        self.finish();
    }

    /// The connection has told of its end; the actor goes on.
    fn finished(&mut self, _: &mut Context<Self>) {}
}

impl Handler<Ask<Finish>> for Mqtt {
    type Result = ();

    #[instrument(name = "mqtt.finish", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<Finish>, _: &mut Context<Self>) {
        self.finishing = Some(ask.reply);
        self.finish();
    }
}

impl Handler<Ask<MeasureMqtt>> for Mqtt {
    type Result = ();

    #[instrument(name = "mqtt.measure_mqtt", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<MeasureMqtt>, _: &mut Context<Self>) {
        ask.reply.answer(MqttFigures {
            connected: self.connected,
            waiting: self.queue.len() as u64,
            delivered: self.delivered,
            refused: self.refused,
            dropped: self.queue.dropped(),
        });
    }
}
