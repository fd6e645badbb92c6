//! How a Manager proves to a Worker that it is the one that the Worker knows. None of this is in the Flamenco contract.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::WorkerId;

/// Which Manager is this, and does it know this Worker's secret?
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct IdentityQuestion {
    /// The Worker that asks.
    #[schema(value_type = String, format = "uuid")]
    pub worker: WorkerId,
    /// 32 random bytes, as 64 hexadecimal digits, never used before.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub nonce: String,
}

/// Which Manager this is.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ManagerIdentity {
    /// The id that the Manager has made up once, with its database.
    pub instance: String,
    /// Absent if the Manager does not know the Worker, or keeps its secret in a form that nothing can be proved with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ManagerProof>,
}

/// What only somebody who knows the Worker's secret can have computed, see [`proof`](crate::proof).
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ManagerProof {
    /// What the Manager keeps the secret with: 32 hexadecimal digits.
    pub salt: String,
    /// The address and port of the Manager's end of the connection; empty if it does not know it.
    pub address: String,
    /// The proof itself, as 64 hexadecimal digits.
    pub mac: String,
}
