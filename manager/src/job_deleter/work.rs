//! What is done to mark jobs, and to delete one.

use farandole_protocol::api::JobDeletionInfo;
use farandole_protocol::ids::JobId;
use farandole_protocol::time::Timestamp;
use futures_util::{StreamExt, stream};

use super::checkouts::{Checkouts, EraseError};
use super::messages::DeletionError;
use crate::ask::{AskError, Front, TellTo};
use crate::farm::commands::deletion::{MarkForDeletion, RemoveJob};
use crate::farm::commands::jobs::JobOrderError;
use crate::farm::keys::JobNo;
use crate::last_rendered::JobDeleted;
use crate::scheduler::{Scheduler, give_order};
use crate::store::{
    FindRemains, ListDoomed, ListJobsUntil, Remains, RemoveSlice, Store, StoreError,
};
use crate::task_logs::{ForgetJob, LogError, TaskLogs};

/// So many jobs are marked at a time; an ended one has to be read for that.
const MARKED_AT_A_TIME: usize = 8;

/// Whom the `JobDeleter` asks and tells.
#[derive(Debug)]
pub struct JobDeleterParts {
    /// Who removes checkouts.
    pub checkouts: Box<dyn Checkouts>,
    /// Who removes logs and pictures.
    pub logs: TaskLogs,
    /// Who removes rows.
    pub store: Store,
    /// Who marks and removes jobs.
    pub scheduler: Front<Scheduler>,
    /// Who must not make pictures of a job that is gone.
    pub last_rendered: TellTo<JobDeleted>,
}

/// Why a job is still there. It will be tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("its shaman checkout cannot be removed")]
    Checkout(#[source] EraseError),
    #[error("its logs and pictures cannot be removed")]
    Files(#[source] LogError),
    #[error("its rows cannot be removed")]
    Rows(#[from] StoreError),
    #[error("the manager is {0}")]
    Unavailable(#[from] AskError),
}

impl JobDeleterParts {
    pub(super) async fn what_would_go(&self, id: JobId) -> Result<JobDeletionInfo, DeletionError> {
        let remains = self.store.read(FindRemains { id }).await??;
        let remains = remains.filter(|remains| remains.listed);
        let remains = remains.ok_or(DeletionError::NotFound)?;
        Ok(JobDeletionInfo {
            shaman_checkout: self.checkouts.is_on() && remains.checkout.is_some(),
        })
    }

    pub(super) async fn mark(&self, job: JobId) -> Result<(), DeletionError> {
        Ok(give_order(&self.scheduler, MarkForDeletion { job }).await??)
    }

    /// Marks all that have not changed since. Gives those that are marked, also when some could not be.
    pub(super) async fn mark_until(
        &self,
        updated: Timestamp,
    ) -> (Vec<JobId>, Result<(), DeletionError>) {
        let jobs = match self.store.read(ListJobsUntil { updated }).await {
            Ok(Ok(jobs)) => jobs,
            Ok(Err(error)) => return (Vec::new(), Err(error.into())),
            Err(error) => return (Vec::new(), Err(error.into())),
        };
        if jobs.is_empty() {
            return (jobs, Err(DeletionError::NothingSoOld));
        }
        let outcomes: Vec<_> = stream::iter(jobs)
            .map(|job| async move { (job, self.mark(job).await) })
            .buffered(MARKED_AT_A_TIME)
            .collect()
            .await;
        let (mut marked, mut outcome) = (Vec::new(), Ok(()));
        for (job, done) in outcomes {
            match done {
                Ok(()) => marked.push(job),
                // Gone already: as it should be.
                Err(DeletionError::NotFound) => {}
                Err(error) => outcome = Err(error),
            }
        }
        (marked, outcome)
    }

    pub(super) async fn doomed(&self) -> Result<Vec<JobId>, Fault> {
        Ok(self.store.read(ListDoomed).await??)
    }

    /// Deletes a job that is marked. Whatever of that was done before is no harm.
    pub(super) async fn delete(&self, id: JobId) -> Result<(), Fault> {
        let Some(remains) = self.store.read(FindRemains { id }).await?? else {
            return Ok(());
        };
        let no = remains.no;
        if remains.listed {
            self.remove_files(id, remains).await?;
            match give_order(&self.scheduler, RemoveJob { job: id }).await? {
                Ok(()) => {}
                Err(JobOrderError::NotFound | JobOrderError::NotByHand(_)) => {
                    tracing::debug!(job.id = %id, "a job that is to be removed is not there");
                }
            }
        }
        self.last_rendered.tell(JobDeleted { job: id });
        // What a Worker still said of it while it went.
        self.forget_files(id).await?;
        self.remove_rows(no).await
    }

    async fn remove_files(&self, id: JobId, remains: Remains) -> Result<(), Fault> {
        if let Some(checkout) = remains.checkout.filter(|_| self.checkouts.is_on()) {
            let erased = self.checkouts.erase(checkout).await;
            erased.map_err(Fault::Checkout)?;
        }
        self.forget_files(id).await
    }

    async fn forget_files(&self, job: JobId) -> Result<(), Fault> {
        let forgotten = self.logs.ask(ForgetJob { job }).await?;
        forgotten.map_err(Fault::Files)
    }

    /// Each slice is sent after the last one's answer, so that commits pass between them.
    async fn remove_rows(&self, job: JobNo) -> Result<(), Fault> {
        while self.store.write(RemoveSlice { job }).await?? {}
        Ok(())
    }
}
