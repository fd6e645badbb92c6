//! The bodies of requests: JSON, pictures, and those that nobody wants.
//!
//! The rules are the reference's: presence, then the content type to the letter, then JSON, then its schema. What
//! follows the first JSON value is ignored, and so are unknown members.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::surrogates;
use crate::config::InForce;

/// How large a body of JSON may be is what is in force.
#[derive(Clone, Debug)]
pub(super) struct BodyLimit(pub(super) InForce);

impl BodyLimit {
    /// In bytes.
    fn of(req: &HttpRequest) -> usize {
        req.app_data().map_or(DEFAULT_LIMIT, |Self(config)| {
            config.get().request_body_limit << 20
        })
    }
}

/// What a body may be when nobody has said so.
const DEFAULT_LIMIT: usize = 100 << 20;
/// Pictures are at most so large.
const LARGEST_PICTURE: usize = 25 << 20;
/// So much room is made on a client's mere word.
const LARGEST_RESERVE: usize = 1 << 20;

type Extraction<T> = LocalBoxFuture<'static, Result<T, ApiError>>;

/// A body of JSON.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequest for JsonBody<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = BodyLimit::of(req);
        let (announced, mut payload) = (Announced::by(req), payload.take());
        Box::pin(async move {
            let body = announced.read_some(&mut payload, limit).await?;
            announced.must_be(&["application/json"])?;
            parse(&body).map(Self)
        })
    }
}

/// A body of JSON, or none at all, whatever is said of its type.
#[derive(Debug)]
pub(super) struct OptionalJsonBody<T>(pub(super) Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for OptionalJsonBody<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = BodyLimit::of(req);
        let (announced, mut payload) = (Announced::by(req), payload.take());
        Box::pin(async move {
            let body = announced.read(&mut payload, limit).await?;
            if body.is_empty() {
                return Ok(Self(None));
            }
            announced.must_be(&["application/json"])?;
            parse(&body).map(Some).map(Self)
        })
    }
}

/// The first JSON value of a body; what follows it is ignored, as in the reference.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let unclear = |error: &dyn std::fmt::Display| {
        ApiError::bad_request(format_args!("the body cannot be understood: {error}"))
    };
    match serde_json::Deserializer::from_slice(body)
        .into_iter()
        .next()
    {
        Some(Err(error)) => match surrogates::first_lone(body) {
            Some(lone) => Err(unclear(&lone)),
            None => Err(unclear(&error)),
        },
        Some(Ok(value)) => Ok(value),
        None => Err(unclear(&"it is blank")),
    }
}

/// A picture.
#[derive(Debug)]
pub(super) struct PictureBody(pub(super) Bytes);

impl FromRequest for PictureBody {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (announced, mut payload) = (Announced::by(req), payload.take());
        Box::pin(async move {
            if !announced.has_body {
                return Err(ApiError::new(
                    StatusCode::LENGTH_REQUIRED,
                    "send a picture, and say its length",
                ));
            }
            let body = announced.read_some(&mut payload, LARGEST_PICTURE).await?;
            if announced.is_any_of(&["image/jpeg", "image/png"]) {
                return Ok(Self(body));
            }
            Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                announced.objection(&["image/jpeg", "image/png"]),
            ))
        })
    }
}

/// Nothing is wanted of the body, but it is read: a connection with an unread body cannot be used again.
#[derive(Debug)]
pub(super) struct AnyBody;

impl FromRequest for AnyBody {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut payload = payload.take();
        Box::pin(async move {
            while let Some(chunk) = payload.next().await {
                chunk.map_err(cut_off)?;
            }
            Ok(Self)
        })
    }
}

/// What a request's head says of its body.
#[derive(Debug)]
struct Announced {
    content_type: Option<String>,
    length: Option<usize>,
    /// Whether there is one, however long.
    has_body: bool,
}

impl Announced {
    fn by(req: &HttpRequest) -> Self {
        let header = |name| req.headers().get(name)?.to_str().ok();
        Self {
            content_type: header(CONTENT_TYPE).map(str::to_owned),
            length: header(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            has_body: [CONTENT_LENGTH, TRANSFER_ENCODING]
                .iter()
                .any(|name| req.headers().contains_key(name)),
        }
    }

    /// The body, if it is not too large.
    async fn read(&self, payload: &mut Payload, limit: usize) -> Result<Bytes, ApiError> {
        let length = self.length.unwrap_or_default();
        if length > limit {
            return Err(too_large(limit));
        }
        let mut body = BytesMut::with_capacity(length.min(LARGEST_RESERVE));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(cut_off)?;
            if body.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// The body, if there is one and it is not too large.
    async fn read_some(&self, payload: &mut Payload, limit: usize) -> Result<Bytes, ApiError> {
        let body = self.read(payload, limit).await?;
        if body.is_empty() {
            return Err(ApiError::bad_request(
                "the request has no body, and one is required",
            ));
        }
        Ok(body)
    }

    /// Compared up to the parameters. Such names say the same in either case.
    fn is_any_of(&self, allowed: &[&str]) -> bool {
        let found = self.content_type.as_deref().unwrap_or_default();
        let without_parameters = found.split(';').next().unwrap_or_default();
        allowed
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(without_parameters.trim()))
    }

    fn objection(&self, allowed: &[&str]) -> String {
        let found = self.content_type.as_deref().unwrap_or_default();
        format!(
            "the content type must be {}, not {found:?}",
            allowed.join(" or ")
        )
    }

    /// As in the reference, another type is a bad request where the interface does not say otherwise.
    fn must_be(&self, allowed: &[&str]) -> Result<(), ApiError> {
        if self.is_any_of(allowed) {
            return Ok(());
        }
        Err(ApiError::bad_request(self.objection(allowed)))
    }
}

fn too_large(limit: usize) -> ApiError {
    let text = format!("the body is larger than {} MiB", limit >> 20);
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, text)
}

fn cut_off(error: actix_web::error::PayloadError) -> ApiError {
    ApiError::bad_request(format_args!("the body was cut off: {error}"))
}
