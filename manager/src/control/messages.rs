//! What goes through the socket.

use serde::{Deserialize, Serialize};

use crate::ask::Order;

/// What a command asks of the Manager that runs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum ControlRequest {
    /// How is it? Answered by [`ControlAnswer::Status`].
    Status,
}

impl Order for ControlRequest {
    type Reply = ControlAnswer;
}

/// What it answers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlAnswer {
    /// How it is.
    Status(ManagerStatus),
    /// The request is not carried out.
    Refused {
        /// Why not.
        reason: String,
    },
}

/// How a Manager is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ManagerStatus {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub process: u32,
    /// The URL that it listens on.
    pub address: String,
    /// Whether all of its parts do their work.
    pub ready: bool,
    /// The parts that do not, with the reasons.
    pub trouble: Vec<String>,
}
