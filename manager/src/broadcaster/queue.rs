//! What waits for one listener, bounded in events and in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::messages::Sent;
use super::places::Place;

/// The most events that wait for a listener. A listener with more is disconnected.
pub(super) const WAITING_EVENTS: usize = 1_000;
/// The most bytes that wait for a listener. A listener with more is disconnected; a single event may be larger.
pub(super) const WAITING_BYTES: usize = 4 << 20;

/// All listeners together are sent this many bytes a second, each its share: what they take of processors and of the
/// network is bounded, however many they are and however much happens.
const BYTES_A_SECOND: u64 = 32 << 20;
/// A listener is sent what its share allows for this time at once, so that many small events are one packet.
const AHEAD: Duration = Duration::from_secs(1);

/// Where events for a listener go.
#[derive(Debug)]
pub(super) struct Inlet {
    channel: mpsc::Sender<Arc<Sent>>,
    bytes: Arc<AtomicUsize>,
}

/// What a listener hears of from now on. It ends when the listener is cut off, or when the Manager ends.
#[derive(Debug)]
pub struct Live {
    channel: mpsc::Receiver<Arc<Sent>>,
    bytes: Arc<AtomicUsize>,
    /// How many listeners share what is sent.
    listeners: Arc<AtomicUsize>,
    /// Until when its share is used up.
    used_until: Instant,
    _place: Option<Place>,
}

/// Why an event cannot be sent to a listener.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CannotPush {
    /// It does not keep up.
    Full,
    /// It has gone.
    Gone,
}

/// An empty queue for a listener that holds this place. `listeners` is the number of those that share the bandwidth.
pub(super) fn queue(place: Option<Place>, listeners: Arc<AtomicUsize>) -> (Inlet, Live) {
    let (sender, receiver) = mpsc::channel(WAITING_EVENTS);
    let bytes = Arc::new(AtomicUsize::new(0));
    let inlet = Inlet {
        channel: sender,
        bytes: Arc::clone(&bytes),
    };
    let live = Live {
        channel: receiver,
        bytes,
        listeners,
        used_until: Instant::now(),
        _place: place,
    };
    (inlet, live)
}

impl Inlet {
    /// Whether the listener has gone.
    pub(super) fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    /// Lets an event wait for the listener.
    pub(super) fn push(&self, sent: &Arc<Sent>) -> Result<(), CannotPush> {
        let length = sent.json.len();
        let waiting = self.bytes.load(Ordering::Relaxed);
        if waiting > 0 && waiting + length > WAITING_BYTES {
            return Err(CannotPush::Full);
        }
        // Counted before it can be taken out at the other end.
        self.bytes.fetch_add(length, Ordering::Relaxed);
        let pushed = self.channel.try_send(Arc::clone(sent));
        pushed.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => CannotPush::Full,
            mpsc::error::TrySendError::Closed(_) => CannotPush::Gone,
        })
    }
}

impl Live {
    /// The next event, when it is this listener's turn; `None` at the end. Nothing is lost when it is not waited for.
    pub async fn recv(&mut self) -> Option<Arc<Sent>> {
        self.turn().await;
        let sent = self.channel.recv().await?;
        self.bytes.fetch_sub(sent.json.len(), Ordering::Relaxed);
        self.use_share(sent.json.len());
        Some(sent)
    }

    /// Waits until it is this listener's turn to be sent an event that it missed.
    pub async fn turn_for(&mut self, missed: &Sent) {
        self.turn().await;
        self.use_share(missed.json.len());
    }

    async fn turn(&self) {
        if self.used_until > Instant::now() + AHEAD {
            sleep_until(self.used_until).await;
        }
    }

    fn use_share(&mut self, bytes: usize) {
        let listeners = self.listeners.load(Ordering::Relaxed);
        self.used_until = self.used_until.max(Instant::now()) + time_for(bytes, listeners);
    }
}

/// How long it takes to send this number of bytes with the share of one among this number of listeners.
fn time_for(bytes: usize, listeners: usize) -> Duration {
    let all = (bytes as u64).saturating_mul(listeners.max(1) as u64);
    Duration::from_micros(all.saturating_mul(1_000_000) / BYTES_A_SECOND)
}

#[cfg(test)]
mod tests {
    use farandole_protocol::event::{EventId, EventKind};

    use super::*;

    fn sent(bytes: usize) -> Arc<Sent> {
        Arc::new(Sent {
            id: EventId { run: 1, n: 1 },
            kind: EventKind::TaskLog,
            topics: Vec::new(),
            json: "x".repeat(bytes),
        })
    }

    #[actix::test]
    async fn what_waits_is_bounded_in_bytes() {
        let (inlet, mut live) = queue(None, Arc::default());
        let half = sent(WAITING_BYTES / 2);
        assert_eq!(inlet.push(&half), Ok(()));
        assert_eq!(inlet.push(&half), Ok(()));
        assert_eq!(inlet.push(&sent(1)), Err(CannotPush::Full));
        assert!(live.recv().await.is_some());
        assert_eq!(inlet.push(&sent(1)), Ok(()));
        drop(live);
        assert_eq!(inlet.push(&sent(1)), Err(CannotPush::Gone));
    }

    #[test]
    fn listeners_share_what_is_sent() {
        let second = usize::try_from(BYTES_A_SECOND).unwrap();
        assert_eq!(time_for(second, 1), Duration::from_secs(1));
        assert_eq!(time_for(second / 2_000, 2_000).as_millis(), 999);
        assert!(time_for(usize::MAX, usize::MAX) > Duration::from_hours(24));
        assert_eq!(time_for(0, 0), Duration::ZERO);
    }

    #[actix::test]
    async fn a_single_event_may_be_larger() {
        let (inlet, mut live) = queue(None, Arc::default());
        for _ in 0..3 {
            assert_eq!(inlet.push(&sent(2 * WAITING_BYTES)), Ok(()));
            assert!(live.recv().await.is_some());
        }
    }
}
