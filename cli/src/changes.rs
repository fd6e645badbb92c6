//! Hearing of changes: over the Manager's event stream, or by looking every second at one that has none (Flamenco).
//!
//! A stream that breaks is resumed where it ended. Nobody has to know which of all this happened: a listener is told
//! of events, told to read again, or told that time has passed.

use std::time::Duration;

use farandole_protocol::client::{ClientError, EventStream, ManagerHttp, StreamMessage};
use farandole_protocol::event::{Event, EventId, Topic};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How often one looks where nothing is told, and how long a broken stream is left alone.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Even with a stream everything is read again this often, should something have been missed.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// How often time passes.
const TICK: Duration = Duration::from_secs(1);

/// A Manager begins to answer within this time, or it is away.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);

/// A Manager that is away for so long is given up.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a person is told when a Manager does not answer for the first time.
pub(crate) const AWAY: &str = "the Manager does not answer; waiting for it";

/// What a person is told when it does so again.
pub(crate) const BACK: &str = "the Manager answers again";

/// What a listener is told.
#[derive(Debug)]
pub(crate) enum Change {
    /// Something happened.
    Event(Box<Event>),
    /// What was read before may be out of date.
    ReadAgain,
    /// Nothing, for a second.
    Tick,
}

/// Changes of some topics.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    manager: &'a ManagerHttp,
    topics: Vec<Topic>,
    stream: Stream,
    last: Option<EventId>,
    read_again_at: Instant,
}

#[derive(Debug)]
enum Stream {
    Open(EventStream),
    /// Broken or not yet open; to be opened then.
    Closed(Instant),
    /// The Manager has none.
    Absent,
}

impl<'a> Changes<'a> {
    /// Begins with an order to read, as soon as nothing can be missed any more.
    pub(crate) fn of(manager: &'a ManagerHttp, topics: Vec<Topic>) -> Self {
        let now = Instant::now();
        Self {
            manager,
            topics,
            stream: Stream::Closed(now),
            last: None,
            read_again_at: now,
        }
    }

    /// The next change; a second at most.
    pub(crate) async fn next(&mut self) -> Change {
        let tick = Instant::now() + TICK;
        loop {
            match &mut self.stream {
                Stream::Absent => {
                    sleep_until(self.read_again_at).await;
                    self.read_again_at = Instant::now() + LOOK_EVERY;
                    return Change::ReadAgain;
                }
                Stream::Closed(until) => {
                    sleep_until(*until).await;
                    self.open().await;
                    if matches!(self.stream, Stream::Closed(_)) {
                        // Whoever reads will learn, and tell, that the Manager is away.
                        return Change::ReadAgain;
                    }
                }
                Stream::Open(stream) => {
                    let heard = tokio::select! {
                        heard = stream.next() => heard,
                        () = sleep_until(tick) => return self.time_has_passed(),
                    };
                    self.last = stream.last_id();
                    match heard {
                        Ok(Some(StreamMessage::Event(event))) => return Change::Event(event),
                        Ok(Some(StreamMessage::Hello(hello))) if hello.resumed => {}
                        Ok(Some(StreamMessage::Hello(_))) => return self.read_again(),
                        Ok(None) | Err(_) => self.close(),
                    }
                }
            }
        }
    }

    fn time_has_passed(&mut self) -> Change {
        if Instant::now() >= self.read_again_at {
            return self.read_again();
        }
        Change::Tick
    }

    fn read_again(&mut self) -> Change {
        self.read_again_at = Instant::now() + READ_AGAIN_AFTER;
        Change::ReadAgain
    }

    fn close(&mut self) {
        self.stream = Stream::Closed(Instant::now() + LOOK_EVERY);
    }

    async fn open(&mut self) {
        let opening = self.manager.events(&self.topics, self.last);
        match timeout(CONNECT, opening).await {
            Ok(Ok(stream)) => self.stream = Stream::Open(stream),
            Ok(Err(ClientError::Refused { status, .. })) if status < 500 => {
                self.stream = Stream::Absent;
            }
            Ok(Err(_)) | Err(_) => self.close(),
        }
    }
}

/// Asks again while a Manager is away, or only just starting, until it has been so for too long.
pub(crate) async fn patiently<T>(
    ask: impl AsyncFn() -> Result<T, ClientError>,
    tell: impl Fn(&str),
) -> Result<T, ClientError> {
    let give_up_at = Instant::now() + PATIENCE;
    let mut told = false;
    loop {
        match ask().await {
            Err(error) if is_passing(&error) && Instant::now() < give_up_at => {
                if !told {
                    tell(AWAY);
                    told = true;
                }
                sleep(LOOK_EVERY).await;
            }
            answer => {
                if told && answer.is_ok() {
                    tell(BACK);
                }
                return answer;
            }
        }
    }
}

/// Whether the same may go well in a moment.
pub(crate) const fn is_passing(error: &ClientError) -> bool {
    match error {
        ClientError::Unreachable(_) => true,
        ClientError::Refused { status, .. } => matches!(*status, 502..=504),
        ClientError::NotUnderstood(_) => false,
    }
}
