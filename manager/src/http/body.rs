//! The bodies of requests: JSON, pictures, and those that are read and dropped.
//!
//! The rules are Flamenco's: presence, then the content type to the letter, then JSON, then its schema. What
//! follows the first JSON value is ignored, and so are unknown members. How large a body may be depends on what it is
//! for: only those that describe whole jobs and all of their files may be as large as `request_body_limit`.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::reading::Reading;
use super::surrogates;
use crate::field_limits::Bounded;
use crate::memory::Share;

/// Most bodies have some hundred bytes; the largest of these, in bytes.
const LARGEST_SMALL: usize = 1 << 20;
/// The largest report of a Worker, in bytes: it sends up to some mebibytes of log at a time.
const LARGEST_REPORT: usize = 16 << 20;
/// The largest picture, in bytes.
const LARGEST_PICTURE: usize = 25 << 20;

type Extraction<T> = LocalBoxFuture<'static, Result<T, ApiError>>;

/// A body of JSON, of at most a mebibyte.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned + Bounded + 'static> FromRequest for JsonBody<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut reading = Reading::of(req, payload, LARGEST_SMALL);
        Box::pin(async move { json(&mut reading).await.map(Self) })
    }
}

/// A body of JSON that reports on work, of at most 16 MiB.
#[derive(Debug)]
pub(super) struct ReportBody<T>(pub(super) T);

impl<T: DeserializeOwned + Bounded + 'static> FromRequest for ReportBody<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut reading) = (req.clone(), Reading::of(req, payload, LARGEST_REPORT));
        Box::pin(async move {
            let report = json(&mut reading).await?;
            // What was reserved stays so while the report is dealt with.
            req.extensions_mut().insert(reading.into_share());
            Ok(Self(report))
        })
    }
}

/// A body of JSON that describes a whole job or all of its files, with the memory that it takes. That goes along with
/// what it is asked for, which may outlast the request.
#[derive(Debug)]
pub(super) struct LargeBody<T>(pub(super) T, pub(super) Share);

impl<T: DeserializeOwned + Bounded + 'static> FromRequest for LargeBody<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut reading = Reading::of(req, payload, usize::MAX);
        Box::pin(async move {
            let value = json(&mut reading).await?;
            Ok(Self(value, reading.into_share()))
        })
    }
}

async fn json<T: DeserializeOwned + Bounded>(reading: &mut Reading) -> Result<T, ApiError> {
    let body = reading.some().await?;
    reading.head.must_be(&["application/json"])?;
    parse(&body)
}

/// A body of JSON, or none at all, whatever is said of its type.
#[derive(Debug)]
pub(super) struct OptionalJsonBody<T>(pub(super) Option<T>);

impl<T: DeserializeOwned + Bounded + 'static> FromRequest for OptionalJsonBody<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut reading = Reading::of(req, payload, LARGEST_SMALL);
        Box::pin(async move {
            let body = reading.all().await?;
            if body.is_empty() {
                return Ok(Self(None));
            }
            reading.head.must_be(&["application/json"])?;
            parse(&body).map(Some).map(Self)
        })
    }
}

/// The first JSON value of a body; what follows it is ignored, as in Flamenco.
fn parse<T: DeserializeOwned + Bounded>(body: &[u8]) -> Result<T, ApiError> {
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
        Some(Ok(mut value)) => {
            T::bound(&mut value).map_err(ApiError::bad_request)?;
            Ok(value)
        }
        None => Err(unclear(&"it is blank")),
    }
}

/// What pictures are sent as.
const PICTURES: &[&str] = &["image/jpeg", "image/png"];

/// A picture.
#[derive(Debug)]
pub(super) struct PictureBody(pub(super) Bytes);

impl FromRequest for PictureBody {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut reading) = (req.clone(), Reading::of(req, payload, LARGEST_PICTURE));
        Box::pin(async move {
            if !reading.head.has_body {
                return Err(ApiError::new(
                    StatusCode::LENGTH_REQUIRED,
                    "send a picture, and say its length",
                ));
            }
            let body = reading.some().await?;
            if !reading.head.is_any_of(PICTURES) {
                return Err(ApiError::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    reading.head.objection(PICTURES),
                ));
            }
            req.extensions_mut().insert(reading.into_share());
            Ok(Self(body))
        })
    }
}

/// Nothing is wanted of the body, but it is read: a connection with an unread body cannot be used again.
#[derive(Debug)]
pub(super) struct AnyBody;

impl FromRequest for AnyBody {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = Reading::of(req, payload, LARGEST_SMALL);
        Box::pin(async move { reading.dropped().await.map(|()| Self) })
    }
}
