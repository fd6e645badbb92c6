//! Who calls: a Worker that has proved it, for which attempt it speaks, and from where.

use std::any::Any;
use std::net::{IpAddr, SocketAddr};

use actix_web::dev::{Extensions, Payload};
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farandole_protocol::headers::{self, Idle};
use farandole_protocol::ids::WorkerId;
use futures_util::future::{LocalBoxFuture, Ready, ready};
use tokio::net::TcpStream;

use super::error::ApiError;
use crate::ask;
use crate::gatekeeper::{Admit, AdmitError};
use crate::parts::Parts;

/// The Worker that calls, and has proved it.
#[derive(Debug)]
pub(super) struct WorkerAuth(pub(super) WorkerId);

/// Put beside a request whose Worker has proved who it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProvedWorker;

impl FromRequest for WorkerAuth {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parts = req.app_data::<web::Data<Parts>>().cloned();
        let credentials = credentials(req);
        let req = req.clone();
        Box::pin(async move {
            let no_credentials = || {
                ApiError::new(
                    StatusCode::FORBIDDEN,
                    "this takes the credentials of a worker, as HTTP Basic",
                )
            };
            let (worker, secret) = credentials.ok_or_else(no_credentials)?;
            let worker: WorkerId = worker.parse().map_err(|_| AdmitError::Refused)?;
            let parts = parts.ok_or_else(no_credentials)?;
            let admit = Admit {
                worker,
                secret,
                peer: peer_address(&req),
            };
            ask::ask(&parts.gatekeeper, admit).await??;
            req.extensions_mut().insert(ProvedWorker);
            Ok(Self(worker))
        })
    }
}

fn credentials(req: &HttpRequest) -> Option<(String, String)> {
    let value = req.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// The attempt that a Worker speaks of, if it says so.
pub(super) fn attempt(req: &HttpRequest) -> Option<u32> {
    req.headers()
        .get(headers::ATTEMPT)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// How long the program of its task has done nothing, if the Worker says so. What cannot be understood says nothing.
pub(super) fn idle(req: &HttpRequest) -> Option<Idle> {
    let value = req.headers().get(headers::IDLE)?.to_str().ok()?;
    value.parse().ok()
}

/// Whether the request has the valid credentials of a Worker.
pub(super) async fn is_worker(req: &HttpRequest) -> bool {
    WorkerAuth::extract(req).await.is_ok()
}

/// The other end of the connection: its address, which cannot be made up. An IPv4 address is written as one also where
/// the Manager listens for both kinds.
pub(super) fn peer(req: &HttpRequest) -> String {
    peer_address(req)
        .map(|peer| peer.to_string())
        .unwrap_or_default()
}

/// The address of the other end of the connection.
pub(super) fn peer_address(req: &HttpRequest) -> Option<IpAddr> {
    req.peer_addr().map(|peer| peer.ip().to_canonical())
}

/// The Manager's end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnEnd(SocketAddr);

impl OwnEnd {
    /// Notes it beside a new connection.
    pub(super) fn note(connection: &dyn Any, notes: &mut Extensions) {
        let stream = connection.downcast_ref::<TcpStream>();
        if let Some(address) = stream.and_then(|stream| stream.local_addr().ok()) {
            notes.insert(Self(address));
        }
    }

    /// The address and port at which the Manager was reached; empty if that is not known.
    pub(super) fn of(req: &HttpRequest) -> String {
        req.conn_data::<Self>()
            .map_or_else(String::new, |Self(end)| {
                SocketAddr::new(end.ip().to_canonical(), end.port()).to_string()
            })
    }
}

/// Headers by which proxies tell for whom they ask.
const OF_PROXIES: [&str; 4] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

/// A caller on the Manager's own host: the connection comes from a loopback address, and no proxy says that it asks for
/// another. Such a caller may look at this host and set the farm up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local;

impl FromRequest for Local {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let is_loopback = peer_address(req).is_some_and(|peer| peer.is_loopback());
        let is_proxied = || {
            OF_PROXIES
                .iter()
                .any(|name| req.headers().contains_key(*name))
        };
        if is_loopback && !is_proxied() {
            return ready(Ok(Self));
        }
        let text = "this is for callers on the Manager's own host only: connect to localhost there, without a proxy";
        ready(Err(ApiError::new(StatusCode::FORBIDDEN, text)))
    }
}

/// Where the caller is, as people are shown it: what a proxy says, else the other end of the connection. As in
/// Flamenco, any proxy is believed, so that this address must not decide anything.
pub(super) fn address(req: &HttpRequest) -> String {
    let header = |name: &str| Some(req.headers().get(name)?.to_str().ok()?.to_owned());
    let forwarded =
        header("x-forwarded-for").and_then(|list| Some(list.split(',').next()?.trim().to_owned()));
    let real = || header("x-real-ip").map(|address| address.trim_matches(['[', ']']).to_owned());
    forwarded
        .filter(|address| !address.is_empty())
        .or_else(real)
        .unwrap_or_else(|| peer(req))
}
