//! A job in memory: its tasks, their dependencies, and which of them are ready. Pure.
//!
//! How it changes is in `job_changes.rs`; what a change means for Workers, for the job's own state and for the world
//! is decided in [`turn`](super::turn).

use std::collections::BTreeMap;

use farandole_protocol::api::FindingClass;
use farandole_protocol::ids::{JobId, TagId, TaskId};
use farandole_protocol::status::{JobStatus, TaskStatus};
use farandole_protocol::time::Timestamp;
use fixedbitset::FixedBitSet;

use super::activities::Activities;
use super::findings::Findings;
use super::image::{JobImage, TaskImage};
use super::keys::{JobNo, TaskKey, WorkerNo};
use super::lanes::{Slot, TypeNo};
use super::ready::Ready;
use super::status_sets::StatusSets;
use super::track_record::TrackRecord;
use super::write::{AttemptEnd, JobRow, TaskRow};

/// A task type by its place in the job's own list of types.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Kind(pub(super) u32);

impl Kind {
    /// Its place in the list.
    pub(super) fn place(self) -> usize {
        self.0 as usize
    }
}

/// A job and its tasks.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number.
    pub no: JobNo,
    /// Its public id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Its job type.
    pub job_type: String,
    /// When it was submitted.
    pub created: Timestamp,
    /// Its state.
    pub status: JobStatus,
    /// Why it has this state.
    pub activity: String,
    /// Higher is earlier.
    pub priority: i32,
    /// Only Workers with this tag may work on it.
    pub tag: Option<TagId>,
    /// When it last changed, as it is told.
    pub updated: Timestamp,
    /// When it or one of its tasks last changed: the time of the next change is later.
    pub changed: Timestamp,
    /// Set once its deletion was asked for; no task is handed out from then on.
    pub delete_requested: Option<Timestamp>,
    /// Sum over its tasks.
    pub steps_completed: i64,
    /// Sum over its tasks.
    pub steps_total: i64,
    /// Who failed which task, and who gets no more of them.
    pub record: TrackRecord,
    /// The findings that are warnings of this job instead of failures.
    pub allow: Box<[FindingClass]>,
    /// Whether whole frames that exist already count as rendered, although this job did not render them.
    pub keep_existing: bool,
    /// The warnings about its outputs.
    pub findings: Findings,
    /// Counts changes, so that the shell can tell whether the job changed since it last looked.
    pub version: u64,
    /// The task types that occur, by [`Kind`].
    pub type_names: Vec<String>,
    /// The same types by the farm's numbers; filled when the farm takes the job in.
    pub(super) types: Vec<TypeNo>,
    /// Where the job stands in the farm's lanes, by type; as long as `types`.
    pub(super) slots: Vec<Option<Slot>>,
    pub(super) tasks: Vec<Task>,
    /// The ids of its tasks if it was imported; else empty.
    pub(super) task_ids: Box<[TaskId]>,
    pub(super) states: StatusSets,
    pub(super) activities: Activities,
    pub(super) ready: Ready,
    /// The tasks without which the job can complete.
    optional: FixedBitSet,
}

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub kind: Kind,
    /// Higher is earlier within the job.
    pub priority: i32,
    /// Who was given it last.
    pub worker: Option<WorkerNo>,
    /// Number of its latest attempt.
    pub attempt: u32,
    /// How its latest attempt ended; `None` while one runs.
    pub ended: Option<AttemptEnd>,
    /// Steps done.
    pub steps_completed: i64,
    /// Steps in all.
    pub steps_total: i64,
    /// The tasks that wait for this one.
    pub(super) dependents: Box<[u32]>,
    /// How many tasks it still waits for.
    pub unfinished: u32,
}

