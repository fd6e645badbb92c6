//! How a call to a Manager can fail, as far as a caller can do something about it.

use std::error::Error;
use std::time::Duration;

/// Why a call to a Manager has no result.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No answer: no connection, a broken one, or none in time. Whether the Manager did what was asked is unknown.
    #[error("the Manager cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),

    /// The Manager answered, and refused.
    #[error("the Manager refused with status {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its reason, for people; empty if it gave none.
        message: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },

    /// The Manager answered, but not in the contract's terms; perhaps it is none.
    #[error("the Manager's answer is not understood: {0}")]
    NotUnderstood(String),
}

impl ClientError {
    /// The status with which the Manager refused, if it did.
    pub const fn refused_status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Unreachable(_) | Self::NotUnderstood(_) => None,
        }
    }
}
