//! Shaman: files sent once each, known by their SHA-256 and size, and checked out under paths.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::status::wire_enum;
use crate::wire::null_as_default;

/// The files that a checkout will need.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ShamanRequirementsRequest {
    /// The files.
    pub files: Vec<ShamanFileSpec>,
}

/// The files that are not stored yet.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ShamanRequirementsResponse {
    /// The files, each once.
    #[serde(deserialize_with = "null_as_default")]
    pub files: Vec<ShamanFileSpecWithStatus>,
}

/// A file and the path it shall have.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ShamanFileSpec {
    /// The SHA-256 of its content in hex digits.
    pub sha: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its path in the checkout.
    pub path: String,
}

/// A file, its path, and whether it is stored.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ShamanFileSpecWithStatus {
    /// The SHA-256 of its content in hex digits.
    pub sha: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its path in the checkout.
    pub path: String,
    /// Whether it is stored.
    pub status: ShamanFileStatus,
}

/// A folder to be made of stored files.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ShamanCheckout {
    /// The files.
    pub files: Vec<ShamanFileSpec>,
    /// The folder, relative to the checkouts' root.
    #[serde(rename = "checkoutPath")]
    pub checkout_path: String,
}

/// A folder that was made.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ShamanCheckoutResult {
    /// The folder, relative to the checkouts' root; another than asked for when that existed.
    #[serde(rename = "checkoutPath")]
    pub checkout_path: String,
}

wire_enum!(
    /// Whether a file is stored.
    ShamanFileStatus, "status of a file", {
        /// Not stored.
        Unknown = "unknown",
        /// Somebody is sending it.
        Uploading = "uploading",
        /// Stored.
        Stored = "stored",
    }
);

/// Whether one file is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ShamanSingleFileStatus {
    /// Whether it is stored.
    pub status: ShamanFileStatus,
}
