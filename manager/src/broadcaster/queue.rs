//! What waits for one listener, bounded in events and in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::messages::Sent;
use super::places::Place;

/// A listener for which so many events wait is cut off.
pub(super) const WAITING_EVENTS: usize = 1_000;
/// A listener for which so many bytes wait is cut off. A single event may be larger.
pub(super) const WAITING_BYTES: usize = 4 << 20;

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

/// An empty queue, for a listener that holds this place.
pub(super) fn queue(place: Option<Place>) -> (Inlet, Live) {
    let (sender, receiver) = mpsc::channel(WAITING_EVENTS);
    let bytes = Arc::new(AtomicUsize::new(0));
    let inlet = Inlet {
        channel: sender,
        bytes: Arc::clone(&bytes),
    };
    let live = Live {
        channel: receiver,
        bytes,
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
    /// The next event; `None` at the end.
    pub async fn recv(&mut self) -> Option<Arc<Sent>> {
        let sent = self.channel.recv().await?;
        self.bytes.fetch_sub(sent.json.len(), Ordering::Relaxed);
        Some(sent)
    }
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
        let (inlet, mut live) = queue(None);
        let half = sent(WAITING_BYTES / 2);
        assert_eq!(inlet.push(&half), Ok(()));
        assert_eq!(inlet.push(&half), Ok(()));
        assert_eq!(inlet.push(&sent(1)), Err(CannotPush::Full));
        assert!(live.recv().await.is_some());
        assert_eq!(inlet.push(&sent(1)), Ok(()));
        drop(live);
        assert_eq!(inlet.push(&sent(1)), Err(CannotPush::Gone));
    }

    #[actix::test]
    async fn a_single_event_may_be_larger() {
        let (inlet, mut live) = queue(None);
        for _ in 0..3 {
            assert_eq!(inlet.push(&sent(2 * WAITING_BYTES)), Ok(()));
            assert!(live.recv().await.is_some());
        }
    }
}
