//! Waiting longer each time. Pure: nobody sleeps here, and randomness is an argument.

use std::time::Duration;

/// A wait that doubles from its first value up to a limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    /// Waits that begin with `first` and are never longer than `most`.
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, next: first }
    }

    /// The next wait.
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.next.min(self.most);
        self.next = (wait * 2).min(self.most);
        wait
    }

    /// It went well: begin anew.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

/// The wait, up to a tenth shorter or longer, so that a farm full of Workers does not ask in step. `random` is from 0
/// to 1.
pub fn jittered(wait: Duration, random: f64) -> Duration {
    wait.mul_f64(0.9 + 0.2 * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_secs(3), Duration::from_secs(20));
        let waits: Vec<_> = (0..5).map(|_| backoff.next_wait().as_secs()).collect();
        assert_eq!(waits, [3, 6, 12, 20, 20]);
        backoff.reset();
        assert_eq!(backoff.next_wait().as_secs(), 3);
    }

    #[test]
    fn jitter_stays_within_a_tenth() {
        let wait = Duration::from_secs(10);
        assert_eq!(jittered(wait, 0.0), Duration::from_secs(9));
        assert_eq!(jittered(wait, 1.0), Duration::from_secs(11));
    }
}
