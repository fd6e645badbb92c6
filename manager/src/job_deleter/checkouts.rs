//! Who removes Shaman checkouts, as the `JobDeleter` sees it: a trait, so that a test can play one that fails.

use std::fmt;

use futures_util::future::LocalBoxFuture;

use crate::ask::AskError;
use crate::shaman::{EraseCheckout, Erased, Shaman, ShamanError};

/// Removes Shaman checkouts.
pub trait Checkouts: fmt::Debug {
    /// Whether it removes any at all. Otherwise they are none of its business.
    fn is_on(&self) -> bool;

    /// Removes a job's checkout. That there is none is no error; an error is worth another try later.
    fn erase(&self, checkout: String) -> LocalBoxFuture<'static, Result<(), EraseError>>;
}

/// Why a checkout is still there.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The storage does not let it go.
    #[error(transparent)]
    Storage(#[from] ShamanError),
    /// The Shaman is busy.
    #[error("the shaman is {0}")]
    Unavailable(#[from] AskError),
}

impl Checkouts for Shaman {
    fn is_on(&self) -> bool {
        Self::is_on(self)
    }

    fn erase(&self, checkout: String) -> LocalBoxFuture<'static, Result<(), EraseError>> {
        let shaman = self.clone();
        Box::pin(async move {
            match shaman.ask(EraseCheckout { checkout }).await? {
                Ok(
                    Erased::Gone | Erased::NotThere | Erased::NotACheckout | Erased::SwitchedOff,
                ) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
    }
}
