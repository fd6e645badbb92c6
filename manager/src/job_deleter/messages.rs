//! What the `JobDeleter` is asked.

use farandole_protocol::api::JobDeletionInfo;
use farandole_protocol::ids::JobId;
use farandole_protocol::time::Timestamp;

use crate::ask::{AskError, Order};
use crate::farm::commands::jobs::JobOrderError;
use crate::store::StoreError;

/// A job is to be deleted. From the HTTP edge; answered once that is sure to happen.
#[derive(Clone, Copy, Debug)]
pub struct DeleteJob {
    /// Which job.
    pub job: JobId,
}

impl Order for DeleteJob {
    type Reply = Result<(), DeletionError>;
}

/// All jobs are to be deleted that have not changed since some time, whatever their state. From the HTTP edge; answered
/// once that is sure to happen. After an error some of them may be on their way out.
#[derive(Clone, Copy, Debug)]
pub struct DeleteJobsUntil {
    /// The last change may be so late.
    pub updated: Timestamp,
}

impl Order for DeleteJobsUntil {
    type Reply = Result<(), DeletionError>;
}

/// What would deleting a job take with it? From the HTTP edge. Changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct WhatWouldGo {
    /// Which job.
    pub job: JobId,
}

impl Order for WhatWouldGo {
    type Reply = Result<JobDeletionInfo, DeletionError>;
}

/// Why nothing is deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeletionError {
    /// There is no such job.
    #[error("there is no such job")]
    NotFound,
    /// All jobs have changed since.
    #[error("there is no job whose last change is so long ago")]
    NothingSoOld,
    /// The jobs cannot be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody who was needed is busy or recovering.
    #[error(transparent)]
    Unavailable(#[from] AskError),
}

impl From<JobOrderError> for DeletionError {
    fn from(error: JobOrderError) -> Self {
        match error {
            JobOrderError::NotFound | JobOrderError::NotByHand(_) => Self::NotFound,
        }
    }
}
