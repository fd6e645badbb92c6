//! How many connections there are, in total and from each address. What is above a limit serves Workers only, which
//! prove who they are with each request; what is above all limits is closed at once.

use std::any::Any;
use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;

use crate::config::InForce;
use crate::descriptors::Descriptors;
use crate::refusal_log::{Refusal, Refusals};

/// How many counters there are for addresses. Two addresses that share one share a limit, which is rare and harmless.
const COUNTERS: usize = 1 << 12;
/// What a connection is told that is closed at once.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\n\
    Content-Type: application/json\r\nContent-Length: 72\r\n\r\n\
    {\"code\":503,\"message\":\"too many connections are open, try again later\"}\n";

/// Counts connections. Cheap to clone; all clones count together.
#[derive(Clone, Debug)]
pub(in crate::http) struct Connections(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    all: AtomicUsize,
    by_address: Vec<AtomicUsize>,
    hasher: RandomState,
    descriptors: Descriptors,
    config: InForce,
    refusals: Refusals,
}

/// A connection, for as long as it is open. It is found beside each of its requests.
#[derive(Debug)]
pub(in crate::http) struct Connection {
    counts: Arc<Counts>,
    peer: IpAddr,
    standing: Standing,
    was_understood: Cell<bool>,
}

/// What a connection may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    /// There is room for it.
    Fine,
    /// It is above this limit, which a key or the limit of open files sets.
    ForWorkers { limit: usize, key: &'static str },
    /// There is no room for it.
    Closed,
}

impl Connections {
    /// No connections yet, of a Manager with these descriptors.
    pub(in crate::http) fn new(
        descriptors: Descriptors,
        config: InForce,
        refusals: Refusals,
    ) -> Self {
        let by_address = (0..COUNTERS).map(|_| AtomicUsize::new(0)).collect();
        Self(Arc::new(Counts {
            all: AtomicUsize::new(0),
            by_address,
            hasher: RandomState::new(),
            descriptors,
            config,
            refusals,
        }))
    }

    /// How many are open.
    pub(in crate::http) fn count(&self) -> usize {
        self.0.all.load(Ordering::Relaxed)
    }

    /// Counts a new connection, and puts what it may do beside its requests.
    pub(in crate::http) fn accept(&self, stream: &dyn Any, beside: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<TcpStream>() else {
            return;
        };
        // One whose other end is gone already.
        let Ok(peer) = stream.peer_addr() else {
            return;
        };
        let connection = self.arrive(peer.ip().to_canonical());
        if connection.standing == Standing::Closed {
            let socket = SockRef::from(stream);
            // Whoever is not there to read it is told nothing.
            drop(socket.send(FULL));
            drop(socket.shutdown(std::net::Shutdown::Both));
            connection.is_understood();
            connection.refuse("too many connections are open");
        }
        beside.insert(connection);
    }

    fn arrive(&self, peer: IpAddr) -> Connection {
        let counts = Arc::clone(&self.0);
        let all = counts.all.fetch_add(1, Ordering::Relaxed) + 1;
        let from_there = counts.of(peer).fetch_add(1, Ordering::Relaxed) + 1;
        let standing = counts.standing(peer, all, from_there);
        Connection {
            counts,
            peer,
            standing,
            was_understood: Cell::new(false),
        }
    }
}

impl Counts {
    fn of(&self, peer: IpAddr) -> &AtomicUsize {
        let hash = self.hasher.hash_one(peer);
        let index = usize::from(u16::try_from(hash >> 48).unwrap_or_default()) % COUNTERS;
        #[expect(clippy::indexing_slicing, reason = "there are so many counters")]
        &self.by_address[index]
    }

    /// This host itself has no limit of its own, since proxies that call for others run there.
    fn standing(&self, peer: IpAddr, all: usize, from_there: usize) -> Standing {
        let Descriptors {
            connections,
            for_workers,
            ..
        } = self.descriptors;
        let own = self.config.get().connection_limit_per_address;
        let per_address = own.min(connections / 2);
        if all > connections + for_workers {
            Standing::Closed
        } else if all > connections {
            let (limit, key) = (connections, "the limit of open files");
            Standing::ForWorkers { limit, key }
        } else if !peer.is_loopback() && from_there > per_address {
            let (limit, key) = (per_address, "connection_limit_per_address");
            Standing::ForWorkers { limit, key }
        } else {
            Standing::Fine
        }
    }
}

impl Connection {
    /// A request has come that can be understood.
    pub(super) fn is_understood(&self) {
        self.was_understood.set(true);
    }

    /// Why only Workers are served here, if that is so.
    pub(super) fn only_for_workers(&self) -> Option<String> {
        let Standing::ForWorkers { limit, key } = self.standing else {
            return None;
        };
        Some(format!(
            "more than {limit} connections are open, and further ones are for Workers only ({key}), try again later"
        ))
    }

    /// Tells that a request was refused for that.
    pub(super) fn refuse(&self, reason: &str) {
        let peer = self.peer.to_string();
        self.counts.refusals.note(Refusal::Connection, peer, reason);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.counts.all.fetch_sub(1, Ordering::Relaxed);
        self.counts.of(self.peer).fetch_sub(1, Ordering::Relaxed);
        if !self.was_understood.get() {
            let (peer, reason) = (self.peer.to_string(), "no request came, or none of HTTP");
            self.counts.refusals.note(Refusal::Malformed, peer, reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, in_force};

    fn connections(limit: usize, per_address: usize) -> Connections {
        let config = Config {
            connection_limit_per_address: per_address,
            ..Config::default()
        };
        let (_, config) = in_force(config);
        Connections::new(Descriptors::of(limit), config, Refusals::start())
    }

    #[test]
    fn what_a_closed_connection_is_told_has_the_length_that_it_says() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
    }

    #[actix::test]
    async fn above_the_limits_there_is_room_for_workers_and_then_for_nobody() {
        let connections = connections(200, 10);
        let own: IpAddr = [127, 0, 0, 1].into();
        let open: Vec<_> = (0..137).map(|_| connections.arrive(own)).collect();
        let serves_all = |at: usize| open[at].only_for_workers().is_none();
        assert!(serves_all(101) && !serves_all(102) && !serves_all(135));
        assert_eq!(open[136].standing, Standing::Closed);
        assert_eq!(connections.count(), 137);
        drop(open);
        assert_eq!(connections.count(), 0);
        assert_eq!(connections.arrive(own).standing, Standing::Fine);
    }

    #[actix::test]
    async fn one_address_does_not_take_all() {
        let connections = connections(1_000, 10);
        let (one, other) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let open: Vec<_> = (0..11).map(|_| connections.arrive(one)).collect();
        assert!(open[9].only_for_workers().is_none());
        let why = open[10].only_for_workers().unwrap();
        assert!(why.contains("connection_limit_per_address"), "{why}");
        assert!(connections.arrive(other).only_for_workers().is_none());
    }
}
