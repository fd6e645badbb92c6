//! Orders of people about Workers. Pure.

use farandole_protocol::ids::WorkerId;
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::Timestamp;

use super::workers::UnknownWorker;
use crate::farm::decision::{Decision, FarmCommand};
use crate::farm::state::Farm;
use crate::farm::write::StatusRequest;

/// A person wants a Worker to take a state.
#[derive(Clone, Copy, Debug)]
pub struct RequestWorkerStatus {
    /// Which Worker.
    pub worker: WorkerId,
    /// The state.
    pub status: WorkerStatus,
    /// Whether it may first finish its task.
    pub lazy: bool,
}

/// Why a Worker cannot be asked to take a state.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WorkerRequestError {
    /// There is no such Worker.
    #[error("there is no such worker")]
    NotFound,
    /// The Worker would not come back.
    #[error("this worker cannot restart")]
    CannotRestart,
}

impl FarmCommand for RequestWorkerStatus {
    type Reply = Result<(), WorkerRequestError>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let worker = turn
                .farm
                .worker_by_id(self.worker)
                .ok_or(WorkerRequestError::NotFound)?;
            if self.status == WorkerStatus::Restart && !worker.can_restart {
                return Err(WorkerRequestError::CannotRestart);
            }
            let no = worker.no;
            let request = (worker.status != self.status).then_some(StatusRequest {
                status: self.status,
                lazy: self.lazy,
            });
            turn.request_status(no, request);
            Ok(())
        })
    }
}

/// A Worker is to be forgotten. What it was doing goes back, and its credentials are worth nothing any more.
#[derive(Clone, Copy, Debug)]
pub struct DeleteWorker {
    /// Which Worker.
    pub worker: WorkerId,
}

impl FarmCommand for DeleteWorker {
    type Reply = Result<(), UnknownWorker>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.farm.worker_by_id(self.worker).ok_or(UnknownWorker)?.no;
            turn.delete_worker(no);
            Ok(())
        })
    }
}
