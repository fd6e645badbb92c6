//! What a refusal says. Ours always sends [`Error`]; a Flamenco Manager's router and validator send [`SecurityError`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was refused.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Error {
    /// The HTTP status once more.
    pub code: i32,
    /// The reason, for people.
    pub message: String,
}

/// A refusal without a code: bad credentials, and everything that a Flamenco Manager's framework refuses by itself.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct SecurityError {
    /// The reason, for people.
    pub message: String,
}
