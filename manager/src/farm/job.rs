//! A job in memory: its tasks, their dependencies, and which of them are ready. Pure.
//!
//! These methods keep the job consistent with itself. What a change means for Workers, for the job's own state and
//! for the world is decided in [`turn`](super::turn).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use farandole_protocol::ids::{JobId, TagId, TaskId};
use farandole_protocol::status::{JobStatus, TaskStatus};
use farandole_protocol::time::Timestamp;
use fixedbitset::FixedBitSet;

use super::image::{JobImage, TaskImage};
use super::keys::{JobNo, TaskKey, WorkerNo};
use super::lanes::{Slot, TypeNo};
use super::status_sets::StatusSets;
use super::task_status::is_schedulable;
use super::write::{AttemptEnd, JobRow, TaskRow};

/// A task type by its place in the job's own list of types.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Kind(pub(super) u16);

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
    /// When it last changed.
    pub updated: Timestamp,
    /// Set once its deletion was asked for; no task is handed out from then on.
    pub delete_requested: Option<Timestamp>,
    /// Sum over its tasks.
    pub steps_completed: i64,
    /// Sum over its tasks.
    pub steps_total: i64,
    /// Who failed which task.
    pub failures: BTreeMap<u32, BTreeSet<WorkerNo>>,
    /// Who gets no more tasks of which type.
    pub blocks: BTreeSet<(WorkerNo, Kind)>,
    /// Counts changes, so that the shell can tell whether the job changed since it last looked.
    pub version: u64,
    /// The task types that occur, by [`Kind`].
    pub type_names: Vec<String>,
    /// The same types by the farm's numbers; filled when the farm takes the job in.
    pub(super) types: Vec<TypeNo>,
    /// Where the job stands in the farm's lanes, by type.
    pub(super) slots: BTreeMap<Kind, Slot>,
    tasks: Vec<Task>,
    states: StatusSets,
    ready: BTreeMap<Kind, BTreeMap<Reverse<i32>, FixedBitSet>>,
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
    /// What its Worker says, or why it has its state.
    pub activity: Box<str>,
    /// The tasks that wait for this one.
    pub dependents: Box<[u32]>,
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
            failures,
            blocks,
        } = image;
        let mut types = TypeNames::default();
        let states = StatusSets::new(tasks.iter().map(|task| task.state.status));
        let dependents = dependents_of(&tasks);
        let tasks = tasks
            .into_iter()
            .zip(dependents)
            .map(|(image, dependents)| Task::from_image(image, dependents, &mut types))
            .collect();
        let blocks = blocks
            .into_iter()
            .map(|(worker, name)| (worker, types.kind(name)))
            .collect();
        let mut failed_by = BTreeMap::<u32, BTreeSet<WorkerNo>>::new();
        for (index, worker) in failures {
            failed_by.entry(index).or_default().insert(worker);
        }
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
            delete_requested: row.delete_requested,
            steps_completed: 0,
            steps_total: 0,
            failures: failed_by,
            blocks,
            version: 0,
            type_names: types.names,
            types: Vec::new(),
            slots: BTreeMap::new(),
            tasks,
            states,
            ready: BTreeMap::new(),
        };
        job.steps_total = job.tasks.iter().map(|task| task.steps_total).sum();
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
            steps_completed: task.steps_completed,
            activity: task.activity.to_string(),
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
        TaskId::of_job(self.id, index)
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

    /// The tasks in this state, by index.
    pub fn tasks_in(&self, status: TaskStatus) -> impl Iterator<Item = u32> {
        self.states.iter(status)
    }

    /// The name of a task type.
    pub fn type_name(&self, kind: Kind) -> &str {
        self.type_names
            .get(usize::from(kind.0))
            .map_or("", String::as_str)
    }

    /// All kinds of tasks that occur.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, TypeNo)> {
        (0..).map(Kind).zip(self.types.iter().copied())
    }

    /// The kind that has this number in the farm.
    pub(super) fn kind_of(&self, type_no: TypeNo) -> Option<Kind> {
        self.kinds()
            .find(|(_, no)| *no == type_no)
            .map(|(kind, _)| kind)
    }

    /// Whether some task waits for a Worker and for nothing else.
    pub fn has_ready(&self) -> bool {
        self.ready.values().any(|lanes| !lanes.is_empty())
    }

    /// The highest priority among the ready tasks of this kind.
    pub(super) fn best_ready(&self, kind: Kind) -> Option<i32> {
        self.ready
            .get(&kind)?
            .keys()
            .next()
            .map(|priority| priority.0)
    }

    /// The ready tasks of this kind, best first.
    pub(super) fn ready_tasks(&self, kind: Kind) -> impl Iterator<Item = (i32, u32)> {
        self.ready
            .get(&kind)
            .into_iter()
            .flatten()
            .flat_map(|(priority, set)| {
                set.ones()
                    .filter_map(|index| Some((priority.0, u32::try_from(index).ok()?)))
            })
    }

    /// Whether this Worker failed this task before.
    pub fn failed_by(&self, index: u32, worker: WorkerNo) -> bool {
        self.failures
            .get(&index)
            .is_some_and(|workers| workers.contains(&worker))
    }

    /// How many tasks of this kind this Worker has failed.
    pub fn failures_of(&self, worker: WorkerNo, kind: Kind) -> usize {
        let of_kind = |index: u32| self.task(index).is_some_and(|task| task.kind == kind);
        self.failures
            .iter()
            .filter(|(index, by)| by.contains(&worker) && of_kind(**index))
            .count()
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

    /// Gives a task a state, with all that follows from it inside the job: steps, dependents, readiness.
    pub(super) fn set_task_status(&mut self, index: u32, to: TaskStatus) {
        let Some(from) = self.task_status(index) else {
            return;
        };
        self.states.change(index, from, to);
        let Some(task) = self.task_mut(index) else {
            return;
        };
        let steps = match to {
            TaskStatus::Completed => task.steps_total,
            TaskStatus::Queued => 0,
            TaskStatus::Active
            | TaskStatus::Canceled
            | TaskStatus::Failed
            | TaskStatus::SoftFailed
            | TaskStatus::Paused => task.steps_completed,
        };
        let done_before = std::mem::replace(&mut task.steps_completed, steps);
        self.steps_completed += steps - done_before;
        if (from == TaskStatus::Completed) != (to == TaskStatus::Completed) {
            self.tell_dependents(index, to == TaskStatus::Completed);
        }
        self.update_ready(index);
    }

    /// Sets the steps that a task has done, at most as many as it has. Says whether that changed anything.
    pub(super) fn set_steps(&mut self, index: u32, steps: i64) -> bool {
        let Some(task) = self.task_mut(index) else {
            return false;
        };
        let steps = steps.clamp(0, task.steps_total);
        let before = std::mem::replace(&mut task.steps_completed, steps);
        self.steps_completed += steps - before;
        steps != before
    }

    /// Gives all tasks in some states another state at once.
    pub(super) fn change_all(&mut self, from: &[TaskStatus], to: TaskStatus) {
        for status in from {
            self.states.change_all(*status, to);
        }
        if to == TaskStatus::Queued {
            let requeued: Vec<u32> = self.states.iter(TaskStatus::Queued).collect();
            for index in requeued {
                if let Some(task) = self.task_mut(index) {
                    task.steps_completed = 0;
                }
            }
            self.recount();
        } else {
            // Nothing that waits for a Worker stays ready unless it kept its state.
            self.ready.clear();
            let waiting: Vec<u32> = [TaskStatus::Queued, TaskStatus::SoftFailed]
                .into_iter()
                .flat_map(|status| self.states.iter(status))
                .collect();
            for index in waiting {
                self.update_ready(index);
            }
        }
    }

    /// The completed tasks that depend on this one, directly or through others, ascending.
    pub(super) fn completed_dependents(&self, index: u32) -> Vec<u32> {
        let mut found = BTreeSet::new();
        let mut open = vec![index];
        while let Some(next) = open.pop() {
            for dependent in self
                .task(next)
                .map(|task| &task.dependents)
                .into_iter()
                .flatten()
            {
                if self.task_status(*dependent) == Some(TaskStatus::Completed)
                    && found.insert(*dependent)
                {
                    open.push(*dependent);
                }
            }
        }
        found.into_iter().collect()
    }

    /// Counts steps, unfinished dependencies and ready tasks anew.
    fn recount(&mut self) {
        self.steps_completed = self.tasks.iter().map(|task| task.steps_completed).sum();
        let mut unfinished = vec![0_u32; self.tasks.len()];
        for (index, task) in (1..).zip(&self.tasks) {
            if self.states.get(index) != Some(TaskStatus::Completed) {
                for dependent in &task.dependents {
                    if let Some(count) =
                        place(*dependent).and_then(|place| unfinished.get_mut(place))
                    {
                        *count += 1;
                    }
                }
            }
        }
        for (task, count) in self.tasks.iter_mut().zip(unfinished) {
            task.unfinished = count;
        }
        self.ready.clear();
        for (index, _) in (1..).zip(0..self.tasks.len()) {
            self.update_ready(index);
        }
    }

    fn tell_dependents(&mut self, index: u32, completed: bool) {
        let dependents = self
            .task(index)
            .map(|task| task.dependents.clone())
            .unwrap_or_default();
        for dependent in dependents {
            if let Some(task) = self.task_mut(dependent) {
                task.unfinished = if completed {
                    task.unfinished.saturating_sub(1)
                } else {
                    task.unfinished + 1
                };
            }
            self.update_ready(dependent);
        }
    }

    /// Puts a task among the ready ones, or takes it away from there.
    fn update_ready(&mut self, index: u32) {
        let (Some(task), Some(status)) = (self.task(index), self.task_status(index)) else {
            return;
        };
        let (kind, priority) = (task.kind, Reverse(task.priority));
        if is_schedulable(status) && task.unfinished == 0 {
            let bits = self.tasks.len() + 1;
            self.ready
                .entry(kind)
                .or_default()
                .entry(priority)
                .or_insert_with(|| FixedBitSet::with_capacity(bits))
                .insert(index as usize);
        } else if let Some(lanes) = self.ready.get_mut(&kind)
            && let Some(set) = lanes.get_mut(&priority)
            && set.contains(index as usize)
        {
            set.remove(index as usize);
            if set.is_clear() {
                lanes.remove(&priority);
            }
        }
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
            steps_total: image.steps_total,
            activity: image.state.activity.into(),
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

/// Where the task with a 1-based index lies in the list of tasks.
fn place(index: u32) -> Option<usize> {
    (index as usize).checked_sub(1)
}

/// The task types of a job, each with a small number.
#[derive(Default)]
struct TypeNames {
    names: Vec<String>,
    kinds: BTreeMap<String, Kind>,
}

impl TypeNames {
    /// The number of a type. More than 65,535 types in one job share the last number; JobIntake lets none through.
    fn kind(&mut self, name: String) -> Kind {
        if let Some(kind) = self.kinds.get(&name) {
            return *kind;
        }
        let kind = Kind(u16::try_from(self.names.len()).unwrap_or(u16::MAX));
        self.names.push(name.clone());
        self.kinds.insert(name, kind);
        kind
    }
}
