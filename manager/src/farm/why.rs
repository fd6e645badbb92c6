//! Why something is not being worked on, in words that a person understands. Pure.
//!
//! Who may have what is decided in [`eligibility`](super::eligibility) alone; here its answers are put into words, and
//! what comes first for a Worker is what would be handed out to it.

use farandole_protocol::api::{JobWhy, Reason, ReasonCode, TaskWhy, WorkerReason};
use farandole_protocol::status::TaskStatus;

use super::eligibility::{WhyNot, job_is_open, task_is_ready, worker_is_free, worker_suits_kind};
use super::job::Job;
use super::keys::{JobNo, TaskKey};
use super::state::Farm;
use super::why_words::{AT_WORK, losses, no_workers, nothing_ready};
use super::worker::Worker;

impl Farm {
    /// Why this task is not being worked on.
    pub(super) fn why_task(&self, key: TaskKey) -> Option<TaskWhy> {
        let job = self.job(key.job)?;
        let task = job.task(key.index)?;
        let why_not = job_is_open(job).and_then(|()| task_is_ready(job, key.index));
        let mut reason = why_not
            .err()
            .map(|why| self.reason(&why, None, job, Some(key.index)));
        let workers: Vec<WorkerReason> = self
            .workers()
            .map(|worker| {
                answer(
                    worker,
                    self.why_worker(worker, job, key.index, reason.as_ref()),
                )
            })
            .collect();
        if reason.is_none() && workers.is_empty() {
            reason = Some(no_workers());
        }
        Some(TaskWhy {
            task_id: job.task_id(key.index),
            task_name: task.name.to_string(),
            task_status: job.task_status(key.index)?,
            job_id: job.id,
            job_status: job.status,
            summary: with_remark(
                summary("the task", reason.as_ref(), &workers),
                losses(job, key.index, self.thresholds.lost_attempts),
            ),
            reason,
            workers,
        })
    }

    /// Why this job is not being worked on.
    pub(super) fn why_job(&self, no: JobNo) -> Option<JobWhy> {
        let job = self.job(no)?;
        let mut reason = match job_is_open(job) {
            Err(why) => Some(self.reason(&why, None, job, None)),
            Ok(()) if !job.has_ready() => Some(nothing_ready(job)),
            Ok(()) => None,
        };
        let workers: Vec<WorkerReason> = self
            .workers()
            .map(|worker| answer(worker, self.why_worker_job(worker, job)))
            .collect();
        if reason.is_none() && workers.is_empty() {
            reason = Some(no_workers());
        }
        Some(JobWhy {
            job_id: job.id,
            job_name: job.name.clone(),
            job_status: job.status,
            summary: with_remark(
                summary("the job", reason.as_ref(), &workers),
                self.losses_in(job),
            ),
            reason,
            workers,
            findings: job.findings.summary(),
        })
    }

    /// What is to be said of the task of the job that has lost its Workers most often.
    fn losses_in(&self, job: &Job) -> Option<String> {
        let index = job.record.most_often_lost()?;
        let has_ended = job.task_status(index).is_some_and(|status| {
            matches!(
                status,
                TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Canceled
            )
        });
        losses(job, index, self.thresholds.lost_attempts).filter(|_| !has_ended)
    }

    /// What keeps this Worker from this task. What keeps it from all is put into words only once, since that may take
    /// a look at all tasks of the job.
    fn why_worker(
        &self,
        worker: &Worker,
        job: &Job,
        index: u32,
        from_all: Option<&Reason>,
    ) -> Reason {
        let key = job.key(index);
        match self.explain(worker, key) {
            Ok(()) => self.turn_of(worker, |next| next == key),
            Err(
                why @ (WhyNot::JobNotRunning(_)
                | WhyNot::JobBeingDeleted
                | WhyNot::TaskNotWaiting(_)
                | WhyNot::DependenciesUnfinished(_)),
            ) => from_all
                .cloned()
                .unwrap_or_else(|| self.reason(&why, None, job, Some(index))),
            Err(why) => self.reason(&why, Some(worker), job, Some(index)),
        }
    }

