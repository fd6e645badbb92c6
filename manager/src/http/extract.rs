//! What handlers take from requests: JSON bodies, a Worker's credentials, the caller's address.
//!
//! The order of a handler's arguments is the order of checks, as in the reference: credentials, then the body, then
//! the ids in the path. So a bad body wins over a bad id, and bad credentials win over everything.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use farandole_protocol::headers;
use farandole_protocol::ids::WorkerId;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::ask;
use crate::gatekeeper::{Admit, AdmitError};
use crate::parts::Parts;

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// How large a body may be, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimit(pub(super) usize);

/// What a body may be when nobody has said so.
const DEFAULT_LIMIT: usize = 100 << 20;

/// A body of JSON.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequest for JsonBody<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = content_type(req);
        let limit = req
            .app_data::<BodyLimit>()
            .map_or(DEFAULT_LIMIT, |limit| limit.0);
        let mut payload = payload.take();
        Box::pin(async move {
            // Read in any case: an unread body would close the connection.
            let body = read(&mut payload, limit).await?;
            if body.is_empty() {
                return Err(ApiError::bad_request(
                    "the request has no body, and one is required",
                ));
            }
            if content_type.as_deref() != Some("application/json") {
                let found = content_type.unwrap_or_else(|| "none".to_owned());
                let text = format!("the content type must be application/json, not {found:?}");
                return Err(ApiError::bad_request(text));
            }
            parse(&body).map(Self)
        })
    }
}

/// The first JSON value of a body; what follows it is ignored, as in the reference.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut values = serde_json::Deserializer::from_slice(body).into_iter::<T>();
    match values.next() {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(ApiError::bad_request(format_args!(
            "the body cannot be understood: {error}"
        ))),
        None => Err(ApiError::bad_request(
            "the body cannot be understood: it is empty",
        )),
    }
}

async fn read(payload: &mut Payload, limit: usize) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::bad_request(format_args!("the body was cut off: {error}"))
        })?;
        if body.len() + chunk.len() > limit {
            let text = format!("the body is larger than {} MiB", limit >> 20);
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        if body.is_empty() {
            body.reserve(chunk.len());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The content type before any parameters, as it was written.
fn content_type(req: &HttpRequest) -> Option<String> {
    let value = req.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().to_owned())
}

/// Nothing is wanted of the body, but it is read.
#[derive(Debug)]
pub(super) struct AnyBody;

impl FromRequest for AnyBody {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut payload = payload.take();
        Box::pin(async move {
            while let Some(chunk) = payload.next().await {
                chunk.map_err(|error| {
                    ApiError::bad_request(format_args!("the body was cut off: {error}"))
                })?;
            }
            Ok(Self)
        })
    }
}

/// A picture.
#[derive(Debug)]
pub(super) struct PictureBody(pub(super) Bytes);

/// Pictures are at most so large.
const LARGEST_PICTURE: usize = 25 << 20;

impl FromRequest for PictureBody {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = content_type(req);
        let mut payload = payload.take();
        Box::pin(async move {
            let body = read(&mut payload, LARGEST_PICTURE).await?;
            if body.is_empty() {
                return Err(ApiError::bad_request("the request has no picture"));
            }
            match content_type.as_deref() {
                Some("image/jpeg" | "image/png") => Ok(Self(body)),
                found => Err(ApiError::bad_request(format_args!(
                    "the content type must be image/jpeg or image/png, not {:?}",
                    found.unwrap_or("none")
                ))),
            }
        })
    }
}

/// The Worker that calls, and has proved it.
#[derive(Debug)]
pub(super) struct WorkerAuth(pub(super) WorkerId);

impl FromRequest for WorkerAuth {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parts = req.app_data::<web::Data<Parts>>().cloned();
        let credentials = credentials(req);
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
