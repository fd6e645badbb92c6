//! Pure: how many may listen to events, in total and from each address.

use std::net::IpAddr;
use std::sync::{Arc, Weak};

/// A listener's place, which is free again once this is dropped: when its connection has ended, which may be long after
/// it was cut off.
pub(super) type Place = Arc<()>;

/// How many may listen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ListenerLimits {
    pub(super) all: usize,
    pub(super) per_address: usize,
}

/// Why a listener is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TooManyListenersError {
    /// There are too many.
    #[error(
        "{0} listeners to events are connected, and more are not taken (listener_limit, or the limit of open files), \
         try again later"
    )]
    InAll(usize),
    /// There are too many from this address.
    #[error(
        "{0} listeners to events are connected from this address, and more are not taken from it \
         (listener_limit_per_address), try again later"
    )]
    FromAddress(usize),
}

/// The places that are taken.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(IpAddr, Weak<()>)>);

impl Places {
    /// How many were taken when one was taken last.
    pub(super) fn taken(&self) -> usize {
        self.0.len()
    }

    /// Takes a place for a listener from this address. This host itself has no limit of its own, since proxies that
    /// call for others run there.
    pub(super) fn take(
        &mut self,
        address: IpAddr,
        limits: ListenerLimits,
    ) -> Result<Place, TooManyListenersError> {
        self.0.retain(|(_, place)| place.strong_count() > 0);
        if self.0.len() >= limits.all {
            return Err(TooManyListenersError::InAll(limits.all));
        }
        let from_there = self.0.iter().filter(|(other, _)| *other == address);
        if !address.is_loopback() && from_there.count() >= limits.per_address {
            return Err(TooManyListenersError::FromAddress(limits.per_address));
        }
        let place = Place::default();
        self.0.push((address, Arc::downgrade(&place)));
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ListenerLimits = ListenerLimits {
        all: 5,
        per_address: 2,
    };

    #[test]
    fn places_are_limited_and_free_again_when_they_are_dropped() {
        let mut places = Places::default();
        let mut take = |address: &str| places.take(address.parse().unwrap(), LIMITS);
        let mut first = vec![take("10.0.0.1").unwrap(), take("10.0.0.1").unwrap()];
        let refused = TooManyListenersError::FromAddress(2);
        assert_eq!(take("10.0.0.1"), Err(refused));
        let own = ["127.0.0.1", "127.0.0.1", "127.0.0.1"].map(|address| take(address).unwrap());
        assert_eq!(take("127.0.0.1"), Err(TooManyListenersError::InAll(5)));
        first.pop();
        assert!(take("10.0.0.1").is_ok());
        drop(own);
        assert!(take("10.0.0.2").is_ok());
    }
}
