//! Orders from Workers about themselves. Pure.

use farandole_protocol::api::WorkerCondition;
use farandole_protocol::ids::WorkerId;
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Answer, Decision, FarmCommand, Handout};
use crate::farm::identity::IdentityTakenError;
use crate::farm::image::WorkerImage;
use crate::farm::keys::WorkerNo;
use crate::farm::lanes::{Ticket, TypeNo};
use crate::farm::sleep::WallClock;
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::{AttemptEnd, NewWorker, StatusRequest, WorkerRow, Write};

pub use crate::farm::identity::Runs;

/// The most characters that are kept of each text in a Worker's condition.
const LONGEST_TEXT: usize = 300;

/// The most programs that are kept of a Worker's condition.
const MOST_PROGRAMS: usize = 16;

/// The Worker does not exist, or no longer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no such worker")]
pub struct UnknownWorker;

/// Why a Worker cannot sign on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignOnError {
    /// It does not exist, or no longer.
    #[error(transparent)]
    Unknown(#[from] UnknownWorker),
    /// Another process works as this Worker.
    #[error(transparent)]
    IdentityTaken(#[from] IdentityTakenError),
}

/// Somebody wants to be a Worker. From the Gatekeeper.
#[derive(Clone, Debug)]
pub struct RegisterWorker {
    /// The id that it gets.
    pub id: WorkerId,
    /// The hash of its secret.
    pub secret_hash: String,
    /// Its name.
    pub name: String,
    /// The address it calls from.
    pub address: String,
    /// Its platform.
    pub platform: String,
    /// The task types that it takes, as given.
    pub task_types: Vec<String>,
}

impl FarmCommand for RegisterWorker {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.turn(now, |turn| {
            let row = WorkerRow {
                no: WorkerNo(turn.farm.next_worker),
                name: self.name,
                address: self.address,
                platform: self.platform,
                software: String::new(),
                status: WorkerStatus::Offline,
                requested: None,
                timed_out_from: None,
                task_types: self.task_types,
                can_restart: false,
                ephemeral: false,
                last_seen: None,
                last_task: None,
                run: None,
                updated: now,
                deleted: None,
            };
            turn.farm.add_worker(WorkerImage {
                id: self.id,
                tags: Vec::new(),
                sleep: None,
                condition: None,
                row: row.clone(),
            });
            let new = NewWorker {
                id: self.id,
                secret_hash: self.secret_hash,
                created: now,
                row,
            };
            turn.write(Write::WorkerAdded(Box::new(new)));
        })
    }
}

/// A Worker begins its work.
#[derive(Clone, Debug)]
pub struct SignOn {
    /// Who.
    pub worker: WorkerId,
    /// Its name.
    pub name: String,
    /// The address it calls from.
    pub address: String,
    /// Its software version.
    pub software: String,
    /// The task types that it takes.
    pub task_types: Vec<String>,
    /// Whether it can be asked to restart.
    pub can_restart: bool,
    /// Whether it may be forgotten when it is gone for long.
    pub ephemeral: bool,
    /// Which run of it this is.
    pub runs: Runs,
    /// What the wall clock shows: a Worker with a schedule may have to sleep.
    pub clock: WallClock,
}

impl FarmCommand for SignOn {
    /// The state that it shall take.
    type Reply = Result<WorkerStatus, SignOnError>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let (no, previous, never_seen) = turn
                .farm
                .worker_by_id(self.worker)
                .map(|worker| (worker.no, worker.status, worker.last_seen.is_none()))
                .ok_or(UnknownWorker)?;
            turn.claim_identity(no, self.runs)?;
            turn.end_wait(no, Answer::Nothing);
            let task_types: Vec<String> = self
                .task_types
                .iter()
                .map(|name| name.trim().to_lowercase())
                .collect();
            let types: Vec<TypeNo> = task_types
                .iter()
                .map(|name| turn.farm.types.number(name))
                .collect();
            let other_types = turn.worker(no).is_some_and(|worker| worker.types != types);
            turn.set_worker_status(no, WorkerStatus::Starting);
            turn.mark_seen(no);
            let mut target = WorkerStatus::Awake;
            if let Some(worker) = turn.worker_mut(no) {
                worker.name = self.name;
                worker.address = self.address;
                worker.software = self.software;
                worker.can_restart = self.can_restart;
                worker.ephemeral = self.ephemeral;
                worker.task_types = task_types;
                worker.types = types;
                target = match (worker.requested, worker.sleep) {
                    (Some(request), _) => request.status,
                    (None, Some(sleep)) => sleep.schedule.status_at(self.clock),
                    (None, None) => WorkerStatus::Awake,
                };
            }
            turn.announce_worker(no, (!never_seen).then_some(previous));
            if other_types {
                turn.settle_jobs_with_failures();
            }
            Ok(target)
        })
    }
}

