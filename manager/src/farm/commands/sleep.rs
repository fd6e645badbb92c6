//! Orders about when Workers sleep. Pure.

use farandole_protocol::ids::WorkerId;
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::Timestamp;

use super::workers::UnknownWorker;
use crate::farm::decision::{Decision, FarmCommand};
use crate::farm::keys::WorkerNo;
use crate::farm::sleep::{Sleep, SleepSchedule, WallClock};
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::{StatusRequest, Write};

/// A person says when a Worker sleeps. That holds at once: a schedule that is switched off wakes it up.
#[derive(Clone, Copy, Debug)]
pub struct SetSleepSchedule {
    /// Which Worker.
    pub worker: WorkerId,
    /// When it sleeps.
    pub schedule: SleepSchedule,
    /// What the wall clock shows.
    pub clock: WallClock,
}

impl FarmCommand for SetSleepSchedule {
    type Reply = Result<(), UnknownWorker>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.farm.worker_by_id(self.worker).ok_or(UnknownWorker)?.no;
            let wanted = self.schedule.status_at(self.clock);
            turn.put_in_force(no, self.schedule, wanted, self.clock);
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