    /// What keeps this Worker from all tasks of this job.
    fn why_worker_job(&self, worker: &Worker, job: &Job) -> Reason {
        let why_not = match worker.running {
            Some(running) if running.key.job == job.no => Err(WhyNot::WorkerBusy(running.key)),
            _ => job_is_open(job)
                .and_then(|()| any_for(worker, job))
                .and_then(|found| worker_is_free(worker).map(|()| found)),
        };
        match why_not {
            Ok(true) => self.turn_of(worker, |next| next.job == job.no),
            Ok(false) => nothing_ready(job),
            Err(why) => self.reason(&why, Some(worker), job, None),
        }
    }

    /// The Worker may have it, and gets what is next for it.
    fn turn_of(&self, worker: &Worker, is_it: impl FnOnce(TaskKey) -> bool) -> Reason {
        match self.pick(worker) {
            Some(next) if !is_it(next) => Reason {
                code: ReasonCode::OthersFirst,
                text: format!("{} comes first", self.named(next)),
            },
            Some(_) | None => Reason {
                code: ReasonCode::MayRun,
                text: "nothing, it may run: the worker gets it when it next asks for a task"
                    .to_owned(),
            },
        }
    }
}

/// Whether a ready task of the job is for this Worker; if none is although some are ready, the first reason.
fn any_for(worker: &Worker, job: &Job) -> Result<bool, WhyNot> {
    let mut first = Ok(false);
    for (kind, _) in job.kinds() {
        let mut ready = job.ready_tasks(kind).peekable();
        if ready.peek().is_none() {
            continue;
        }
        let suits = worker_suits_kind(worker, job, kind).and_then(|()| {
            let untried = ready.any(|index| !job.record.has_failed(worker.no, index));
            if untried {
                Ok(true)
            } else {
                Err(WhyNot::FailedBefore)
            }
        });
        match (suits, &first) {
            (Ok(found), _) => return Ok(found),
            (Err(why), Ok(_)) => first = Err(why),
            (Err(_), Err(_)) => {}
        }
    }
    first
}

fn with_remark(mut summary: String, remark: Option<String>) -> String {
    if let Some(remark) = remark {
        summary.push_str("; ");
        summary.push_str(&remark);
    }
    summary
}

fn answer(worker: &Worker, reason: Reason) -> WorkerReason {
    WorkerReason {
        condition: worker.condition.clone(),
        worker_id: worker.id,
        worker_name: worker.name.clone(),
        code: reason.code,
        text: reason.text,
    }
}

/// The answer in a sentence: what keeps it from all, or how things stand with the Workers.
fn summary(what: &str, reason: Option<&Reason>, workers: &[WorkerReason]) -> String {
    let with = |code: ReasonCode| workers.iter().filter(move |worker| worker.code == code);
    if let Some(worker) = with(ReasonCode::Running).next() {
        let remark = worker.text.strip_prefix(AT_WORK).unwrap_or_default();
        return format!(
            "{what} is being worked on by {}{remark}",
            worker.worker_name
        );
    }
    if let Some(reason) = reason {
        return format!("{what} is not being worked on: {}", reason.text);
    }
    if let Some(worker) = with(ReasonCode::MayRun).next() {
        return format!(
            "nothing keeps {what}: {} gets it when it next asks",
            worker.worker_name
        );
    }
    if with(ReasonCode::OthersFirst).next().is_some() {
        return format!("{what} waits for its turn: others come first");
    }
    let busy = with(ReasonCode::WorkerBusy).count();
    if busy > 0 {
        return format!(
            "{what} waits for a worker: {busy} of {} are busy",
            workers.len()
        );
    }
    let away: Vec<&WorkerReason> = with(ReasonCode::WorkerNotAwake).collect();
    if let [first, others @ ..] = away.as_slice() {
        let others = match others.len() {
            0 => String::new(),
            more => format!(" or one of {more} others"),
        };
        return format!(
            "{what} waits for {}{others}: {}",
            first.worker_name, first.text
        );
    }
    format!("no worker can take {what} now, see the reason for each")
}