impl Job {
    /// The job that the image shows.
    pub fn from_image(image: JobImage) -> Self {
        let JobImage {
            id,
            name,
            job_type,
            created,
            row,
            tasks,
            task_ids,
            failures,
            blocks,
            allow,
            findings: found,
        } = image;
        let mut types = TypeNames::default();
        let states = StatusSets::new(tasks.iter().map(|task| task.state.status));
        let dependents = dependents_of(&tasks);
        let optional = optional_of(&tasks);
        let mut texts = Vec::with_capacity(tasks.len());
        let changed =
            (tasks.iter().map(|task| task.state.updated)).fold(row.updated, Timestamp::max);
        let lost: Vec<(u32, u32)> = (1..)
            .zip(&tasks)
            .map(|(index, task)| (index, task.state.lost))
            .collect();
        let tasks: Vec<Task> = tasks
            .into_iter()
            .zip(dependents)
            .map(|(mut image, dependents)| {
                texts.push(std::mem::take(&mut image.state.activity).into());
                Task::from_image(image, dependents, &mut types)
            })
            .collect();
        let mut record = TrackRecord::default();
        for (index, worker) in failures {
            if let Some(task) = place(index).and_then(|place| tasks.get(place)) {
                record.add_failure(index, task.kind, worker);
            }
        }
        for (index, count) in lost {
            record.set_losses(index, count);
        }
        for block in blocks {
            record.block(block.worker, block.id, types.kind(block.task_type));
        }
        let mut findings = Findings::default();
        for row in found {
            findings.add(row.key.index, row.class, row.count, &row.line);
        }
        let ready = Ready::new(&tasks, types.names.len());
        let mut job = Self {
            no: row.no,
            id,
            name,
            job_type,
            created,
            status: row.status,
            activity: row.activity,
            priority: row.priority,
            tag: row.tag,
            updated: row.updated,
            changed,
            delete_requested: row.delete_requested,
            steps_completed: 0,
            steps_total: 0,
            record,
            allow: allow.into(),
            keep_existing: row.keep_existing,
            findings,
            version: 0,
            type_names: types.names,
            types: Vec::new(),
            slots: Vec::new(),
            tasks,
            task_ids: task_ids.into(),
            states,
            activities: Activities::new(texts.into_iter()),
            ready,
            optional,
        };
        job.recount();
        job
    }

    /// The changeable part, as the store keeps it.
    pub fn row(&self) -> JobRow {
        JobRow {
            no: self.no,
            status: self.status,
            activity: self.activity.clone(),
            priority: self.priority,
            tag: self.tag,
            updated: self.updated,
            steps_completed: self.steps_completed,
            delete_requested: self.delete_requested,
            keep_existing: self.keep_existing,
            findings: self.findings.summary(),
        }
    }

    /// The changeable part of a task, as the store keeps it.
    pub fn task_row(
        &self,
        index: u32,
        updated: Timestamp,
        touched: Option<Timestamp>,
    ) -> Option<TaskRow> {
        let task = self.task(index)?;
        Some(TaskRow {
            key: self.key(index),
            status: self.task_status(index)?,
            worker: task.worker,
            attempt: task.attempt,
            ended: task.ended,
            lost: self.record.losses_of_task(index),
            steps_completed: task.steps_completed,
            activity: self.activity_of(index).to_owned(),
            updated,
            touched,
        })
    }

    /// The key of the task with this index.
    pub fn key(&self, index: u32) -> TaskKey {
        TaskKey {
            job: self.no,
            index,
        }
    }

    /// The public id of the task with this index.
    pub fn task_id(&self, index: u32) -> TaskId {
        let imported = place(index).and_then(|place| self.task_ids.get(place));
        imported
            .copied()
            .unwrap_or_else(|| TaskId::of_job(self.id, index))
    }

    /// The task with this 1-based index.
    pub fn task(&self, index: u32) -> Option<&Task> {
        self.tasks.get(place(index)?)
    }

    pub(super) fn task_mut(&mut self, index: u32) -> Option<&mut Task> {
        self.tasks.get_mut(place(index)?)
    }

    /// The state of the task with this index.
    pub fn task_status(&self, index: u32) -> Option<TaskStatus> {
        self.states.get(index)
    }

