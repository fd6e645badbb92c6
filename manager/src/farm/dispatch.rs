//! Who gets which task: hand-outs, waiting Workers, tasks that come back. Pure.
//!
//! The order is job priority, task priority, age of the job, index in the job. Every hand-out is an attempt of its
//! own with a number of its own, also when the same Worker gets the same task again.

use farandole_protocol::status::{JobStatus, TaskStatus};

use super::decision::{Answer, Grant};
use super::keys::{TaskKey, WorkerNo};
use super::lanes::Lane;
use super::turn::Turn;
use super::worker::Running;
use super::write::{AttemptEnd, AttemptRow, Write};

impl Turn<'_> {
    /// Gives the Worker its next task, if there is one.
    pub(super) fn hand_out_next(&mut self, no: WorkerNo) -> bool {
        let Some(key) = self.worker(no).and_then(|worker| self.farm.pick(worker)) else {
            return false;
        };
        self.assign(key, no)
    }

    /// Gives a task that waits to a Worker.
    fn assign(&mut self, key: TaskKey, no: WorkerNo) -> bool {
        let Some((name, id)) = self
            .worker(no)
            .map(|worker| (worker.name.clone(), worker.id))
        else {
            return false;
        };
        self.note(key, format!("assigned to worker {name} ({id})"));
        self.begin_attempt(key, no);
        self.change_task(key, TaskStatus::Active, None, AttemptEnd::Requeued);
        self.announce_worker(no, None);
        self.grant(key, no);
        true
    }

    /// Gives a Worker the very task that it already holds once more: what it knew of it was lost.
    pub(super) fn hand_out_again(&mut self, key: TaskKey, no: WorkerNo) {
        self.end_attempt(key, AttemptEnd::Lost);
        self.note(
            key,
            "handed out again to the same worker, which had lost it".to_owned(),
        );
        self.begin_attempt(key, no);
        let now = self.now;
        self.write_task(key, Some(now));
        self.grant(key, no);
    }

    fn begin_attempt(&mut self, key: TaskKey, no: WorkerNo) {
        self.clear_findings(key);
        let (now, uptime) = (self.now, self.farm.uptime);
        let Some(task) = self
            .job_mut(key.job)
            .and_then(|job| job.task_mut(key.index))
        else {
            return;
        };
        task.worker = Some(no);
        task.attempt += 1;
        task.ended = None;
        let attempt = task.attempt;
        self.write(Write::Attempt(AttemptRow {
            key,
            attempt,
            worker: no,
            started: Some(now),
            ended: None,
        }));
        if let Some(worker) = self.worker_mut(no) {
            worker.running = Some(Running {
                key,
                touched: now,
                progress: uptime,
                idle: None,
            });
            worker.last_task = Some(key);
        }
    }

    /// Ends the running attempt of a task.
    pub(super) fn end_attempt(&mut self, key: TaskKey, end: AttemptEnd) {
        let now = self.now;
        let Some(task) = self
            .job_mut(key.job)
            .and_then(|job| job.task_mut(key.index))
        else {
            return;
        };
        task.ended = Some(end);
        let (attempt, Some(no)) = (task.attempt, task.worker) else {
            return;
        };
        self.write(Write::Attempt(AttemptRow {
            key,
            attempt,
            worker: no,
            started: None,
            ended: Some((now, end)),
        }));
        if let Some(worker) = self.farm.workers.get_mut(&no)
            && worker.running.is_some_and(|running| running.key == key)
        {
            worker.running = None;
        }
    }

    fn grant(&mut self, key: TaskKey, no: WorkerNo) {
        let grant = self.job(key.job).and_then(|job| {
            let task = job.task(key.index)?;
            Some(Grant {
                key,
                task: job.task_id(key.index),
                attempt: task.attempt,
                job: job.id,
                name: task.name.to_string(),
                priority: task.priority,
                job_priority: job.priority,
                job_type: job.job_type.clone(),
                task_type: job.type_name(task.kind).to_owned(),
                steps_completed: task.steps_completed,
                steps_total: task.steps_total,
                platform: self.worker(no)?.platform.clone(),
                allow: job.allow.to_vec(),
                keep_existing: job.keep_existing,
            })
        });
        if let Some(grant) = grant {
            self.hand_out(no, Answer::Task(Box::new(grant)));
        }
    }

    /// Gives what is ready in these lanes to those who wait for it, oldest first.
    pub(super) fn serve_waiting(&mut self, lanes: &[Lane]) {
        let mut served = None;
        while let Some(ticket) = self.farm.lanes.next_in_line(lanes, served) {
            served = Some(ticket);
            let Some(no) = self.farm.waiting.get(&ticket).copied() else {
                continue;
            };
            let Some(key) = self.worker(no).and_then(|worker| self.farm.pick(worker)) else {
                continue;
            };
            self.farm.stop_waiting(no);
            self.assign(key, no);
            self.farm.place_in_lanes(key.job);
        }
    }

    /// Gives a Worker that waits its next task, if by now there is one for it.
    pub(super) fn serve_if_waiting(&mut self, no: WorkerNo) {
        let waiting = self.worker(no).filter(|worker| worker.waiting.is_some());
        if let Some(key) = waiting.and_then(|worker| self.farm.pick(worker)) {
            self.farm.stop_waiting(no);
            self.assign(key, no);
        }
    }

    /// Ends a Worker's wait with this answer, if it waits.
    pub(super) fn end_wait(&mut self, no: WorkerNo, answer: Answer) {
        if self.farm.stop_waiting(no) {
            self.mark_seen(no);
            self.hand_out(no, answer);
        }
    }

    /// Takes the task that a Worker is working on away from it, for this reason.
    pub(super) fn return_task_of(&mut self, no: WorkerNo, reason: &str) {
        if let Some(running) = self.worker(no).and_then(|worker| worker.running) {
            self.return_task(running.key, reason, AttemptEnd::Requeued);
        }
    }

    /// Puts a running task back: among those that wait, or that are paused with their job.
    pub(super) fn return_task(&mut self, key: TaskKey, reason: &str, end: AttemptEnd) {
        let Some(status) = self.job(key.job).map(|job| job.status) else {
            return;
        };
        let target = match status {
            JobStatus::PauseRequested | JobStatus::Paused => TaskStatus::Paused,
            JobStatus::Active
            | JobStatus::Canceled
            | JobStatus::Completed
            | JobStatus::Failed
            | JobStatus::Queued
            | JobStatus::CancelRequested
            | JobStatus::Requeueing
            | JobStatus::UnderConstruction
            | JobStatus::Unset => TaskStatus::Queued,
        };
        let text = format!("returned to {target} by the Manager because {reason}");
        self.note(key, text.clone());
        self.change_task(key, target, Some(text), end);
    }
}