/// A Worker ends its work; what it was doing goes back.
#[derive(Clone, Copy, Debug)]
pub struct SignOff {
    /// Who.
    pub worker: WorkerId,
}

impl FarmCommand for SignOff {
    type Reply = Result<(), UnknownWorker>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.farm.worker_by_id(self.worker).ok_or(UnknownWorker)?.no;
            turn.end_wait(no, Answer::Nothing);
            turn.mark_seen(no);
            let Some((previous, timed_out_from)) = turn
                .worker(no)
                .map(|worker| (worker.status, worker.timed_out_from))
            else {
                return Ok(());
            };
            turn.set_worker_status(no, WorkerStatus::Offline);
            if let Some(worker) = turn.worker_mut(no) {
                let fulfilled = |request: &StatusRequest| {
                    matches!(
                        request.status,
                        WorkerStatus::Offline | WorkerStatus::Restart
                    )
                };
                worker.requested = worker.requested.filter(|request| !fulfilled(request));
                // So that it comes back as it went.
                let went = timed_out_from.unwrap_or(previous);
                if worker.requested.is_none()
                    && matches!(went, WorkerStatus::Awake | WorkerStatus::Asleep)
                {
                    worker.requested = Some(StatusRequest {
                        status: went,
                        lazy: false,
                    });
                }
            }
            let name = turn.name_of(no);
            turn.return_task_of(no, &format!("worker {name} signed off"));
            turn.announce_worker(no, Some(previous));
            Ok(())
        })
    }
}

/// A Worker tells what it has found on its host. From WorkerConditions.
#[derive(Clone, Debug)]
pub struct TakeCondition {
    /// Who.
    pub worker: WorkerId,
    /// What it has found.
    pub condition: WorkerCondition,
}

impl FarmCommand for TakeCondition {
    type Reply = Result<(), UnknownWorker>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.hear_of(self.worker).ok_or(UnknownWorker)?;
            let condition = self.condition.shortened(LONGEST_TEXT, MOST_PROGRAMS);
            if let Some(worker) = turn.worker_mut(no)
                && worker.condition.as_ref() != Some(&condition)
            {
                worker.condition = Some(condition.clone());
                turn.write(Write::Condition(no, Box::new(condition)));
                turn.announce_worker(no, None);
            }
            Ok(())
        })
    }
}

/// A Worker asks whether it shall take another state.
#[derive(Clone, Copy, Debug)]
pub struct AskState {
    /// Who asks.
    pub worker: WorkerId,
}

impl FarmCommand for AskState {
    type Reply = Result<Option<WorkerStatus>, UnknownWorker>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.hear_of(self.worker).ok_or(UnknownWorker)?;
            Ok(turn
                .worker(no)
                .and_then(|worker| worker.requested)
                .map(|request| request.status))
        })
    }
}

/// A Worker says that it has taken a state.
#[derive(Clone, Copy, Debug)]
pub struct StateChanged {
    /// Who.
    pub worker: WorkerId,
    /// The state.
    pub status: WorkerStatus,
}