    /// How many tasks it has.
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }

    /// How many of its tasks are in this state.
    pub fn count(&self, status: TaskStatus) -> usize {
        self.states.count(status)
    }

    /// Whether the job completes although this task has failed.
    pub fn is_optional(&self, index: u32) -> bool {
        self.optional.contains(index as usize)
    }

    /// How many of its tasks have failed, without the optional ones.
    pub fn count_failed(&self) -> usize {
        self.count(TaskStatus::Failed) - self.count_failed_optional()
    }

    /// How many tasks the job cannot complete without.
    pub fn count_mandatory(&self) -> usize {
        self.task_count() - self.optional.count_ones(..)
    }

    /// Whether nothing is left to be done: all tasks are completed, except for optional ones that have failed.
    pub fn is_done(&self) -> bool {
        self.count_done() == self.task_count()
    }

    /// How many tasks are completed, or are optional and have failed.
    pub fn count_done(&self) -> usize {
        self.count(TaskStatus::Completed) + self.count_failed_optional()
    }

    fn count_failed_optional(&self) -> usize {
        if self.optional.is_clear() {
            return 0;
        }
        self.states.count_among(TaskStatus::Failed, &self.optional)
    }

    /// The tasks in this state, by index.
    pub fn tasks_in(&self, status: TaskStatus) -> impl Iterator<Item = u32> {
        self.states.iter(status)
    }

    /// The name of a task type.
    pub fn type_name(&self, kind: Kind) -> &str {
        self.type_names.get(kind.place()).map_or("", String::as_str)
    }

    /// All kinds of tasks that occur, each with its number in the farm.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, TypeNo)> {
        (0..).map(Kind).zip(self.types.iter().copied())
    }

    /// The kind that has this number in the farm.
    pub(super) fn kind_of(&self, type_no: TypeNo) -> Option<Kind> {
        self.kinds()
            .find(|(_, no)| *no == type_no)
            .map(|(kind, _)| kind)
    }

    /// What a task says of itself, or why it has its state.
    pub fn activity_of(&self, index: u32) -> &str {
        self.activities.get(index)
    }

    /// Whether some task waits for a Worker and for nothing else.
    pub fn has_ready(&self) -> bool {
        self.ready.any()
    }

    /// The highest priority among the ready tasks of this kind.
    pub(super) fn best_ready(&self, kind: Kind) -> Option<i32> {
        self.task(self.ready.best(kind)?).map(|task| task.priority)
    }

    /// The ready tasks of this kind, best first.
    pub(super) fn ready_tasks(&self, kind: Kind) -> impl Iterator<Item = u32> {
        self.ready.of_kind(kind)
    }

    /// The unfinished tasks that this task waits for.
    pub fn waits_for(&self, index: u32) -> Vec<u32> {
        (1..)
            .zip(&self.tasks)
            .filter(|(_, task)| task.dependents.contains(&index))
            .map(|(dependency, _)| dependency)
            .filter(|dependency| self.task_status(*dependency) != Some(TaskStatus::Completed))
            .collect()
    }
}

impl Task {
    fn from_image(image: TaskImage, dependents: Vec<u32>, types: &mut TypeNames) -> Self {
        Self {
            name: image.name.into(),
            kind: types.kind(image.task_type),
            priority: image.priority,
            worker: image.state.worker,
            attempt: image.state.attempt,
            ended: image.state.ended,
            steps_completed: image.state.steps_completed,
            steps_total: image.steps_total.max(0),
            dependents: dependents.into(),
            unfinished: 0,
        }
    }
}

/// Who waits for each task.
fn dependents_of(tasks: &[TaskImage]) -> Vec<Vec<u32>> {
    let mut dependents = vec![Vec::new(); tasks.len()];
    for (index, task) in (1..).zip(tasks) {
        for dependency in &task.dependencies {
            if let Some(waiting) = place(*dependency).and_then(|place| dependents.get_mut(place)) {
                waiting.push(index);
            }
        }
    }
    dependents
}

/// The optional tasks, by index; without room for any if there are none, as in most jobs.
fn optional_of(tasks: &[TaskImage]) -> FixedBitSet {
    if !tasks.iter().any(|task| task.optional) {
        return FixedBitSet::new();
    }
    let mut optional = FixedBitSet::with_capacity(tasks.len() + 1);
    for (index, task) in (1..).zip(tasks) {
        optional.set(index, task.optional);
    }
    optional
}

/// Where the task with a 1-based index lies in the list of tasks.
pub(super) fn place(index: u32) -> Option<usize> {
    (index as usize).checked_sub(1)
}

/// The task types of a job, each with a small number.
#[derive(Default)]
struct TypeNames {
    names: Vec<String>,
    kinds: BTreeMap<String, Kind>,
}

impl TypeNames {
    /// The number of a type, given at first sight. There are no more types than tasks, whose number fits.
    fn kind(&mut self, name: String) -> Kind {
        if let Some(kind) = self.kinds.get(&name) {
            return *kind;
        }
        let kind = Kind(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(name.clone());
        self.kinds.insert(name, kind);
        kind
    }
}
