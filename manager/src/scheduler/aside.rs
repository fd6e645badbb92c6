//! Orders that wait for a job which has left memory.
//!
//! An ended job is read by a reader of the Store and taken in; what was set aside meanwhile is then carried out in
//! order. A report for a task of such a job needs no more than one row.

use std::collections::HashMap;
use std::fmt;

use actix::{Message, Recipient};
use farandole_protocol::ids::{JobId, TaskId};

use super::actor::Scheduler;
use crate::ask::{self, AskError};
use crate::farm::decision::{LateTask, Subject};
use crate::farm::image::JobImage;
use crate::farm::state::Farm;
use crate::store::{FindTaskState, LoadJob, LoadJobOfTask, Store, StoreError};

/// An order that waits: carried out by the Scheduler, or refused.
pub(super) type Waiting = Box<dyn FnOnce(Result<&mut Scheduler, AskError>) + Send>;
/// A report that waits for its row.
pub(super) type WaitingReport =
    Box<dyn FnOnce(Result<(&mut Scheduler, Option<LateTask>), AskError>) + Send>;

/// By what a job is looked for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum JobKey {
    Job(JobId),
    Task(TaskId),
}

/// What has to be read before an order can be decided.
#[derive(Clone, Copy, Debug)]
pub(super) enum Missing {
    /// The whole job.
    Job(JobKey),
    /// The state of this task, for a report.
    Task(TaskId),
}

/// The orders that wait, by the job that they wait for.
#[derive(Default)]
pub(super) struct Aside {
    orders: HashMap<JobKey, Vec<Waiting>>,
    reports: HashMap<u64, WaitingReport>,
    next_report: u64,
}

impl fmt::Debug for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aside")
            .field("jobs", &self.orders.len())
            .field("reports", &self.reports.len())
            .finish_non_exhaustive()
    }
}

/// A reader has looked for a job.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct JobRead {
    pub(super) generation: u64,
    pub(super) key: JobKey,
    pub(super) found: Result<Option<Box<JobImage>>, AskError>,
}

/// A reader has looked for a task.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct TaskRead {
    pub(super) generation: u64,
    pub(super) report: u64,
    pub(super) found: Result<Option<LateTask>, AskError>,
}

impl Aside {
    /// How many orders wait.
    pub(super) fn len(&self) -> usize {
        self.orders.values().map(Vec::len).sum::<usize>() + self.reports.len()
    }

    /// Sets an order aside. Says whether it is the first for its job, so that the job has to be read.
    pub(super) fn put(&mut self, key: JobKey, order: Waiting) -> bool {
        let waiting = self.orders.entry(key).or_default();
        waiting.push(order);
        waiting.len() == 1
    }

    /// Sets a report aside. Gives the number by which it is found again.
    pub(super) fn put_report(&mut self, report: WaitingReport) -> u64 {
        self.next_report += 1;
        self.reports.insert(self.next_report, report);
        self.next_report
    }

    pub(super) fn take(&mut self, key: JobKey) -> Vec<Waiting> {
        self.orders.remove(&key).unwrap_or_default()
    }

    pub(super) fn take_report(&mut self, report: u64) -> Option<WaitingReport> {
        self.reports.remove(&report)
    }

    /// Refuses all that waits.
    pub(super) fn refuse_all(&mut self, error: AskError) {
        for order in self.orders.drain().flat_map(|(_, orders)| orders) {
            order(Err(error));
        }
        for (_, report) in self.reports.drain() {
            report(Err(error));
        }
    }
}

/// What an order is about and memory does not hold.
pub(super) fn missing(farm: &Farm, subject: Subject) -> Option<Missing> {
    match subject {
        Subject::Farm => None,
        Subject::Job(job) => match farm.job_by_id(job) {
            Some(_) => None,
            None => Some(Missing::Job(JobKey::Job(job))),
        },
        Subject::Task(task) | Subject::Report(task) if farm.find_task(task).is_some() => None,
        Subject::Task(task) => Some(Missing::Job(JobKey::Task(task))),
        Subject::Report(task) => Some(Missing::Task(task)),
    }
}

/// Has a job read; the answer comes as [`JobRead`].
pub(super) fn read_job(store: &Store, generation: u64, key: JobKey, me: Recipient<JobRead>) {
    let store = store.clone();
    ask::in_background(async move {
        let found = match key {
            JobKey::Job(id) => store.load(LoadJob { id }).await,
            JobKey::Task(id) => store.load(LoadJobOfTask { id }).await,
        };
        me.do_send(JobRead {
            generation,
            key,
            found: readable(found).map(|job| job.map(Box::new)),
        });
    });
}

/// Has the state of a task read; the answer comes as [`TaskRead`].
pub(super) fn read_task(
    store: &Store,
    generation: u64,
    report: u64,
    task: TaskId,
    me: Recipient<TaskRead>,
) {
    let store = store.clone();
    ask::in_background(async move {
        let found = readable(store.load(FindTaskState { id: task }).await);
        let found = found.map(|found| found.map(|(job, row)| LateTask { job, row }));
        me.do_send(TaskRead {
            generation,
            report,
            found,
        });
    });
}

/// A database that cannot be read is trouble that passes; whoever asked may ask again.
fn readable<T>(found: Result<Result<T, StoreError>, AskError>) -> Result<T, AskError> {
    found?.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "cannot read from the database"
        );
        AskError::Recovering
    })
}
