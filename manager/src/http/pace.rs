//! Pure: how long a body may keep the Manager waiting.
//!
//! Only the time that is spent waiting for the sender counts, not what the Manager takes to write a piece to the disk.

use std::time::Duration;

/// A sender that sends nothing for this time has gone.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// The time that each body may take, however small it is.
const GRACE: Duration = Duration::from_secs(30);
/// A body that is kept in memory comes at least so fast on average, in bytes per second.
pub(super) const INTO_MEMORY: u64 = 64 << 10;
/// A body that goes to the disk comes at least so fast on average: it holds little, and may come over a slow line.
pub(super) const ONTO_DISK: u64 = 8 << 10;

/// How a body has come so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    slowest: u64,
    received: u64,
    waited: Duration,
}

impl Pace {
    /// A body of which nothing has come.
    pub(super) const fn of(slowest: u64) -> Self {
        Self {
            slowest,
            received: 0,
            waited: Duration::ZERO,
        }
    }

    /// How long its next piece may take.
    pub(super) fn patience(&self) -> Duration {
        let earned = Duration::from_secs(self.received / self.slowest);
        (GRACE + earned).saturating_sub(self.waited).min(SILENCE)
    }

    /// Notes a piece, and how long it was waited for.
    pub(super) fn note(&mut self, bytes: usize, waited: Duration) {
        self.received += bytes as u64;
        self.waited += waited;
    }

    /// Why it is not waited for any longer.
    pub(super) fn too_slow(&self) -> String {
        if self.patience() == SILENCE {
            "nothing was sent for half a minute".to_owned()
        } else {
            format!(
                "the body came too slowly: after 30 s it has to come at {} KiB/s on average",
                self.slowest >> 10
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_ends_a_body_and_so_does_a_trickle() {
        let mut pace = Pace::of(INTO_MEMORY);
        assert_eq!(pace.patience(), SILENCE);
        // A byte each second: never silent, and yet over after half a minute.
        let mut waited = 0;
        while !pace.patience().is_zero() {
            pace.note(1, Duration::from_secs(1));
            waited += 1;
        }
        assert_eq!(waited, 30);
    }

    #[test]
    fn a_body_that_comes_fast_enough_is_waited_for() {
        let mut pace = Pace::of(INTO_MEMORY);
        for _ in 0..1_600 {
            pace.note(64 << 10, Duration::from_secs(1));
            assert_eq!(pace.patience(), SILENCE);
        }
    }

    #[test]
    fn thirty_mebibytes_that_are_then_withheld_are_not_waited_for_longer_than_silence_allows() {
        let mut pace = Pace::of(INTO_MEMORY);
        pace.note(30 << 20, Duration::from_secs(1));
        assert_eq!(pace.patience(), SILENCE);
    }
}