impl FarmCommand for StateChanged {
    type Reply = Result<(), UnknownWorker>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.farm.worker_by_id(self.worker).ok_or(UnknownWorker)?.no;
            turn.mark_seen(no);
            turn.answer_claim(no);
            turn.end_wait(no, Answer::Nothing);
            let Some(previous) = turn.worker(no).map(|worker| worker.status) else {
                return Ok(());
            };
            turn.set_worker_status(no, self.status);
            if let Some(worker) = turn.worker_mut(no) {
                worker.requested = worker
                    .requested
                    .filter(|request| request.status != self.status);
            }
            if self.status != WorkerStatus::Awake {
                let name = turn.name_of(no);
                turn.return_task_of(
                    no,
                    &format!("worker {name} changed status to {}", self.status),
                );
            }
            turn.announce_worker(no, Some(previous));
            Ok(())
        })
    }
}

/// A Worker asks for a task. The answer comes as a hand-out, now or later.
#[derive(Clone, Copy, Debug)]
pub struct ScheduleTask {
    /// Who asks.
    pub worker: WorkerId,
    /// Set if it would wait for a task: a number that rises with each such request.
    pub ticket: Option<Ticket>,
}

impl FarmCommand for ScheduleTask {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.turn(now, |turn| {
            // The shell has already answered an older request of the same Worker.
            let Some(no) = turn.hear_of(self.worker) else {
                let handout = Handout {
                    worker: self.worker,
                    answer: Answer::UnknownWorker,
                };
                return turn.hand_out_to(handout);
            };
            turn.farm.stop_waiting(no);
            if let Some(refusal) = refusal(turn, no) {
                return turn.hand_out(no, refusal);
            }
            if hand_out_held(turn, no) || turn.hand_out_next(no) {
                return;
            }
            match self.ticket {
                Some(ticket) => turn.farm.start_waiting(no, ticket),
                None => turn.hand_out(no, Answer::Nothing),
            }
        })
    }
}

/// Why the Worker gets no task at all.
fn refusal(turn: &Turn<'_>, no: WorkerNo) -> Option<Answer> {
    let worker = turn.worker(no)?;
    if let Some(request) = worker.requested {
        return Some(Answer::StatusRequested(request.status));
    }
    (worker.status != WorkerStatus::Awake).then_some(Answer::NotAwake(worker.status))
}

/// A Worker that asks although it holds a task has lost it: it gets it once more, as an attempt of its own, unless
/// the job is to pause or to go, or it was lost too often.
fn hand_out_held(turn: &mut Turn<'_>, no: WorkerNo) -> bool {
    let Some(key) = turn
        .worker(no)
        .and_then(|worker| worker.running)
        .map(|running| running.key)
    else {
        return false;
    };
    let Some((status, deleting)) = turn
        .job(key.job)
        .map(|job| (job.status, job.delete_requested.is_some()))
    else {
        return false;
    };
    if status == JobStatus::PauseRequested {
        let text = "paused, because its worker had lost it while the job was to pause".to_owned();
        turn.note(key, text.clone());
        turn.change_task(key, TaskStatus::Paused, Some(text), AttemptEnd::Lost);
        return false;
    }
    if deleting {
        turn.return_task(key, "its job is being deleted", AttemptEnd::Lost);
        return false;
    }
    // The reports of a Flamenco Worker wait for half a minute after its Manager was away. Meanwhile it asks for tasks,
    // and has lost nothing.
    let tells_its_run = turn.worker(no).is_some_and(|worker| worker.run.is_some());
    let name = turn.name_of(no);
    let reason = format!("worker {name} had lost it and asked for a task");
    if tells_its_run && turn.lose_task(key, &reason) {
        return false;
    }
    turn.hand_out_again(key, no);
    true
}

/// A Worker no longer waits: its caller went away, or it has waited long enough.
#[derive(Clone, Copy, Debug)]
pub struct EndWait {
    /// Who.
    pub worker: WorkerId,
    /// Which request; a newer one goes on.
    pub ticket: Ticket,
}

impl FarmCommand for EndWait {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.turn(now, |turn| {
            let waits = turn
                .farm
                .worker_by_id(self.worker)
                .filter(|w| w.waiting == Some(self.ticket));
            if let Some(no) = waits.map(|worker| worker.no) {
                turn.end_wait(no, Answer::Nothing);
            }
        })
    }
}
