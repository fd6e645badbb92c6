//! Pure: the newest events, for listeners that come back.
//!
//! Texts of logs are kept apart from all else: there are many of them, and they are large.

use std::collections::VecDeque;
use std::sync::Arc;

use farandole_protocol::event::{EventId, EventKind, Hello, Topic};

use super::messages::Sent;

/// So many events are kept: a minute of a farm of several hundred Workers.
const KEPT: usize = 10_000;
/// So many bytes of events are kept, however few events these are.
const KEPT_BYTES: usize = 32 << 20;

/// The newest events of this run.
#[derive(Debug)]
pub(super) struct History {
    run: u64,
    last: u64,
    news: Ring,
    logs: Ring,
}

/// Events of one sort, oldest first.
#[derive(Debug, Default)]
struct Ring {
    kept: VecDeque<Arc<Sent>>,
    bytes: usize,
    /// The number of the newest event that is not kept any more.
    dropped: u64,
}

impl Ring {
    fn keep(&mut self, sent: Arc<Sent>) {
        self.bytes += sent.json.len();
        self.kept.push_back(sent);
        while self.kept.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else {
                return;
            };
            self.bytes -= oldest.json.len();
            self.dropped = oldest.id.n;
        }
    }
}

impl History {
    /// No events yet, in a run of this number.
    pub(super) fn new(run: u64) -> Self {
        Self {
            run,
            last: 0,
            news: Ring::default(),
            logs: Ring::default(),
        }
    }

    /// The id of the next event.
    pub(super) fn next_id(&mut self) -> EventId {
        self.last += 1;
        EventId {
            run: self.run,
            n: self.last,
        }
    }

    /// Keeps an event, and drops the oldest.
    pub(super) fn keep(&mut self, sent: Arc<Sent>) {
        match sent.kind {
            EventKind::TaskLog => self.logs.keep(sent),
            EventKind::Lifecycle
            | EventKind::Status
            | EventKind::Job
            | EventKind::Task
            | EventKind::LastRendered
            | EventKind::Worker
            | EventKind::WorkerTag => self.news.keep(sent),
        }
    }

    /// What a listener that knows `last` has missed of these topics, and whether that is all.
    pub(super) fn since(&self, last: Option<EventId>, topics: &[Topic]) -> (Hello, Vec<Arc<Sent>>) {
        let now = EventId {
            run: self.run,
            n: self.last,
        };
        let rings = self.rings(topics);
        let oldest = rings.iter().map(|ring| ring.dropped).max();
        let known = last
            .filter(|id| id.run == self.run && (oldest.unwrap_or(0)..=self.last).contains(&id.n));
        let Some(known) = known else {
            return (
                Hello {
                    id: now,
                    resumed: false,
                },
                Vec::new(),
            );
        };
        let wanted = |sent: &&Arc<Sent>| sent.id.n > known.n && concerns(sent, topics);
        let kept = rings.iter().flat_map(|ring| &ring.kept);
        let mut missed: Vec<_> = kept.filter(wanted).cloned().collect();
        missed.sort_by_key(|sent| sent.id.n);
        (
            Hello {
                id: known,
                resumed: true,
            },
            missed,
        )
    }

    /// Where events of these topics are kept.
    fn rings(&self, topics: &[Topic]) -> Vec<&Ring> {
        let is_log = |topic: &Topic| matches!(topic, Topic::TaskLog(_));
        let logs = topics.iter().any(is_log).then_some(&self.logs);
        let news = (topics.is_empty() || !topics.iter().all(is_log)).then_some(&self.news);
        news.into_iter().chain(logs).collect()
    }
}

/// Whether an event belongs to one of these topics; without any, to everything but logs.
pub(super) fn concerns(sent: &Sent, topics: &[Topic]) -> bool {
    if topics.is_empty() {
        return sent.kind != EventKind::TaskLog;
    }
    sent.topics.iter().any(|topic| topics.contains(topic))
}

#[cfg(test)]
mod tests {
    use farandole_protocol::ids::TaskId;

    use super::*;

    /// Tells of something.
    fn add(history: &mut History, topic: Topic, text: &str) {
        let kind = if matches!(topic, Topic::TaskLog(_)) {
            EventKind::TaskLog
        } else {
            EventKind::Job
        };
        let id = history.next_id();
        history.keep(Arc::new(Sent {
            id,
            kind,
            topics: vec![topic],
            json: text.to_owned(),
        }));
    }

    fn history(events: u64) -> History {
        let mut history = History::new(7);
        for n in 0..events {
            let topic = if n % 2 == 0 {
                Topic::Jobs
            } else {
                Topic::Workers
            };
            add(&mut history, topic, "");
        }
        history
    }

    fn id(n: u64) -> EventId {
        EventId { run: 7, n }
    }

    fn numbers(missed: &[Arc<Sent>]) -> Vec<u64> {
        missed.iter().map(|sent| sent.id.n).collect()
    }

    #[test]
    fn a_listener_goes_on_after_the_last_event_that_it_knows() {
        let (hello, missed) = history(10).since(Some(id(4)), &[Topic::Jobs]);
        assert!(hello.resumed);
        assert_eq!(numbers(&missed), [5, 7, 9]);
    }

    #[test]
    fn one_who_knows_the_newest_has_missed_nothing() {
        let (hello, missed) = history(10).since(Some(id(10)), &[Topic::Jobs]);
        assert!(hello.resumed && missed.is_empty());
    }

    #[test]
    fn whoever_knows_too_little_reads_its_lists_again() {
        let long = history(KEPT as u64 + 10);
        for last in [
            None,
            Some(id(9)),
            Some(id(KEPT as u64 + 11)),
            Some(EventId { run: 8, n: 5 }),
        ] {
            let (hello, missed) = long.since(last, &[Topic::Jobs]);
            assert!(!hello.resumed && missed.is_empty(), "{last:?}");
            assert_eq!(hello.id, id(KEPT as u64 + 10));
        }
        assert!(long.since(Some(id(10)), &[]).0.resumed);
    }

    #[test]
    fn logs_push_out_nothing_but_logs() {
        let (mut history, log) = (history(2), Topic::TaskLog(TaskId::random()));
        let large = "x".repeat(KEPT_BYTES / 4);
        for _ in 0..5 {
            add(&mut history, log, &large);
        }
        add(&mut history, Topic::Jobs, "");
        // 1 and 2 are news, 3 to 7 logs, of which 3 had to go; 8 is news.
        let (hello, missed) = history.since(Some(id(1)), &[]);
        assert!(hello.resumed);
        assert_eq!(numbers(&missed), [2, 8]);
        assert!(!history.since(Some(id(2)), &[log]).0.resumed);
        let (hello, missed) = history.since(Some(id(3)), &[Topic::Jobs, log]);
        assert!(hello.resumed);
        assert_eq!(numbers(&missed), [4, 5, 6, 7, 8]);
    }
}
