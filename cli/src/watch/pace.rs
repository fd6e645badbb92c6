//! How fast a job advances, and how long the rest will take. Pure: what time it is comes as a parameter.

use std::time::{Duration, Instant};

/// The pace since the job was first seen at work. Time in which nobody worked does not count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    begin: Option<(Instant, i64)>,
    last: i64,
}

impl Pace {
    /// Takes note of how many steps are done.
    pub(crate) fn note(&mut self, now: Instant, done: i64, works: bool) {
        self.begin = match self.begin {
            _ if !works => None,
            Some(begin) if self.last <= done => Some(begin),
            // Fewer than before: it was queued again.
            Some(_) | None => Some((now, done)),
        };
        self.last = done;
    }

    /// The time until all is done, once there is something to tell it from.
    pub(crate) fn time_left(&self, now: Instant, done: i64, total: i64) -> Option<Duration> {
        let (then, already) = self.begin?;
        let gained = u32::try_from(done.checked_sub(already)?).ok()?;
        let left = u32::try_from(total.checked_sub(done)?.max(0)).ok()?;
        let passed = now.saturating_duration_since(then).as_secs_f64();
        if gained == 0 {
            return None;
        }
        Duration::try_from_secs_f64(passed * f64::from(left) / f64::from(gained)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_rest_takes_as_long_as_what_was_done() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.note(start, 2, true);
        assert_eq!(
            pace.time_left(start, 2, 10),
            None,
            "nothing to tell it from"
        );
        pace.note(start + 4 * SECOND, 4, true);
        assert_eq!(pace.time_left(start + 4 * SECOND, 4, 10), Some(12 * SECOND));
        assert_eq!(
            pace.time_left(start + 8 * SECOND, 4, 10),
            Some(24 * SECOND),
            "a step that takes longer lets the rest take longer"
        );
        assert_eq!(
            pace.time_left(start + 8 * SECOND, 10, 10),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn waiting_does_not_count() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.note(start, 0, false);
        assert_eq!(pace.time_left(start, 0, 10), None);
        pace.note(start + 100 * SECOND, 0, true);
        pace.note(start + 101 * SECOND, 1, true);
        assert_eq!(
            pace.time_left(start + 101 * SECOND, 1, 10),
            Some(9 * SECOND)
        );
        pace.note(start + 102 * SECOND, 1, false);
        assert_eq!(pace.time_left(start + 102 * SECOND, 1, 10), None);
    }

    #[test]
    fn a_job_that_begins_anew_is_measured_anew() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.note(start, 0, true);
        pace.note(start + SECOND, 8, true);
        pace.note(start + 2 * SECOND, 0, true);
        assert_eq!(pace.time_left(start + 2 * SECOND, 0, 10), None);
        pace.note(start + 3 * SECOND, 1, true);
        assert_eq!(pace.time_left(start + 3 * SECOND, 1, 3), Some(2 * SECOND));
    }
}
