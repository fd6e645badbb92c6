//! Credentials that were verified, as keyed digests.
//!
//! The key is drawn when the process starts and never leaves it, so a look into memory gives no secret away.

use std::collections::{HashMap, VecDeque};

use farandole_protocol::ids::WorkerId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// So many Workers' credentials are remembered.
const REMEMBERED: usize = 20_000;

/// A keyed digest of credentials.
pub(super) type Seal = [u8; 32];

/// The credentials that were verified.
#[derive(Debug)]
pub(super) struct Known {
    key: [u8; 32],
    seals: HashMap<WorkerId, Seal>,
    order: VecDeque<WorkerId>,
}

impl Known {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key, seals: HashMap::new(), order: VecDeque::new() }
    }

    /// The digest of these credentials.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub(super) fn seal(&self, worker: WorkerId, secret: &str) -> Seal {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any key will do");
        mac.update(worker.as_uuid().as_bytes());
        mac.update(secret.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Whether these credentials were verified before.
    pub(super) fn holds(&self, worker: WorkerId, seal: &Seal) -> bool {
        self.seals.get(&worker) == Some(seal)
    }

    /// Remembers verified credentials, and forgets the oldest if there are too many.
    pub(super) fn remember(&mut self, worker: WorkerId, seal: Seal) {
        if self.seals.insert(worker, seal).is_none() {
            self.order.push_back(worker);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seals.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_verified_is_known() {
        let mut known = Known::new([1; 32]);
        let (one, other) = (WorkerId::random(), WorkerId::random());
        let seal = known.seal(one, "secret");
        assert!(!known.holds(one, &seal));
        known.remember(one, seal);
        assert!(known.holds(one, &seal));
        assert!(!known.holds(other, &known.seal(other, "secret")));
        assert!(!known.holds(one, &known.seal(one, "Secret")));
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let mut known = Known::new([1; 32]);
        let first = WorkerId::random();
        known.remember(first, [0; 32]);
        for _ in 0..REMEMBERED {
            known.remember(WorkerId::random(), [0; 32]);
        }
        assert!(!known.holds(first, &[0; 32]));
        assert_eq!((known.seals.len(), known.order.len()), (REMEMBERED, REMEMBERED));
    }
}
