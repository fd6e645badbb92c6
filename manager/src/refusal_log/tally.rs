//! Pure: when a refusal is worth a line in the log. Moments are told since the start of the process.

use std::collections::HashMap;
use std::time::Duration;

use super::messages::{Refusal, Refused};

/// One address has at most two lines of a kind in this time: the first refusal at once, and how many followed.
const PERIOD: Duration = Duration::from_mins(1);
/// How many addresses are told apart. What comes from further ones in the same minute is counted together.
const ADDRESSES: usize = 200;
/// What stands for further addresses.
const OTHERS: &str = "other addresses";

/// A line for the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Line {
    /// What was refused.
    pub(super) what: Refusal,
    /// Whose requests.
    pub(super) peer: String,
    /// Why the first of them was.
    pub(super) reason: String,
    /// How many.
    pub(super) count: u64,
}

/// The refusals of the present minute.
#[derive(Debug, Default)]
pub(super) struct Tally {
    open: HashMap<(Refusal, String), Window>,
}

#[derive(Debug)]
struct Window {
    since: Duration,
    reason: String,
    /// How many are not logged yet.
    count: u64,
    logged: bool,
}

impl Tally {
    /// Counts a refusal. Gives a line if it is the first that is worth one.
    pub(super) fn note(&mut self, refused: Refused, now: Duration) -> Option<Line> {
        let Refused { what, peer, reason } = refused;
        let mut key = (what, peer);
        if self.open.len() >= ADDRESSES && !self.open.contains_key(&key) {
            OTHERS.clone_into(&mut key.1);
        }
        let peer = key.1.clone();
        let window = self.open.entry(key).or_insert(Window {
            since: now,
            reason,
            count: 0,
            logged: false,
        });
        window.count += 1;
        if window.logged || window.count < what.worth_a_line() {
            return None;
        }
        window.logged = true;
        Some(window.line(what, &peer))
    }

    /// The lines of the minutes that are over.
    pub(super) fn due(&mut self, now: Duration) -> Vec<Line> {
        let mut lines = Vec::new();
        self.open.retain(|(what, peer), window| {
            if now.saturating_sub(window.since) < PERIOD {
                return true;
            }
            let goes_on = window.logged && window.count > 0;
            if goes_on {
                lines.push(window.line(*what, peer));
                window.since = now;
            }
            goes_on
        });
        lines
    }
}

impl Window {
    fn line(&mut self, what: Refusal, peer: &str) -> Line {
        Line {
            what,
            peer: peer.to_owned(),
            reason: self.reason.clone(),
            count: std::mem::take(&mut self.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(what: Refusal, peer: &str) -> Refused {
        let (peer, reason) = (peer.to_owned(), "why".to_owned());
        Refused { what, peer, reason }
    }

    fn counts(lines: Vec<Line>) -> Vec<u64> {
        lines.into_iter().map(|line| line.count).collect()
    }

    #[test]
    fn the_first_is_told_at_once_and_the_others_when_the_minute_is_over() {
        let (mut tally, start) = (Tally::default(), Duration::ZERO);
        let mut note = |peer| tally.note(refused(Refusal::Listener, peer), start);
        assert_eq!(note("a").map(|line| line.count), Some(1));
        assert!((0..5_000).all(|_| note("a").is_none()));
        assert_eq!(note("b").map(|line| line.peer), Some("b".to_owned()));
        assert_eq!(tally.due(start), []);
        assert_eq!(counts(tally.due(start + PERIOD)), [5_000]);
        // Nothing has happened in the next minute, and all is forgotten.
        assert_eq!(tally.due(start + 2 * PERIOD), []);
        assert!(tally.open.is_empty());
    }

    #[test]
    fn few_connections_without_a_request_are_none_of_the_log_s_business() {
        let (mut tally, start) = (Tally::default(), Duration::ZERO);
        for _ in 1..Refusal::Malformed.worth_a_line() {
            assert_eq!(tally.note(refused(Refusal::Malformed, "a"), start), None);
        }
        assert_eq!(tally.due(start + PERIOD), []);
        let many = (0..100).filter_map(|_| tally.note(refused(Refusal::Malformed, "a"), start));
        assert_eq!(counts(many.collect()), [Refusal::Malformed.worth_a_line()]);
    }

    #[test]
    fn many_addresses_take_no_more_lines_than_some() {
        let (mut tally, start) = (Tally::default(), Duration::ZERO);
        let peers = (0..10_000).map(|n| n.to_string());
        let lines = peers.filter_map(|peer| tally.note(refused(Refusal::Listener, &peer), start));
        assert_eq!(lines.count(), ADDRESSES + 1);
    }
}
