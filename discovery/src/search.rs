//! Finding a Manager: asks on every interface each second, and pings those who answer until one proves usable.
//!
//! How to ping is the caller's business, so that this crate needs no HTTP client. What is found is not remembered.

use std::future::{Future, pending};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use std::{fmt, io};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::UdpSocket;
use tokio::time::{interval, sleep, timeout};
use tracing::debug;
use url::Url;

use crate::candidates::Candidates;
use crate::interfaces::{self, Interface, is_own};
use crate::message::{self, MAX_PACKET, Message, Search};
use crate::socket;

/// How often is asked. Also how often interfaces that have come up are noticed.
const EACH: Duration = Duration::from_secs(1);

/// Within how many seconds Managers are asked to answer, as in Flamenco.
const PATIENCE: u8 = 3;

/// How long a Manager that answered the search may take to answer a ping.
pub const PING_LIMIT: Duration = Duration::from_secs(3);

/// What to search for.
#[derive(Clone, Debug)]
pub struct SearchFor {
    /// Take only Managers of the farm with this key; empty: any.
    pub farm: String,
    /// Give up after this time; none: never.
    pub limit: Option<Duration>,
    /// The port of SSDP. Another one than [`message::PORT`] is for tests.
    pub port: u16,
}

impl Default for SearchFor {
    /// Any farm, for ever.
    fn default() -> Self {
        Self {
            farm: String::new(),
            limit: None,
            port: message::PORT,
        }
    }
}

/// Why no Manager was found.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The time was over.
    #[error("no Manager found within {limit:?}{}", Unusable(.unusable))]
    TimeIsUp {
        /// How long the search was to take.
        limit: Duration,
        /// Managers that answered the search but no ping.
        unusable: Vec<Url>,
    },
    /// This host gives no socket to search with.
    #[error("no socket to search for Managers with")]
    Socket(#[from] io::Error),
}

struct Unusable<'a>(&'a [Url]);

impl fmt::Display for Unusable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, url) in self.0.iter().enumerate() {
            f.write_str(if position == 0 {
                "; these were heard of but do not answer: "
            } else {
                ", "
            })?;
            f.write_str(url.as_str())?;
        }
        Ok(())
    }
}

/// Searches until a Manager is found for which `ping` says that it can be used, and gives its URL (with path `/`).
///
/// Managers are pinged at the same time; of several usable ones the first to answer the search wins. When none is
/// usable, the search goes on.
pub async fn search<P, F>(wanted: SearchFor, ping: P) -> Result<Url, SearchError>
where
    P: Fn(Url) -> F,
    F: Future<Output = bool>,
{
    let mut ear = Ear {
        socket: socket::for_search()?,
        interfaces: Vec::new(),
        wanted,
    };
    let mut candidates = Candidates::default();
    let mut pings = FuturesUnordered::new();
    let mut rounds = interval(EACH);
    let time_is_up = end_of(ear.wanted.limit);
    tokio::pin!(time_is_up);
    loop {
        tokio::select! {
            _ = rounds.tick() => ear.ask(),
            (location, here) = ear.answer() => {
                if let Some(url) = candidates.hear(&location, here) {
                    debug!(%url, "a Manager answered the search");
                    let pinged = timeout(PING_LIMIT, ping(url.clone()));
                    pings.push(async { (url, pinged.await.unwrap_or(false)) });
                }
            }
            Some((url, usable)) = pings.next() => {
                debug!(%url, usable, "a Manager was pinged");
                if let Some(found) = candidates.settle(&url, usable) {
                    return Ok(found);
                }
            }
            limit = &mut time_is_up => {
                return Err(SearchError::TimeIsUp { limit, unusable: candidates.unusable() });
            }
        }
    }
}

async fn end_of(limit: Option<Duration>) -> Duration {
    let Some(limit) = limit else {
        return pending().await;
    };
    sleep(limit).await;
    limit
}

/// What asks, and listens for answers.
struct Ear {
    socket: UdpSocket,
    interfaces: Vec<Interface>,
    wanted: SearchFor,
}

impl Ear {
    /// Asks out of every interface. Those that do not carry it (no route, a filter) are passed over.
    fn ask(&mut self) {
        match interfaces::list() {
            Ok(interfaces) => self.interfaces = interfaces,
            Err(error) => debug!(%error, "cannot list the network interfaces"),
        }
        let packet = Message::Search(Search::for_managers(&self.wanted.farm, PATIENCE)).to_bytes();
        for address in self.interfaces.iter().filter_map(Interface::ipv4) {
            if let Err(error) =
                socket::send_out_of(&self.socket, address, self.wanted.port, &packet)
            {
                debug!(%address, %error, "cannot search through this interface");
            }
        }
    }

    /// Waits for the next answer of a Manager that is wanted: its LOCATION, and whether it runs on this host.
    async fn answer(&self) -> (String, bool) {
        let mut buffer = [0; MAX_PACKET];
        loop {
            let (length, peer) = match self.socket.recv_from(&mut buffer).await {
                Ok(received) => received,
                Err(error) => {
                    // On some systems a refused packet of ours comes back as this; the next round asks again.
                    debug!(%error, "cannot read an answer to the search");
                    sleep(EACH).await;
                    continue;
                }
            };
            match Message::parse(buffer.get(..length).unwrap_or_default()) {
                Ok(Message::Answer(advert)) if advert.is_manager_of(&self.wanted.farm) => {
                    return (advert.location, self.is_here(peer));
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    fn is_here(&self, peer: SocketAddr) -> bool {
        match peer.ip() {
            IpAddr::V4(address) => is_own(address, &self.interfaces),
            IpAddr::V6(_) => false,
        }
    }
}
