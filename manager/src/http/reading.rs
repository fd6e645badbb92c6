//! How a body is read into memory: what its head says of it, how large it may become, how long it may take, and what
//! it reserves meanwhile.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::{HttpMessage as _, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout};

use super::caller::ProvedWorker;
use super::error::ApiError;
use super::pace::{INTO_MEMORY, Pace};
use crate::config::InForce;
use crate::memory::{Memory, MemoryUsedUpError, Share};

/// What bodies of JSON may take: each as is in force, and all together.
#[derive(Clone, Debug)]
pub(super) struct BodyLimits {
    /// How large one may be is read with each.
    pub(super) config: InForce,
    /// What is left for all.
    pub(super) memory: Memory,
}

impl BodyLimits {
    pub(super) fn of(config: InForce) -> Self {
        let now = config.get();
        let memory = now.request_memory_limit.max(2 * now.request_body_limit);
        Self {
            config,
            memory: Memory::new(memory << 20),
        }
    }
}

/// The most room that is made for a body because of its announced length alone, in bytes: no more than what is free.
const LARGEST_RESERVE: usize = 16 << 10;
/// Most clients do not listen before they have sent everything: a body that is refused is read on and dropped, up to
/// this size.
const PASSED_OVER: u64 = 128 << 20;
/// A sender of a refused body that pauses for this time has stopped sending, or never began.
const PAUSE: Duration = Duration::from_secs(1);

/// A body that is being read.
pub(super) struct Reading {
    /// What its head says of it.
    pub(super) head: Head,
    payload: Payload,
    limit: usize,
    share: Share,
    pace: Pace,
}

impl Reading {
    /// The body of this request, which may have up to `limit` bytes, and never more than `request_body_limit`.
    pub(super) fn of(req: &HttpRequest, payload: &mut Payload, limit: usize) -> Self {
        let is_worker = req.extensions().contains::<ProvedWorker>();
        let none = || (Memory::new(limit).share(is_worker), limit);
        let limits = req.app_data().map(|limits: &BodyLimits| {
            let most = limits.config.get().request_body_limit << 20;
            (limits.memory.share(is_worker), limit.min(most))
        });
        let (share, limit) = limits.unwrap_or_else(none);
        Self {
            head: Head::of(req),
            payload: payload.take(),
            limit: limit.min(share.most()),
            share,
            pace: Pace::of(INTO_MEMORY),
        }
    }

    /// The body, if it is not too large.
    pub(super) async fn all(&mut self) -> Result<Bytes, ApiError> {
        let read = self.read().await;
        if read.is_err() {
            self.pass_over(PASSED_OVER).await;
        }
        read
    }

    /// The body, if there is one and it is not too large.
    pub(super) async fn some(&mut self) -> Result<Bytes, ApiError> {
        let body = self.all().await?;
        if body.is_empty() {
            return Err(ApiError::bad_request(
                "the request has no body, and one is required",
            ));
        }
        Ok(body)
    }

    /// Reads the body to its end and keeps nothing of it.
    pub(super) async fn dropped(mut self) -> Result<(), ApiError> {
        let mut size = 0;
        while let Some(chunk) = self.next().await? {
            size += chunk.len();
            if size > self.limit {
                self.pass_over(PASSED_OVER).await;
                return Err(self.too_large());
            }
        }
        Ok(())
    }

    /// What the body has reserved.
    pub(super) fn into_share(self) -> Share {
        self.share
    }

    async fn read(&mut self) -> Result<Bytes, ApiError> {
        let length = self.head.length.unwrap_or_default();
        if length > self.limit {
            return Err(self.too_large());
        }
        let mut body = BytesMut::with_capacity(length.min(LARGEST_RESERVE));
        while let Some(chunk) = self.next().await? {
            let size = body.len() + chunk.len();
            if size > self.limit {
                return Err(self.too_large());
            }
            self.share.grow_to(size)?;
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        let chunk = next_chunk(&mut self.payload, &mut self.pace).await?;
        chunk.transpose().map_err(cut_off)
    }

    /// Reads on and drops what comes, up to `most` bytes, so that the refusal reaches a client that sends everything
    /// first.
    pub(super) async fn pass_over(&mut self, most: u64) {
        let mut passed = 0;
        while passed <= most && !self.pace.patience().is_zero() {
            let began = Instant::now();
            let Ok(Some(Ok(chunk))) = timeout(PAUSE, self.payload.next()).await else {
                return;
            };
            passed += chunk.len() as u64;
            self.pace.note(chunk.len(), began.elapsed());
        }
    }

    fn too_large(&self) -> ApiError {
        let text = format!("the body is larger than {} MiB", self.limit >> 20);
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, text)
    }
}

impl From<MemoryUsedUpError> for ApiError {
    fn from(error: MemoryUsedUpError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

/// What a request's head says of its body.
#[derive(Debug)]
pub(super) struct Head {
    content_type: Option<String>,
    length: Option<usize>,
    /// Whether there is one, however long.
    pub(super) has_body: bool,
}

impl Head {
    fn of(req: &HttpRequest) -> Self {
        let header = |name| req.headers().get(name)?.to_str().ok();
        Self {
            content_type: header(CONTENT_TYPE).map(str::to_owned),
            length: header(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            has_body: [CONTENT_LENGTH, TRANSFER_ENCODING]
                .iter()
                .any(|name| req.headers().contains_key(name)),
        }
    }

    /// Compared up to the parameters. Such names say the same in either case.
    pub(super) fn is_any_of(&self, allowed: &[&str]) -> bool {
        let found = self.content_type.as_deref().unwrap_or_default();
        let without_parameters = found.split(';').next().unwrap_or_default();
        allowed
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(without_parameters.trim()))
    }

    pub(super) fn objection(&self, allowed: &[&str]) -> String {
        let found = self.content_type.as_deref().unwrap_or_default();
        format!(
            "the content type must be {}, not {found:?}",
            allowed.join(" or ")
        )
    }

    /// As in Flamenco, another type is a bad request where the interface does not say otherwise.
    pub(super) fn must_be(&self, allowed: &[&str]) -> Result<(), ApiError> {
        if self.is_any_of(allowed) {
            return Ok(());
        }
        Err(ApiError::bad_request(self.objection(allowed)))
    }
}

/// The next chunk of a body, which is waited for as long as its pace allows; `None` at its end. The error is that the
/// sender is too slow.
pub(super) async fn next_chunk(
    body: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
    pace: &mut Pace,
) -> Result<Option<Result<Bytes, PayloadError>>, ApiError> {
    let began = Instant::now();
    let Ok(chunk) = timeout(pace.patience(), body.next()).await else {
        return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, pace.too_slow()));
    };
    if let Some(Ok(bytes)) = &chunk {
        pace.note(bytes.len(), began.elapsed());
    }
    Ok(chunk)
}

fn cut_off(error: PayloadError) -> ApiError {
    ApiError::bad_request(format_args!("the body was cut off: {error}"))
}
