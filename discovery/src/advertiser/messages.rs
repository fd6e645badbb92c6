//! What the advertiser is told and asked.

use std::io;

use actix::{Message, MessageResponse};
use url::Url;

use crate::message;
use crate::own_urls::OwnUrlsError;

/// What to make known.
#[derive(Clone, Debug)]
pub struct Advertise {
    /// The address that the Manager really listens on, as `host:port` or `:port`. Its own URLs follow from it and
    /// from the interfaces, also from those that come up later.
    pub listen: String,
    /// The farm's key; empty: none.
    pub farm: String,
    /// The Manager's version.
    pub version: String,
    /// The port of SSDP. Another one than [`message::PORT`] is for tests.
    pub port: u16,
}

impl Advertise {
    /// A Manager of no named farm.
    pub fn new(listen: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            listen: listen.into(),
            farm: String::new(),
            version: version.into(),
            port: message::PORT,
        }
    }
}

/// Sent by the Manager at its end, before it stops to answer HTTP. When it is answered, the farewell was sent out of
/// every interface, and no search is answered any more.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct SayGoodbye;

/// Asked by whoever reports on the health of the Manager's parts. Changes nothing.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Presence")]
pub struct ReportPresence;

/// How well the Manager can be found.
#[derive(Clone, Debug, Default, Eq, MessageResponse, PartialEq)]
pub struct Presence {
    /// Why not, if it cannot.
    pub trouble: Option<String>,
    /// The Manager's own URLs at the moment, the best first.
    pub urls: Vec<Url>,
}

/// Why a Manager cannot be found. Told in its words only: nobody can do anything about it but the advertiser, which
/// tries again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The operating system does not say which interfaces there are.
    #[error("the network interfaces cannot be listed: {0}")]
    Interfaces(io::Error),
    /// Another program has the port and does not share it, or the socket broke.
    #[error("no socket for discovery: {0}")]
    Socket(io::Error),
    /// No interface lets itself be listened on.
    #[error("no interface hears searches: {0}")]
    Group(io::Error),
    /// There is nothing to make known.
    #[error(transparent)]
    OwnUrls(OwnUrlsError),
}
