//! Orders about when Workers sleep. Pure.

use farandole_protocol::api::WorkerSleepSchedule;
use farandole_protocol::ids::WorkerId;
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand};
use crate::farm::keys::WorkerNo;
use crate::farm::sleep::{BadSchedule, Sleep, SleepSchedule, WallClock};
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::{StatusRequest, Write};

/// Why a Worker does not get a schedule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SleepScheduleError {
    /// There is no such Worker.
    #[error("there is no such worker")]
    NotFound,
    /// It cannot be read.
    #[error(transparent)]
    Bad(#[from] BadSchedule),
}

/// A person says when a Worker sleeps. That holds at once: a schedule that is switched off wakes it up.
#[derive(Clone, Debug)]
pub struct SetSleepSchedule {
    /// Which Worker.
    pub worker: WorkerId,
    /// When it sleeps, as the person wrote it.
    pub schedule: WorkerSleepSchedule,
    /// What the wall clock shows.
    pub clock: WallClock,
}

impl FarmCommand for SetSleepSchedule {
    type Reply = Result<(), SleepScheduleError>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let schedule = SleepSchedule::read(&self.schedule)?;
            let worker = turn.farm.worker_by_id(self.worker);
            let no = worker.ok_or(SleepScheduleError::NotFound)?.no;
            turn.put_in_force(no, schedule, schedule.status_at(self.clock), self.clock);
            Ok(())
        })
    }
}

/// Schedules whose turn has come are put into force. Every few seconds, from the `SleepScheduler`.
#[derive(Clone, Copy, Debug)]
pub struct CheckSleepSchedules {
    /// What the wall clock shows.
    pub clock: WallClock,
}

impl FarmCommand for CheckSleepSchedules {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.turn(now, |turn| {
            let due: Vec<(WorkerNo, SleepSchedule, WorkerStatus)> = turn
                .farm
                .workers()
                // One that is lost comes back in the state that it had; its schedule stays due until then.
                .filter(|worker| worker.status != WorkerStatus::Error)
                .filter_map(|worker| {
                    let sleep = worker.sleep?;
                    Some((worker.no, sleep.schedule, sleep.due(self.clock)?))
                })
                .collect();
            for (no, schedule, wanted) in due {
                turn.put_in_force(no, schedule, wanted, self.clock);
            }
        })
    }
}

impl Turn<'_> {
    /// Puts a schedule into force: what it wants now is asked for at once, whatever was asked for before.
    fn put_in_force(
        &mut self,
        no: WorkerNo,
        schedule: SleepSchedule,
        wanted: WorkerStatus,
        clock: WallClock,
    ) {
        let Some(worker) = self.farm.workers.get_mut(&no) else {
            return;
        };
        let in_error = worker.status == WorkerStatus::Error;
        let sleep = Sleep {
            schedule,
            in_force_since: (!in_error).then_some(clock),
        };
        worker.sleep = Some(sleep);
        let (status, requested) = (worker.status, worker.requested);
        self.write(Write::Sleep(no, sleep));
        let request = StatusRequest {
            status: wanted,
            lazy: false,
        };
        // Who is in error is left alone.
        if !in_error && status == wanted && requested.is_some() {
            self.request_status(no, None);
        } else if !in_error && status != wanted && requested != Some(request) {
            self.request_status(no, Some(request));
        }
    }
}
