//! Who removes Shaman checkouts, as the `JobDeleter` sees it: a trait, so that a test can play one that fails.

use std::fmt;

use futures_util::future::{LocalBoxFuture, ready};

/// Removes Shaman checkouts.
pub trait Checkouts: fmt::Debug {
    /// Whether it removes any at all. Otherwise they are none of its business.
    fn is_on(&self) -> bool;

    /// Removes a job's checkout. That there is none is no error; an error is worth another try later.
    fn erase(&self, checkout: String) -> LocalBoxFuture<'static, Result<(), EraseError>>;
}

/// Why a checkout is still there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EraseError(pub String);

/// There are no checkouts.
#[derive(Clone, Copy, Debug)]
pub struct NoCheckouts;

impl Checkouts for NoCheckouts {
    fn is_on(&self) -> bool {
        false
    }

    fn erase(&self, _: String) -> LocalBoxFuture<'static, Result<(), EraseError>> {
        Box::pin(ready(Ok(())))
    }
}
