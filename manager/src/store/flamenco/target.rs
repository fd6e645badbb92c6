//! Jobs and tasks on their way from a Flamenco Manager's database into ours.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use diesel::prelude::*;
use farandole_protocol::api::{Command, FindingClass, JobMetadata, JobSettings};
use farandole_protocol::ids::{JobId, TagId, TaskId};
use farandole_protocol::status::TaskStatus;
use farandole_protocol::time::{Timestamp, now};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::rows::{BlockRow, JobRow as SourceJob, TaskRow as SourceTask};
use super::rules::{self, TaskState};
use super::source::Source;
use super::workers::Workers;
use super::{ImportError, Imported};
use crate::farm::keys::{JobNo, TaskKey, WorkerNo};
use crate::farm::write::{JobRow, TaskRow, Write};
use crate::store::commit::carry_out;
use crate::store::connection::{self, Connection};
use crate::store::query::Query;
use crate::store::schema::{imported_tasks, jobs, workers};
use crate::store::{BeginJob, NewTask, SetLastRenderedJob, StoreTasks};

/// Refuses a database that a Manager works with.
pub(super) fn claim(conn: &mut Connection, database: &Path) -> Result<(), ImportError> {
    connection::claim(conn).map_err(|_| ImportError::InUse(database.to_owned()))
}

