//! Pure: how long answers to wrong secrets are held back. Moments are told since the start of the process.
//!
//! Only the answers to wrong secrets wait, so that guessing takes time and an honest Worker loses none.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Each wrong secret of an address holds the answer to the next back by this much more.
const STEP: Duration = Duration::from_millis(100);
/// The longest that an answer is held back.
const LONGEST: Duration = Duration::from_secs(2);
/// So many answers to one address are held back at a time. Further ones are refused at once.
const WAITING: u32 = 50;
/// After this time without a wrong secret, all is forgotten of an address.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(1);
/// How many addresses are told apart.
const ADDRESSES: usize = 10_000;

/// The wrong secrets of the last minute, by address.
#[derive(Debug, Default)]
pub(super) struct WrongSecrets(HashMap<IpAddr, Failures>);

#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    count: u32,
    waiting: u32,
    last: Duration,
}

impl WrongSecrets {
    /// Notes a wrong secret. Gives how long the answer waits, after which [`WrongSecrets::answered`] is called; `None` if
    /// too many wait already.
    pub(super) fn note(&mut self, peer: IpAddr, now: Duration) -> Option<Duration> {
        if self.0.len() >= ADDRESSES && !self.0.contains_key(&peer) {
            self.0.retain(|_, of| of.is_fresh(now));
            if self.0.len() >= ADDRESSES {
                return None;
            }
        }
        let of = self.0.entry(peer).or_default();
        if !of.is_fresh(now) {
            of.count = 0;
        }
        of.last = now;
        of.count = of.count.saturating_add(1);
        if of.waiting >= WAITING {
            return None;
        }
        of.waiting += 1;
        Some((STEP * of.count.min(1_000)).min(LONGEST))
    }

    /// An answer that was held back is on its way.
    pub(super) fn answered(&mut self, peer: IpAddr) {
        if let Some(of) = self.0.get_mut(&peer) {
            of.waiting = of.waiting.saturating_sub(1);
        }
    }

    /// Whether so many answers to this address are held back that no slow hash is computed for it.
    pub(super) fn is_full(&self, peer: IpAddr) -> bool {
        self.0.get(&peer).is_some_and(|of| of.waiting >= WAITING)
    }
}

impl Failures {
    fn is_fresh(&self, now: Duration) -> bool {
        self.waiting > 0 || now.saturating_sub(self.last) < FORGOTTEN_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn each_wrong_secret_waits_longer_up_to_a_bound() {
        let (mut wrong, now) = (WrongSecrets::default(), Duration::ZERO);
        let mut waits = Vec::new();
        for _ in 0..30 {
            waits.push(wrong.note(PEER, now).unwrap());
            wrong.answered(PEER);
        }
        assert_eq!(waits[..2], [STEP, 2 * STEP]);
        assert!(waits.is_sorted() && waits[29] == LONGEST);
        assert_eq!(wrong.note(OTHER, now), Some(STEP));
        wrong.answered(PEER);
        assert_eq!(wrong.note(PEER, FORGOTTEN_AFTER), Some(STEP));
    }

    #[test]
    fn few_answers_to_one_address_wait_at_a_time() {
        let (mut wrong, now) = (WrongSecrets::default(), Duration::ZERO);
        let waiting = (0..10_000).filter(|_| wrong.note(PEER, now).is_some());
        assert_eq!(waiting.count(), WAITING as usize);
        assert!(wrong.is_full(PEER) && !wrong.is_full(OTHER));
        wrong.answered(PEER);
        assert!(wrong.note(PEER, now).is_some());
    }

    #[test]
    fn addresses_are_bounded_and_forgotten() {
        let mut wrong = WrongSecrets::default();
        let address = |n: u32| IpAddr::V4(std::net::Ipv4Addr::from(n));
        for n in 0..20_000 {
            let wait = wrong.note(address(n), Duration::ZERO);
            assert_eq!(wait.is_some(), n < 10_000);
            wrong.answered(address(n));
        }
        assert_eq!(wrong.0.len(), ADDRESSES);
        assert_eq!(wrong.note(PEER, FORGOTTEN_AFTER), Some(STEP));
        assert_eq!(wrong.0.len(), 1);
    }
}
