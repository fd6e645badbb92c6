//! Pure: how often Workers may register, in total and from each address. Moments are told since the start of the
//! process.
//!
//! Many containers of a studio start at once, perhaps behind one address, and the Workers of Flamenco try once: so a
//! large burst is let through, and what comes above it waits for its turn before it is refused.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// The share of all registrations that one address may have is one divided by this.
const ADDRESS_PART: u32 = 4;
/// A limit that is used up is whole again after this time.
const REFILL: Duration = Duration::from_mins(5);
/// A registration waits for its turn no longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Too many Workers register.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("too many workers register at the moment (registration_limit), try again in {seconds} s")]
pub struct TooManyRegistrationsError {
    /// Seconds until there is a turn again.
    pub seconds: u64,
}

/// How many may still register: when the limit will be whole again.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    whole_at: Duration,
}

impl Bucket {
    /// The same after one more of `limit`.
    fn after_one_more(self, limit: u32, now: Duration) -> Self {
        let each = REFILL / limit.max(1);
        Self {
            whole_at: self.whole_at.max(now) + each,
        }
    }

    /// How long it takes until no more than the limit is used up.
    fn wait(self, now: Duration) -> Duration {
        self.whole_at.saturating_sub(now + REFILL)
    }
}

/// The registrations of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    all: Bucket,
    by_address: HashMap<IpAddr, Bucket>,
}

impl Registrations {
    /// How long a registration from this address waits for its turn, which it has then. This host itself has no limit
    /// of its own, since proxies that call for others run there.
    pub(super) fn turn(
        &mut self,
        peer: Option<IpAddr>,
        limit: u32,
        now: Duration,
    ) -> Result<Duration, TooManyRegistrationsError> {
        let all = self.all.after_one_more(limit, now);
        let mut wait = all.wait(now);
        let peer = peer.filter(|peer| !peer.is_loopback());
        let own = peer.map(|peer| {
            let own = self.by_address.get(&peer).copied().unwrap_or_default();
            (peer, own.after_one_more(limit.div_ceil(ADDRESS_PART), now))
        });
        if let Some((_, own)) = own {
            wait = wait.max(own.wait(now));
        }
        if wait > LONGEST_WAIT {
            let seconds = wait.saturating_sub(LONGEST_WAIT).as_secs() + 1;
            return Err(TooManyRegistrationsError { seconds });
        }
        self.all = all;
        if let Some((peer, own)) = own {
            // Each of these has registered not long ago, so that the limit bounds their number, too.
            self.by_address.retain(|_, bucket| bucket.whole_at > now);
            self.by_address.insert(peer, own);
        }
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u32 = 2_000;

    fn address(last: u8) -> Option<IpAddr> {
        Some([10, 0, 0, last].into())
    }

    /// How many of so many registrations from there have a turn at once, have one later, and have none.
    fn tried(
        registrations: &mut Registrations,
        peer: Option<IpAddr>,
        count: usize,
        now: Duration,
    ) -> [usize; 3] {
        let mut found = [0; 3];
        for _ in 0..count {
            match registrations.turn(peer, LIMIT, now) {
                Ok(Duration::ZERO) => found[0] += 1,
                Ok(wait) => {
                    assert!(wait <= LONGEST_WAIT);
                    found[1] += 1;
                }
                Err(error) => {
                    assert!(error.seconds > 0);
                    found[2] += 1;
                }
            }
        }
        found
    }

    #[test]
    fn a_burst_is_let_through_and_then_registrations_wait_or_are_refused() {
        let (mut all, start) = (Registrations::default(), Duration::from_secs(7));
        assert_eq!(
            tried(&mut all, address(1), 20_000, start),
            [500, 16, 19_484]
        );
        // Another address still has its own.
        assert_eq!(tried(&mut all, address(2), 200, start), [200, 0, 0]);
        let later = start + REFILL + LONGEST_WAIT;
        assert_eq!(tried(&mut all, address(1), 500, later), [500, 0, 0]);
    }

    #[test]
    fn all_addresses_together_have_a_limit_and_this_host_has_that_alone() {
        let (mut all, start) = (Registrations::default(), Duration::ZERO);
        let own = Some([127, 0, 0, 1].into());
        assert_eq!(tried(&mut all, own, 5_000, start), [2_000, 66, 2_934]);
        assert_eq!(tried(&mut all, address(1), 10, start), [0, 0, 10]);
        let later = start + LONGEST_WAIT + Duration::from_secs(2);
        assert_eq!(tried(&mut all, address(1), 10, later), [10, 0, 0]);
    }

    #[test]
    fn addresses_are_forgotten() {
        let mut all = Registrations::default();
        for last in 0..100 {
            let now = REFILL * u32::from(last);
            assert_eq!(all.turn(address(last), LIMIT, now), Ok(Duration::ZERO));
        }
        assert_eq!(all.by_address.len(), 1);
    }
}