pub(super) fn take_over(
    conn: &mut Connection,
    database: &Path,
    source: &mut Source,
    merge: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Imported, ImportError> {
    if !merge {
        must_be_empty(conn, database)?;
    }
    let now = now();
    let mut imported = Imported::default();
    let workers = Workers::take_over(conn, source, now, &mut imported)?;
    workers.take_over_schedules(conn, source, &mut imported)?;
    let tags = workers.take_over_tags(conn, source, &mut imported)?;
    let all = source.count_tasks()?;
    let mut jobs = Jobs {
        now,
        tags,
        workers,
        last_tasks: HashMap::new(),
        taken: HashMap::new(),
        imported,
    };
    for job in source.jobs()? {
        jobs.take_over(conn, source, job)?;
        progress(jobs.imported.tasks, all);
    }
    if let Some(id) = source
        .last_rendered()?
        .and_then(|job| jobs.taken.get(&job).copied())
    {
        SetLastRenderedJob { id }.run(conn)?;
    }
    let Jobs {
        workers,
        last_tasks,
        imported,
        ..
    } = jobs;
    workers.finish(conn, &last_tasks)?;
    Ok(imported)
}

fn must_be_empty(conn: &mut Connection, database: &Path) -> Result<(), ImportError> {
    let jobs: i64 = jobs::table.count().get_result(conn)?;
    let workers: i64 = workers::table.count().get_result(conn)?;
    if jobs + workers == 0 {
        return Ok(());
    }
    Err(ImportError::NotEmpty {
        path: database.to_owned(),
        jobs,
        workers,
    })
}

/// The jobs on their way.
struct Jobs {
    now: Timestamp,
    tags: HashMap<i64, TagId>,
    workers: Workers,
    last_tasks: HashMap<WorkerNo, (Timestamp, TaskKey)>,
    taken: HashMap<i64, JobId>,
    imported: Imported,
}

/// A job that can be stored.
struct Draft {
    begin: BeginJob,
    row: JobRow,
    tasks: Vec<DraftTask>,
}

struct DraftTask {
    id: TaskId,
    new: NewTask,
    row: TaskRow,
    /// Its number in the source.
    source: i64,
}

/// A command as it stands there.
#[derive(Deserialize)]
struct SourceCommand {
    name: String,
    parameters: Option<Map<String, Value>>,
    /// Before Flamenco 3.9 no command said that.
    #[serde(default)]
    total_step_count: i64,
}

impl From<SourceCommand> for Command {
    fn from(source: SourceCommand) -> Self {
        Self {
            name: source.name,
            parameters: source.parameters.unwrap_or_default(),
            total_step_count: source.total_step_count,
        }
    }
}

impl Jobs {
    fn take_over(
        &mut self,
        conn: &mut Connection,
        source: &mut Source,
        job: SourceJob,
    ) -> Result<(), ImportError> {
        let (number, name) = (job.id, job.name.clone());
        let here: i64 = jobs::table
            .filter(jobs::id.eq(&job.uuid))
            .count()
            .get_result(conn)?;
        if here > 0 {
            self.imported.here_already += 1;
            return Ok(());
        }
        let tasks = source.tasks(number)?;
        let dependencies = source.dependencies(number)?;
        let pairs = dependencies.iter().map(|pair| (pair.one, pair.other));
        match self.draft(job, tasks, &pairs.collect::<Vec<_>>()) {
            Ok(draft) => self.store(conn, source, number, draft),
            Err(reason) => {
                let text = format!("job {name:?} is left out: {reason}");
                self.imported.warnings.push(text);
                Ok(())
            }
        }
    }

    /// The job as it will be here, or why it cannot be taken over.
    fn draft(
        &self,
        job: SourceJob,
        tasks: Vec<SourceTask>,
        dependencies: &[(i64, i64)],
    ) -> Result<Draft, String> {
        let id: JobId = job
            .uuid
            .parse()
            .map_err(|_| format!("its id {:?} is none", job.uuid))?;
        let status = job
            .status
            .parse()
            .map_err(|_| format!("nobody knows the state {:?}", job.status))?;
        let time = |text: &Option<String>| text.as_deref().and_then(rules::time);
        let created = time(&job.created).unwrap_or(self.now);
        let updated = time(&job.updated).unwrap_or(created);
        let settings: Option<JobSettings> = json(job.settings.as_deref(), "settings")?;
        let metadata: Option<JobMetadata> = json(job.metadata.as_deref(), "metadata")?;

        let mut drafts = states(&tasks, dependencies)?;
        let status = rules::settle(status, &mut drafts)
            .ok_or("it was still being made when its Manager ended")?;
        let tasks: Vec<DraftTask> = tasks
            .into_iter()
            .zip(drafts)
            .zip(1..)
            .map(|((task, state), index)| self.draft_task(task, state, index, updated))
            .collect::<Result<_, String>>()?;
        let begin = BeginJob {
            id,
            name: job.name,
            job_type: job.job_type,
            priority: small(job.priority),
            settings: settings.unwrap_or_default(),
            metadata: metadata.unwrap_or_default(),
            shaman_checkout_id: Some(job.checkout).filter(|checkout| !checkout.is_empty()),
            tag: job.tag.and_then(|tag| self.tags.get(&tag).copied()),
            created,
            steps_total: tasks.iter().map(|task| task.new.steps_total).sum(),
            allow: vec![FindingClass::MissingFiles],
            keep_existing: false,
        };
        let row = JobRow {
            no: JobNo(0),
            status,
            activity: job.activity,
            priority: begin.priority,
            tag: begin.tag,
            updated,
            steps_completed: tasks.iter().map(|task| task.row.steps_completed).sum(),
            delete_requested: time(&job.doomed),
            findings: Vec::new(),
            keep_existing: false,
        };
        Ok(Draft { begin, row, tasks })
    }

    fn draft_task(
        &self,
        task: SourceTask,
        state: TaskState,
        index: u32,
        job_updated: Timestamp,
    ) -> Result<DraftTask, String> {
        let id: TaskId = task
            .uuid
            .parse()
            .map_err(|_| format!("the id {:?} of a task is none", task.uuid))?;
        let commands: Option<Vec<SourceCommand>> = json(task.commands.as_deref(), "commands")?;
        let commands = commands.unwrap_or_default().into_iter();
        let commands: Vec<Command> = commands.map(Command::from).collect();
        let steps = |command: &Command| command.total_step_count.max(1);
        let steps_total = commands.iter().map(steps).sum();
        let steps_completed = match state.status {
            TaskStatus::Completed => steps_total,
            TaskStatus::Queued => 0,
            TaskStatus::Active
            | TaskStatus::Canceled
            | TaskStatus::Failed
            | TaskStatus::SoftFailed
            | TaskStatus::Paused => task.steps_completed.clamp(0, steps_total),
        };
        let places = state.waits_for.iter();
        let row = TaskRow {
            // Known only when the job is stored.
            key: TaskKey {
                job: JobNo(0),
                index,
            },
            status: state.status,
            worker: task.worker.and_then(|worker| self.workers.number(worker)),
            attempt: 0,
            ended: None,
            steps_completed,
            activity: task.activity,
            updated: task
                .updated
                .as_deref()
                .and_then(rules::time)
                .unwrap_or(job_updated),
            touched: task.touched.as_deref().and_then(rules::time),
            lost: 0,
        };
        let new = NewTask {
            name: task.name,
            task_type: task.task_type,
            priority: small(task.priority),
            commands,
            dependencies: places
                .filter_map(|place| u32::try_from(place + 1).ok())
                .collect(),
            steps_total,
            optional: false,
        };
        Ok(DraftTask {
            id,
            new,
            row,
            source: task.id,
        })
    }

    fn store(
        &mut self,
        conn: &mut Connection,
        source: &mut Source,
        number: i64,
        draft: Draft,
    ) -> Result<(), ImportError> {
        let Draft {
            begin,
            mut row,
            tasks,
        } = draft;
        let (id, created) = (begin.id, begin.created);
        let no = begin.run(conn)?;
        row.no = no;
        let mut writes = vec![Write::JobReleased(no), Write::Job(row)];
        let mut keys = HashMap::with_capacity(tasks.len());
        let mut new = Vec::with_capacity(tasks.len());
        for task in tasks {
            let key = TaskKey {
                job: no,
                ..task.row.key
            };
            keys.insert(task.source, key);
            diesel::insert_into(imported_tasks::table)
                .values((
                    imported_tasks::key.eq(key.pack()),
                    imported_tasks::id.eq(task.id.to_string()),
                ))
                .execute(conn)?;
            if let Some(worker) = task.row.worker {
                let newest = self.last_tasks.entry(worker);
                let newest = newest.or_insert((task.row.updated, key));
                *newest = (*newest).max((task.row.updated, key));
            }
            writes.push(Write::Task(TaskRow { key, ..task.row }));
            new.push(task.new);
        }
        self.imported.tasks += new.len() as u64;
        StoreTasks {
            job: no,
            first_index: 1,
            tasks: new,
            created,
        }
        .run(conn)?;
        for pair in source.failures(number)? {
            let (key, worker) = (keys.get(&pair.one), self.workers.number(pair.other));
            if let (Some(key), Some(worker)) = (key, worker) {
                writes.push(Write::Failure(*key, worker));
            }
        }
        writes.extend(self.blocks(source.blocks(number)?, no));
        carry_out(conn, writes)?;
        self.taken.insert(number, id);
        self.imported.jobs.push(id);
        Ok(())
    }

    /// Who gets no more tasks of a job.
    fn blocks(&mut self, rows: Vec<BlockRow>, no: JobNo) -> Vec<Write> {
        let block = |row: BlockRow| {
            let worker = self.workers.number(row.worker)?;
            Some(Write::Block(no, worker, row.task_type))
        };
        let blocks: Vec<Write> = rows.into_iter().filter_map(block).collect();
        self.imported.blocks += blocks.len() as u64;
        blocks
    }
}

/// The states of a job's tasks, and what each waits for.
fn states(tasks: &[SourceTask], dependencies: &[(i64, i64)]) -> Result<Vec<TaskState>, String> {
    let places: HashMap<i64, usize> = tasks.iter().map(|task| task.id).zip(0..).collect();
    let mut waits_for = HashMap::<i64, HashSet<usize>>::new();
    for (task, dependency) in dependencies {
        if let Some(place) = places.get(dependency) {
            waits_for.entry(*task).or_default().insert(*place);
        }
    }
    let mut state = |task: &SourceTask| {
        let status = task.status.parse().map_err(|_| {
            format!(
                "nobody knows the state {:?} of task {:?}",
                task.status, task.name
            )
        })?;
        let mut waits_for: Vec<usize> = waits_for.remove(&task.id).into_iter().flatten().collect();
        waits_for.sort_unstable();
        Ok(TaskState { status, waits_for })
    };
    tasks.iter().map(&mut state).collect()
}

/// What JSON says; nothing if there is none, or null.
fn json<T: serde::de::DeserializeOwned>(
    text: Option<&str>,
    what: &str,
) -> Result<Option<T>, String> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| format!("its {what} cannot be read: {error}")),
    }
}

/// Priorities there are small whole numbers.
fn small(priority: i64) -> i32 {
    i32::try_from(priority).unwrap_or(50)
}
