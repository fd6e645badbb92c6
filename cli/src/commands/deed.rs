//! What can be done to a job, and to many at once.

use farandole_protocol::api::JobStatusChange;
use farandole_protocol::client::{ClientError, ManagerHttp};
use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;
use futures_util::{StreamExt as _, stream};

/// So many requests are under way at once.
pub(super) const AT_ONCE: usize = 16;

/// What becomes of the frames of a job or task that is queued again.
pub(super) const fn about_frames(overwrite: bool) -> &'static str {
    if overwrite {
        "frames that exist already are moved aside, not deleted, and rendered again"
    } else {
        "whole frames that were rendered are kept; --overwrite renders them again"
    }
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// A state is asked for.
    Status(JobStatusChange),
    /// It gets this priority.
    Priority(i32),
    /// It goes, with all that belongs to it.
    Delete,
}

impl Deed {
    /// The verb, for a question.
    pub(super) fn verb(&self) -> String {
        match self {
            Self::Status(JobStatusChange {
                status: JobStatus::CancelRequested,
                ..
            }) => "cancel".to_owned(),
            Self::Status(JobStatusChange {
                status: JobStatus::PauseRequested,
                ..
            }) => "pause".to_owned(),
            Self::Status(_) => "requeue".to_owned(),
            Self::Priority(priority) => format!("give priority {priority} to"),
            Self::Delete => "delete".to_owned(),
        }
    }

    /// What becomes of the frames that exist already; nothing unless it queues jobs again.
    pub(super) fn about_frames(&self) -> Option<&'static str> {
        match self {
            Self::Status(change) if change.status == JobStatus::Requeueing => {
                Some(about_frames(change.overwrite == Some(true)))
            }
            Self::Status(_) | Self::Priority(_) | Self::Delete => None,
        }
    }

    /// Does it to one job.
    pub(super) async fn do_to(&self, manager: &ManagerHttp, job: JobId) -> Result<(), ClientError> {
        match self {
            Self::Status(change) => manager.set_job_status(job, change).await,
            Self::Priority(priority) => manager.set_job_priority(job, *priority).await,
            Self::Delete => manager.delete_job(job).await,
        }
    }

    /// Does it to many, several at a time. What came of each, in their order.
    pub(super) async fn do_to_all(
        &self,
        manager: &ManagerHttp,
        jobs: &[JobId],
    ) -> Vec<(JobId, Result<(), ClientError>)> {
        stream::iter(jobs.iter().copied())
            .map(|job| async move { (job, self.do_to(manager, job).await) })
            .buffered(AT_ONCE)
            .collect()
            .await
    }
}
