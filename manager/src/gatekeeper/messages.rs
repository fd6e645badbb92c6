//! What the Gatekeeper is asked.

use std::net::IpAddr;

use farandole_protocol::api::{IdentityQuestion, ManagerIdentity};
use farandole_protocol::ids::WorkerId;

use super::registrations::TooManyRegistrationsError;
use crate::ask::{AskError, Order};

/// Somebody calls as this Worker. From the HTTP edge, with every request of a Worker. Changes nothing.
#[derive(Clone)]
pub struct Admit {
    /// Who it claims to be.
    pub worker: WorkerId,
    /// How it proves that.
    pub secret: String,
    /// The other end of its connection.
    pub peer: Option<IpAddr>,
}

impl std::fmt::Debug for Admit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admit")
            .field("worker", &self.worker)
            .finish_non_exhaustive()
    }
}

impl Order for Admit {
    type Reply = Result<(), AdmitError>;
}

/// Why somebody may not call as a Worker.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AdmitError {
    /// There is no such Worker, or that is not its secret. Which of the two is not told.
    #[error("no such worker, or wrong secret")]
    Refused,
    /// So many wrong secrets come from this address that answers to them are not even held back any more.
    #[error("too many wrong secrets come from this address, try again later")]
    TooManyWrong,
    /// It cannot be found out just now.
    #[error(transparent)]
    Unavailable(#[from] AskError),
}

/// A Worker wants to know which Manager this is, before it shows its secret. From the HTTP edge, without credentials.
/// Changes nothing.
#[derive(Clone, Debug)]
pub struct Identify {
    /// What it asks.
    pub question: IdentityQuestion,
    /// The address and port at which it has reached the Manager; empty if that is not known.
    pub address: String,
}

impl Order for Identify {
    type Reply = Result<ManagerIdentity, AskError>;
}

/// Somebody wants to be a Worker. From the HTTP edge. Each time a new Worker comes about.
#[derive(Clone)]
pub struct Register {
    /// Its name.
    pub name: String,
    /// What it will prove itself by.
    pub secret: String,
    /// Its platform.
    pub platform: String,
    /// The task types that it takes.
    pub task_types: Vec<String>,
    /// The address it calls from, as people are shown it.
    pub address: String,
    /// The other end of its connection.
    pub peer: Option<IpAddr>,
}

impl std::fmt::Debug for Register {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Register")
            .field("name", &self.name)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Order for Register {
    type Reply = Result<WorkerId, RegisterError>;
}

/// Why somebody could not become a Worker.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RegisterError {
    /// No hash can be made of this secret.
    #[error("this secret cannot be used")]
    UnusableSecret,
    /// Too many register.
    #[error(transparent)]
    TooMany(#[from] TooManyRegistrationsError),
    /// Somebody who was needed is busy or recovering.
    #[error(transparent)]
    Unavailable(#[from] AskError),
}
