//! The newest events, for listeners that come back. Pure.

use std::collections::VecDeque;
use std::sync::Arc;

use farandole_protocol::event::{EventId, Hello, Topic};

use super::messages::Sent;

/// So many events are kept: a minute of a farm of several hundred Workers.
const KEPT: usize = 10_000;

/// The newest events of this run.
#[derive(Debug)]
pub(super) struct History {
    run: u64,
    last: u64,
    kept: VecDeque<Arc<Sent>>,
}

impl History {
    /// No events yet, in a run of this number.
    pub(super) fn new(run: u64) -> Self {
        Self { run, last: 0, kept: VecDeque::new() }
    }

    /// The id of the next event.
    pub(super) fn next_id(&mut self) -> EventId {
        self.last += 1;
        EventId { run: self.run, n: self.last }
    }

    /// Keeps an event, and drops the oldest.
    pub(super) fn keep(&mut self, sent: Arc<Sent>) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(sent);
    }

    /// What a listener that knows `last` has missed of these topics, and whether that is all.
    pub(super) fn since(&self, last: Option<EventId>, topics: &[Topic]) -> (Hello, Vec<Arc<Sent>>) {
        let now = EventId { run: self.run, n: self.last };
        let oldest = self.last - self.kept.len() as u64;
        let known = last.filter(|id| id.run == self.run && (oldest..=self.last).contains(&id.n));
        let Some(known) = known else {
            return (Hello { id: now, resumed: false }, Vec::new());
        };
        let wanted = |sent: &&Arc<Sent>| sent.id.n > known.n && concerns(sent, topics);
        (Hello { id: known, resumed: true }, self.kept.iter().filter(wanted).cloned().collect())
    }
}

/// Whether an event belongs to one of these topics.
pub(super) fn concerns(sent: &Sent, topics: &[Topic]) -> bool {
    sent.topics.iter().any(|topic| topics.contains(topic))
}

#[cfg(test)]
mod tests {
    use farandole_protocol::event::EventKind;

    use super::*;

    fn history(events: u64) -> History {
        let mut history = History::new(7);
        for n in 0..events {
            let id = history.next_id();
            let topics = vec![if n % 2 == 0 { Topic::Jobs } else { Topic::Workers }];
            history.keep(Arc::new(Sent { id, kind: EventKind::Job, topics, json: String::new() }));
        }
        history
    }

    fn id(n: u64) -> Option<EventId> {
        Some(EventId { run: 7, n })
    }

    #[test]
    fn a_listener_goes_on_after_the_last_event_that_it_knows() {
        let (hello, missed) = history(10).since(id(4), &[Topic::Jobs]);
        assert!(hello.resumed);
        assert_eq!(missed.iter().map(|sent| sent.id.n).collect::<Vec<_>>(), [5, 7, 9]);
    }

    #[test]
    fn one_who_knows_the_newest_has_missed_nothing() {
        let (hello, missed) = history(10).since(id(10), &[Topic::Jobs]);
        assert!(hello.resumed && missed.is_empty());
    }

    #[test]
    fn whoever_knows_too_little_reads_its_lists_again() {
        let long = history(KEPT as u64 + 10);
        for last in [None, id(9), id(KEPT as u64 + 11), Some(EventId { run: 8, n: 5 })] {
            let (hello, missed) = long.since(last, &[Topic::Jobs]);
            assert!(!hello.resumed && missed.is_empty(), "{last:?}");
            assert_eq!(Some(hello.id), id(KEPT as u64 + 10));
        }
        assert!(long.since(id(10), &[]).0.resumed);
    }
}
