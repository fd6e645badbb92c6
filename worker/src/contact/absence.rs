//! Keeps in mind since when the Manager has not answered. Pure.

use std::time::{Duration, Instant};

/// A Manager that was found by search is searched again when it was away for this long: it may have moved.
pub(super) const SEARCH_AFTER: Duration = Duration::from_secs(30);

/// Since when the Manager is away, if it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Absence {
    since: Option<Instant>,
}

impl Absence {
    /// The Manager answered, whatever it said.
    pub fn answered(&mut self) {
        self.since = None;
    }

    /// The Manager could not be reached; says whether it has been away long enough to search for it.
    pub fn away(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        now.saturating_duration_since(since) >= SEARCH_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_due_after_half_a_minute_without_an_answer() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut absence = Absence::default();
        assert!(!absence.away(at(0)));
        assert!(!absence.away(at(29)));
        assert!(absence.away(at(30)));
        absence.answered();
        assert!(!absence.away(at(31)));
        assert!(absence.away(at(61)));
    }
}
