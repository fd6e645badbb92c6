//! Who calls: a Worker that has proved it, for which attempt it speaks, and from where.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farandole_protocol::headers::{self, Idle};
use farandole_protocol::ids::WorkerId;
use futures_util::future::LocalBoxFuture;

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
            ask::ask(&parts.gatekeeper, Admit { worker, secret }).await??;
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

/// Where the caller is: what a proxy says, else the other end of the connection. As in the reference, what a proxy
/// says is believed of anybody; the address is shown to people, and decides nothing.
pub(super) fn address(req: &HttpRequest) -> String {
    let header = |name: &str| Some(req.headers().get(name)?.to_str().ok()?.to_owned());
    let forwarded =
        header("x-forwarded-for").and_then(|list| Some(list.split(',').next()?.trim().to_owned()));
    let real = || header("x-real-ip").map(|address| address.trim_matches(['[', ']']).to_owned());
    let peer = || {
        req.peer_addr()
            .map(|peer| peer.ip().to_canonical().to_string())
    };
    forwarded
        .filter(|address| !address.is_empty())
        .or_else(real)
        .or_else(peer)
        .unwrap_or_default()
}
