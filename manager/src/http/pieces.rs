//! Bodies that are too large for the memory, in pieces.

use actix_web::http::StatusCode;
use actix_web::web;
use bytes::{Bytes, BytesMut};

use super::error::ApiError;
use super::pace::{ONTO_DISK, Pace};
use super::reading::next_chunk;

/// Written at a time: few trips to the disk, and little memory for each upload.
const PIECE: usize = 1 << 20;

/// A body that is being read.
pub(super) struct Pieces {
    body: web::Payload,
    pace: Pace,
    has_ended: bool,
}

/// A piece of a body.
pub(super) struct Piece {
    /// About a mebibyte, or what is left.
    pub(super) bytes: Bytes,
    /// Set with the last one: whether all of the body came.
    pub(super) end: Option<Result<(), ApiError>>,
}

impl Pieces {
    pub(super) fn of(body: web::Payload) -> Self {
        Self {
            body,
            pace: Pace::of(ONTO_DISK),
            has_ended: false,
        }
    }

    /// The next piece; empty ones after the last.
    pub(super) async fn next(&mut self) -> Piece {
        let mut piece = BytesMut::new();
        let mut end = self.has_ended.then_some(Ok(()));
        while end.is_none() && piece.len() < PIECE {
            match next_chunk(&mut self.body, &mut self.pace).await {
                Ok(Some(Ok(bytes))) => piece.extend_from_slice(&bytes),
                Ok(Some(Err(error))) => end = Some(Err(ApiError::bad_request(error))),
                Ok(None) => end = Some(Ok(())),
                Err(too_slow) => end = Some(Err(too_slow)),
            }
        }
        self.has_ended = end.is_some();
        let bytes = piece.freeze();
        Piece { bytes, end }
    }

    /// Reads so many bytes more, if they come: most clients do not listen before they have sent everything.
    pub(super) async fn pass_over(&mut self, most: u64) {
        let mut passed = 0;
        while !self.has_ended && passed <= most {
            passed += self.next().await.bytes.len() as u64;
        }
    }
}

/// Does what blocks on a thread of its own.
pub(super) async fn work<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let text = "the manager is shutting down";
    let ended = |_| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, text);
    web::block(work).await.map_err(ended)
}
