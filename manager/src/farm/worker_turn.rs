//! What follows when a Worker is heard of, changes its state, or falls silent. Pure.

use farandole_protocol::ids::WorkerId;
use farandole_protocol::status::WorkerStatus;

use super::announce;
use super::decision::Answer;
use super::keys::WorkerNo;
use super::turn::Turn;
use super::write::{StatusRequest, WorkerRow, Write};

impl Turn<'_> {
    /// The Worker with this id was heard of. One that had timed out is back in the state that it had then.
    pub(super) fn hear_of(&mut self, id: WorkerId) -> Option<WorkerNo> {
        let no = self.farm.worker_by_id(id)?.no;
        self.mark_seen(no);
        self.recover(no);
        Some(no)
    }

    fn recover(&mut self, no: WorkerNo) {
        let timed_out = self
            .worker(no)
            .filter(|worker| worker.status == WorkerStatus::Error);
        let Some(status) = timed_out.and_then(|worker| worker.timed_out_from) else {
            return;
        };
        self.set_worker_status(no, status);
        self.announce_worker(no, Some(WorkerStatus::Error));
    }

    /// Sets the state, and nothing else.
    pub(super) fn set_worker_status(&mut self, no: WorkerNo, status: WorkerStatus) {
        if let Some(worker) = self.worker_mut(no) {
            worker.status = status;
            worker.timed_out_from = None;
        }
    }

    /// Asks a Worker to take a state; with `None`, nothing is asked of it any more. One that waits for a task is told.
    pub(super) fn request_status(&mut self, no: WorkerNo, request: Option<StatusRequest>) {
        if let Some(worker) = self.worker_mut(no) {
            worker.requested = request;
        }
        if let Some(request) = request {
            self.end_wait(no, Answer::StatusRequested(request.status));
        }
        self.announce_worker(no, None);
    }

    /// The Worker has fallen silent: what it was working on goes back.
    pub(super) fn time_out(&mut self, no: WorkerNo) {
        let Some(previous) = self.worker(no).map(|worker| worker.status) else {
            return;
        };
        self.end_wait(no, Answer::Nothing);
        self.set_worker_status(no, WorkerStatus::Error);
        if let Some(worker) = self.worker_mut(no) {
            worker.timed_out_from = Some(previous);
            worker.requested = None;
        }
        let name = self.name_of(no);
        self.lose_task_of(no, &format!("worker {name} timed out"));
        self.announce_worker(no, Some(previous));
    }

    /// The Worker is forgotten: what it was working on goes back, and nothing of it stays in memory.
    pub(super) fn delete_worker(&mut self, no: WorkerNo) {
        self.end_wait(no, Answer::UnknownWorker);
        let name = self.name_of(no);
        self.return_task_of(no, &format!("worker {name} was deleted"));
        // Its time of change grows, as with every change.
        if self.worker_mut(no).is_none() {
            return;
        }
        if let Some(worker) = self.farm.remove_worker(no) {
            self.announce(announce::deleted_worker(&worker));
            let row = WorkerRow {
                deleted: Some(worker.updated),
                ..worker.row()
            };
            self.write(Write::Worker(Box::new(row)));
        }
        self.settle_jobs_with_failures();
    }

    /// The Worker's name, for people to read.
    pub(super) fn name_of(&self, no: WorkerNo) -> String {
        self.worker(no)
            .map_or_else(String::new, |worker| worker.name.clone())
    }
}
