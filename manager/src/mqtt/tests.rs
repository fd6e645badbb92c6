//! The actor, before a broker that does what the test says.

use farandole_protocol::api::{FarmStatusReport, JobLastRenderedImageInfo};
use farandole_protocol::event::{
    Event, EventFarmStatus, EventLastRenderedUpdate, EventTaskLogUpdate,
};
use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::status::FarmStatus;
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::actor::{Finish, Mqtt};
use super::broker::{Broker, Connection, News, Outlet};
use super::queue::ON_THE_WAY;
use crate::ask::{self, Front};
use crate::broadcaster::{Broadcaster, EndAll, Publish};
use crate::metrics::MeasureBroadcaster;

/// The broker's end of an attempt to connect.
struct Line {
    published: UnboundedReceiver<String>,
    news: UnboundedSender<News>,
}

impl Line {
    fn say(&self, news: News) {
        self.news.send(news).unwrap();
    }

    /// The topics of the next so many messages.
    async fn topics(&mut self, count: usize) -> Vec<String> {
        let mut topics = Vec::new();
        while topics.len() < count {
            topics.push(self.published.recv().await.unwrap());
        }
        topics
    }

    /// Takes so many messages.
    async fn take(&mut self, count: usize) -> Vec<String> {
        let mut topics = Vec::new();
        while topics.len() < count {
            topics.extend(self.topics(1).await);
            self.say(News::Arrived);
        }
        topics
    }
}

struct Scripted(UnboundedSender<Line>);

impl Broker for Scripted {
    fn connect(&self) -> Connection {
        let (publish, published) = unbounded_channel();
        let (news, told) = unbounded_channel();
        self.0.send(Line { published, news }).unwrap();
        let news = unfold(told, |mut told| async move {
            told.recv().await.map(|news| (news, told))
        });
        Connection {
            outlet: Box::new(Out(publish)),
            news: news.boxed_local(),
        }
    }

    fn name(&self) -> String {
        "scripted".to_owned()
    }
}

struct Out(UnboundedSender<String>);

impl Outlet for Out {
    fn publish(&self, topic: String, _: &str) {
        self.0.send(topic).unwrap();
    }

    fn end(&self) {
        self.0.send("goodbye".to_owned()).unwrap();
    }
}

struct Farm {
    broadcaster: Front<Broadcaster>,
    mqtt: Front<Mqtt>,
    lines: UnboundedReceiver<Line>,
}

impl Farm {
    fn new() -> Self {
        let broadcaster = Broadcaster::new(1).start();
        let (sender, lines) = unbounded_channel();
        let broker = Box::new(Scripted(sender));
        let mqtt = Mqtt::new(broker, "x".to_owned(), broadcaster.clone()).start();
        Self {
            broadcaster,
            mqtt,
            lines,
        }
    }

    async fn tell(&self, event: Event) {
        self.broadcaster.tell(Publish(event)).unwrap();
        // When it answers, it has told.
        ask::ask(&self.broadcaster, MeasureBroadcaster)
            .await
            .unwrap();
    }

    async fn tell_status(&self) {
        let status = FarmStatus::Idle;
        let report = FarmStatusReport { status };
        self.tell(Event::Status(EventFarmStatus(report))).await;
    }

    /// The farm tells of this job.
    async fn tell_pictures(&self, job_id: JobId) {
        let thumbnail = JobLastRenderedImageInfo {
            base: String::new(),
            suffixes: Vec::new(),
        };
        self.tell(Event::LastRendered(EventLastRenderedUpdate {
            job_id,
            thumbnail,
        }))
        .await;
    }
}

#[actix::test]
async fn what_happens_before_the_broker_is_there_waits_for_it() {
    let mut farm = Farm::new();
    let mut line = farm.lines.recv().await.unwrap();
    farm.tell_status().await;
    let job = JobId::random();
    farm.tell_pictures(job).await;
    farm.tell(Event::TaskLog(EventTaskLogUpdate {
        task_id: TaskId::random(),
        log: "no business of a broker".to_owned(),
        offset: None,
        size: None,
    }))
    .await;
    farm.tell_status().await;
    line.say(News::Connected);
    let pictures = format!("x/jobs/{job}/last-rendered");
    assert_eq!(
        line.take(4).await,
        ["x/status", &pictures, "x/last-rendered", "x/status"]
    );
}

#[actix::test]
async fn what_was_not_taken_is_sent_again_in_order_over_the_next_connection() {
    let mut farm = Farm::new();
    let mut line = farm.lines.recv().await.unwrap();
    line.say(News::Connected);
    let jobs: Vec<JobId> = (0..ON_THE_WAY).map(|_| JobId::random()).collect();
    for job in &jobs {
        farm.tell_pictures(*job).await;
    }
    let topics: Vec<String> = jobs
        .iter()
        .flat_map(|job| {
            [
                format!("x/jobs/{job}/last-rendered"),
                "x/last-rendered".to_owned(),
            ]
        })
        .collect();
    // No more are on their way than may be.
    assert_eq!(line.topics(ON_THE_WAY).await, topics[..ON_THE_WAY]);
    assert!(line.published.is_empty());
    line.say(News::Arrived);
    line.say(News::Refused("not allowed".to_owned()));
    assert_eq!(line.topics(2).await, topics[ON_THE_WAY..ON_THE_WAY + 2]);
    line.say(News::Lost("gone".to_owned()));

    let mut line = farm.lines.recv().await.unwrap();
    line.say(News::Connected);
    assert_eq!(line.take(topics.len() - 2).await, topics[2..]);
}

#[actix::test]
async fn goodbye_is_said_when_all_was_taken() {
    let mut farm = Farm::new();
    let mut line = farm.lines.recv().await.unwrap();
    line.say(News::Connected);
    farm.tell_status().await;
    assert_eq!(line.topics(1).await, ["x/status"]);
    ask::ask(&farm.broadcaster, EndAll).await.unwrap();
    let finished = ask::hand_over(&farm.mqtt, Finish).unwrap();
    line.say(News::Arrived);
    finished.wait().await.unwrap();
    assert_eq!(line.topics(1).await, ["goodbye"]);
    line.say(News::Lost("closed".to_owned()));
    assert!(farm.mqtt.standing().connected);
}

#[actix::test]
async fn a_broker_that_is_away_does_not_hold_up_the_end() {
    let mut farm = Farm::new();
    let line = farm.lines.recv().await.unwrap();
    farm.tell_status().await;
    line.say(News::Lost("nobody there".to_owned()));
    ask::ask(&farm.broadcaster, EndAll).await.unwrap();
    ask::ask(&farm.mqtt, Finish).await.unwrap();
}
