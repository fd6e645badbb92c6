//! What the clock orders, and what is counted. Pure.

use std::time::Duration;

use farandole_protocol::status::{FarmStatus, JobStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand};
use crate::farm::keys::{TaskKey, WorkerNo};
use crate::farm::progress::timed_out;
use crate::farm::state::{Farm, Thresholds};
use crate::farm::worker::Worker;
use crate::farm::write::AttemptEnd;

/// Workers that were silent, and tasks that made no progress, for too long are given up. Once a second.
#[derive(Clone, Copy, Debug)]
pub struct CheckTimeouts;

impl FarmCommand for CheckTimeouts {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.turn(now, |turn| {
            // Workers first: what a lost one was doing goes back, it has not failed.
            for no in silent_workers(turn.farm) {
                turn.time_out(no);
            }
            for no in gone_for_long(turn.farm) {
                turn.delete_worker(no);
            }
            for (no, key, touched) in overdue_tasks(turn.farm) {
                let name = turn.name_of(no);
                let text = timed_out(&name, touched);
                turn.note(key, text.clone());
                turn.fail_task(key, no, Some(text), AttemptEnd::TimedOut);
            }
        })
    }
}

fn overdue_tasks(farm: &Farm) -> Vec<(WorkerNo, TaskKey, Timestamp)> {
    let Some(limit) = farm.thresholds.task_timeout else {
        return Vec::new();
    };
    farm.workers()
        .filter_map(|worker| Some((worker.no, worker.running?)))
        .filter(|(_, running)| farm.uptime.since(running.progress) >= limit)
        .map(|(no, running)| (no, running.key, running.touched))
        .collect()
}

fn silent_workers(farm: &Farm) -> Vec<WorkerNo> {
    let Some(limit) = farm.thresholds.worker_timeout else {
        return Vec::new();
    };
    farm.workers()
        .filter(|worker| !matches!(worker.status, WorkerStatus::Offline | WorkerStatus::Error))
        // Whoever waits for a task holds a connection open, and so is alive.
        .filter(|worker| worker.waiting.is_none())
        .filter(|worker| is_silent(farm, worker, limit))
        .map(|worker| worker.no)
        .collect()
}

/// Ephemeral Workers that have been offline or silent for long. One that runs a task is not gone: if it is silent, it
/// first loses its task by `worker_timeout`. After a start of the Manager all Workers count as heard from at that
/// moment, so that one of these stays a little longer.
fn gone_for_long(farm: &Farm) -> Vec<WorkerNo> {
    let Some(limit) = farm.thresholds.ephemeral_worker_timeout else {
        return Vec::new();
    };
    farm.workers()
        .filter(|worker| worker.ephemeral && worker.waiting.is_none() && worker.running.is_none())
        .filter(|worker| is_silent(farm, worker, limit))
        .map(|worker| worker.no)
        .collect()
}

/// Whether the Worker has signed on at some time and was not heard from for this long. No sum that could overflow.
fn is_silent(farm: &Farm, worker: &Worker, limit: Duration) -> bool {
    worker
        .heard
        .is_some_and(|heard| farm.uptime.since(heard) >= limit)
}

/// Signs of life since the last time are stored.
#[derive(Clone, Copy, Debug)]
pub struct SaveHeartbeats;

impl FarmCommand for SaveHeartbeats {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.turn(now, |turn| {
            turn.write_heartbeats();
        })
    }
}

/// The limits that people set have changed.
#[derive(Clone, Copy, Debug)]
pub struct SetThresholds(pub Thresholds);

impl FarmCommand for SetThresholds {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.thresholds = self.0;
        farm.turn(now, |_| ())
    }
}

/// Asks what the farm as a whole is doing.
#[derive(Clone, Copy, Debug)]
pub struct AskFarmStatus;

impl FarmCommand for AskFarmStatus {
    type Reply = FarmStatus;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<FarmStatus> {
        farm.turn(now, |turn| farm_status(turn.farm))
    }
}

/// What the farm as a whole is doing.
fn farm_status(farm: &Farm) -> FarmStatus {
    let any_worker = |status| farm.workers().any(|worker| worker.status == status);
    let any_job = |status| farm.jobs().any(|job| job.status == status);
    let nobody = farm
        .workers()
        .all(|worker| matches!(worker.status, WorkerStatus::Offline | WorkerStatus::Error));
    if nobody {
        FarmStatus::Inoperative
    } else if any_job(JobStatus::Active) && any_worker(WorkerStatus::Awake) {
        FarmStatus::Active
    } else if any_job(JobStatus::Active) || any_job(JobStatus::Queued) {
        FarmStatus::Waiting
    } else if !any_worker(WorkerStatus::Awake) && any_worker(WorkerStatus::Asleep) {
        FarmStatus::Asleep
    } else {
        FarmStatus::Idle
    }
}
