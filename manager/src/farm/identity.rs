//! Two processes that work as the same Worker, as a copied data directory makes them. Pure.
//!
//! They would take each other's tasks away. So the process that signs on says which run of the Worker it is, and while
//! another run is alive it is refused. A Worker that was killed and started again must not have to wait for that: it
//! holds the lock of its data directory, and so can tell that the run before it has ended.

use std::time::Duration;

use farandole_protocol::ids::RunId;
use farandole_protocol::status::WorkerStatus;

use super::keys::WorkerNo;
use super::turn::Turn;
use super::uptime::Uptime;
use super::worker::Worker;

/// A process is taken for alive for so long after it was last heard of, if Workers are never given up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Another process works as this Worker.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "another process works as Worker {name}, last heard of from {address}: if the data directory was copied, give this \
     process a --data-dir of its own, or delete farandole-worker-credentials.yaml there, so that it registers as a Worker \
     of its own"
)]
pub struct IdentityTakenError {
    /// The Worker's name.
    pub name: String,
    /// Where that process is.
    pub address: String,
    /// Whether that process may have ended, so that it makes sense to ask again soon.
    pub may_have_ended: bool,
}

/// A process that was refused, and may ask again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Claim {
    /// Which run it is.
    run: RunId,
    /// Whether the other process has spoken since it first asked. The end of a wait for a task is not enough: the host
    /// of that process may have lost its power meanwhile.
    was_answered: bool,
}

/// What a process says of itself when it signs on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Runs {
    /// Which run of the Worker it is; stock Workers do not say.
    pub current: Option<RunId>,
    /// The run that has certainly ended before it began.
    pub previous: Option<RunId>,
}

impl Turn<'_> {
    /// A process wants to work as this Worker. It may, unless another one does that is alive.
    pub(super) fn claim_identity(
        &mut self,
        no: WorkerNo,
        runs: Runs,
    ) -> Result<(), IdentityTakenError> {
        let now = self.farm.uptime;
        let patience = self.farm.thresholds.worker_timeout.unwrap_or(PATIENCE);
        let Some(worker) = self.farm.workers.get_mut(&no) else {
            return Ok(());
        };
        let Some(run) = runs
            .current
            .filter(|_| is_taken(worker, runs, patience, now))
        else {
            if worker.run == runs.current {
                // It signs on again, so it is alive.
                self.answer_claim(no);
            } else {
                worker.claim = None;
                worker.run = runs.current;
            }
            return Ok(());
        };
        let claim = worker.claim.filter(|claim| claim.run == run);
        let claim = claim.unwrap_or(Claim {
            run,
            was_answered: false,
        });
        worker.claim = Some(claim);
        Err(IdentityTakenError {
            name: worker.name.clone(),
            address: worker.address.clone(),
            may_have_ended: !claim.was_answered,
        })
    }

    /// The process that works as this Worker has spoken, so it is alive: what others claim is answered.
    pub(super) fn answer_claim(&mut self, no: WorkerNo) {
        let worker = self.farm.workers.get_mut(&no);
        if let Some(claim) = worker.and_then(|worker| worker.claim.as_mut()) {
            claim.was_answered = true;
        }
    }
}

/// Whether another run works as this Worker, and is alive as far as is known.
fn is_taken(worker: &Worker, runs: Runs, patience: Duration, now: Uptime) -> bool {
    let is_other = worker.run.is_some() && worker.run != runs.current;
    let has_ended = worker.run == runs.previous
        || matches!(worker.status, WorkerStatus::Offline | WorkerStatus::Error);
    let was_heard_of = worker
        .heard
        .is_some_and(|heard| now.since(heard) < patience);
    is_other && !has_ended && (was_heard_of || worker.waiting.is_some())
}
