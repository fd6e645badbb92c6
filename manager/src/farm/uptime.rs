//! The monotonic time by which time-outs go. Pure.
//!
//! The wall clock says what is stored and shown, but it may be set forward or back at any moment: that must neither
//! take tasks from live Workers nor hide dead ones. So each time-out compares readings of a clock that only goes
//! forward. The shell passes its reading to the farm before each order, see [`Farm::advance`].
//!
//! If the Manager itself stood still (its process was stopped, or its host was suspended), it could hear nothing. Then
//! [`Farm::renew_time_outs`] gives each Worker and each running task a whole time-out again, as after a start.

use std::time::Duration;

use super::state::Farm;

/// A reading of the monotonic clock: how long ago its origin was. Two readings of one process can be compared.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Uptime(pub Duration);

impl Uptime {
    /// How much time has passed since an earlier reading.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The reading that was this long ago, or the origin of the clock.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration))
    }
}

impl Farm {
    /// The monotonic clock has come to this reading. It never goes back.
    pub fn advance(&mut self, uptime: Uptime) {
        self.uptime = self.uptime.max(uptime);
    }

    /// Each Worker counts as heard from, and each running task as making progress, at this moment.
    pub fn renew_time_outs(&mut self) {
        let uptime = self.uptime;
        for worker in self.workers.values_mut() {
            worker.heard = worker.heard.map(|_| uptime);
            if let Some(running) = &mut worker.running {
                running.progress = uptime;
            }
        }
    }
}
