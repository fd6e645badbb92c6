//! The Manager that the Worker works for at present.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use actix::Message;
use farandole_protocol::client::{ClientError, ManagerClient};

/// A Manager that can be called; clones call the same.
#[derive(Clone)]
pub struct Manager(Arc<dyn ManagerClient>);

impl Manager {
    /// The Manager behind this client.
    pub fn new(client: Arc<dyn ManagerClient>) -> Self {
        Self(client)
    }
}

impl Deref for Manager {
    type Target = dyn ManagerClient;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").finish_non_exhaustive()
    }
}

/// From the Foreman: work for this Manager from now on. The Worker is signed on there.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct UseManager(pub Manager);

/// To the Foreman, from whoever called the Manager: how that went.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Message)]
#[rtype(result = "()")]
pub enum ManagerContact {
    /// It answered.
    Answered,
    /// It could not be reached.
    Away,
    /// It does not know this Worker.
    UnknownWorker,
}

impl ManagerContact {
    /// What the result of a call says about the Manager.
    pub fn of<T>(result: &Result<T, ClientError>) -> Self {
        match result {
            Err(ClientError::Unreachable(_)) => Self::Away,
            Err(ClientError::Refused { status: 403, .. }) => Self::UnknownWorker,
            Ok(_) | Err(ClientError::Refused { .. } | ClientError::NotUnderstood(_)) => Self::Answered,
        }
    }
}
