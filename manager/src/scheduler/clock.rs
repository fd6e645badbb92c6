//! The Scheduler's clocks: the wall clock for what is stored and shown, a monotonic one for time-outs.

use std::time::Duration;

use farandole_protocol::time::{self, Timestamp};
use nix::time::{ClockId, clock_gettime};

use crate::farm::uptime::Uptime;

/// While the Manager runs, the clock is read at least at each tick of the TimeoutChecker, once a second. After a
/// pause this long the Manager has stood still, and could hear nothing meanwhile.
const STANDSTILL: Duration = Duration::from_secs(5);

/// On Linux this clock goes on while the host is suspended, so that such a pause is seen. Elsewhere the usual
/// monotonic clock has to do.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MONOTONIC: ClockId = ClockId::CLOCK_BOOTTIME;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const MONOTONIC: ClockId = ClockId::CLOCK_MONOTONIC;

/// Reads both clocks, and remembers when it did so last.
#[derive(Debug, Default)]
pub(super) struct Clock {
    last: Option<Uptime>,
}

/// What the clocks show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Reading {
    /// The wall clock.
    pub(super) now: Timestamp,
    /// The monotonic clock.
    pub(super) uptime: Uptime,
    /// For how long the Manager stood still before this reading, if it did.
    pub(super) standstill: Option<Duration>,
}

impl Clock {
    /// Reads the clocks.
    pub(super) fn read(&mut self) -> Reading {
        // A clock that cannot be read stands still: no time-out passes.
        let uptime = clock_gettime(MONOTONIC).map(|time| Uptime(time.into()));
        self.note(time::now(), uptime.unwrap_or_default())
    }

    fn note(&mut self, now: Timestamp, uptime: Uptime) -> Reading {
        let pause = self.last.map(|last| uptime.since(last));
        self.last = Some(uptime);
        Reading {
            now,
            uptime,
            standstill: pause.filter(|pause| *pause >= STANDSTILL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pauses: &[u64], standstill: Option<u64>) {
        let mut clock = Clock::default();
        let mut uptime = Duration::from_hours(1);
        let mut last = clock.note(time::now(), Uptime(uptime));
        assert_eq!(last.standstill, None, "the first reading follows no other");
        for seconds in pauses {
            uptime += Duration::from_secs(*seconds);
            last = clock.note(time::now(), Uptime(uptime));
        }
        assert_eq!(last.standstill, standstill.map(Duration::from_secs));
    }

    #[test]
    fn a_long_pause_between_readings_is_a_standstill() {
        check(&[], None);
        check(&[1, 1, 2, 4], None);
        check(&[1, 5], Some(5));
        check(&[1, 3600], Some(3600));
        check(&[3600, 1], None);
    }

    #[test]
    fn the_monotonic_clock_can_be_read_and_does_not_go_back() {
        let mut clock = Clock::default();
        let first = clock.read();
        let second = clock.read();
        assert!(first.uptime > Uptime::default() && second.uptime >= first.uptime);
        assert_eq!(second.standstill, None);
    }
}
