//! From what a person wrote to the job or task that is meant, by asking the Manager what there is.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use farandole_protocol::api::{Job, TaskSummary};
use farandole_protocol::client::{ClientError, ManagerHttp};
use farandole_protocol::ids::{JobId, TaskId};

use crate::error::{CliError, Outcome};
use crate::ids::{self, Mismatch, TaskName};
use crate::table::one_line;
use crate::words::{short, task_name};

/// A foreign Manager's tasks share nothing with their jobs: so many of the newest jobs are searched for one.
const SEARCHED_JOBS: usize = 200;

/// So many candidates are named when a text can mean several.
const NAMED_CANDIDATES: usize = 5;

/// What a person means.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Named {
    /// A job.
    Job(JobId),
    /// A task.
    Task(TaskId),
}

impl Named {
    /// The job, if it is one.
    pub(crate) const fn job(&self) -> Option<JobId> {
        match self {
            Self::Job(id) => Some(*id),
            Self::Task(_) => None,
        }
    }

    /// The task, if it is one.
    pub(crate) const fn task(&self) -> Option<TaskId> {
        match self {
            Self::Job(_) => None,
            Self::Task(id) => Some(*id),
        }
    }
}

/// The job that is meant.
pub(crate) async fn job(manager: &ManagerHttp, text: &str) -> Outcome<JobId> {
    Lookup::new(manager).job(text).await
}

/// The task that is meant.
pub(crate) async fn task(manager: &ManagerHttp, text: &str) -> Outcome<TaskId> {
    Lookup::new(manager).task(text).await
}

/// The job or task that is meant. A beginning that a job shares with its tasks means the job.
pub(crate) async fn job_or_task(manager: &ManagerHttp, text: &str) -> Outcome<Named> {
    Lookup::new(manager).job_or_task(text).await
}

/// The jobs that are meant, each once.
pub(crate) async fn jobs(manager: &ManagerHttp, texts: &[String]) -> Outcome<Vec<JobId>> {
    let mut lookup = Lookup::new(manager);
    let mut jobs = Vec::new();
    for text in texts {
        jobs.push(lookup.job(text).await?);
    }
    Ok(each_once(jobs))
}

/// The jobs and tasks that are meant, each once.
pub(crate) async fn jobs_or_tasks(manager: &ManagerHttp, texts: &[String]) -> Outcome<Vec<Named>> {
    let mut lookup = Lookup::new(manager);
    if texts.len() > 1 {
        // Then no whole id needs a question of its own.
        lookup.jobs().await?;
    }
    let mut named = Vec::new();
    for text in texts {
        named.push(lookup.job_or_task(text).await?);
    }
    Ok(each_once(named))
}

fn each_once<T: Copy + Eq + Hash>(mut things: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    things.retain(|thing| seen.insert(*thing));
    things
}

/// What was asked for so far, so that many ids do not cost many lists.
struct Lookup<'a> {
    manager: &'a ManagerHttp,
    jobs: Option<Vec<Job>>,
    tasks: HashMap<JobId, Vec<TaskSummary>>,
}

impl<'a> Lookup<'a> {
    fn new(manager: &'a ManagerHttp) -> Self {
        Self {
            manager,
            jobs: None,
            tasks: HashMap::new(),
        }
    }

    async fn jobs(&mut self) -> Outcome<&[Job]> {
        let jobs = match self.jobs.take() {
            Some(jobs) => jobs,
            None => self.manager.jobs().await?,
        };
        Ok(self.jobs.insert(jobs))
    }

    async fn tasks(&mut self, job: JobId) -> Outcome<&[TaskSummary]> {
        let tasks = match self.tasks.remove(&job) {
            Some(tasks) => tasks,
            None => self.manager.job_tasks(job).await?,
        };
        Ok(self.tasks.entry(job).or_insert(tasks))
    }

    async fn job(&mut self, text: &str) -> Outcome<JobId> {
        // A whole id needs no list. Whether there is such a job will be seen.
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        if let Ok(TaskName::InJob { job, .. }) = TaskName::parse(text) {
            return Err(CliError::Usage(format!(
                "{text} is a task, and a job is wanted here; its job is {job}"
            )));
        }
        one_of(text, self.jobs().await?)
    }

    async fn task(&mut self, text: &str) -> Outcome<TaskId> {
        match TaskName::parse(text) {
            Ok(TaskName::Whole(id)) => Ok(id),
            Ok(TaskName::InJob { job: name, place }) => {
                let id = self.job(name).await?;
                let tasks = self.tasks(id).await?;
                let found = tasks.iter().find(|task| task.index_in_job == place);
                found.map(|task| task.id).ok_or_else(|| {
                    let (id, last) = (short(id), tasks.len());
                    CliError::Failed(format!(
                        "job {id} has no task {place}, only 1 to {last}; see them with: farandole tasks {id}"
                    ))
                })
            }
            Ok(TaskName::Beginning(beginning)) => {
                let manager = self.manager;
                task_of(manager, beginning, self.jobs().await?).await
            }
            Err(_) => Err(CliError::Usage(format!(
                "{text} is no task; name one by its job and place, such as 8fac/3: farandole tasks JOB lists them"
            ))),
        }
    }

    async fn job_or_task(&mut self, text: &str) -> Outcome<Named> {
        match TaskName::parse(text) {
            Ok(TaskName::Whole(task)) => {
                let job = JobId::from_uuid(*task.as_uuid());
                let is_job = self.is_job(job).await?;
                Ok(if is_job {
                    Named::Job(job)
                } else {
                    Named::Task(task)
                })
            }
            Ok(TaskName::Beginning(beginning)) => self.of_beginning(beginning).await,
            Ok(TaskName::InJob { .. }) => self.task(text).await.map(Named::Task),
            Err(_) => Err(CliError::Usage(format!(
                "{text} is no job and no task; name a job by its id, such as 8fac, a task by its job and place, such as \
                 8fac/3: farandole jobs and farandole tasks JOB list them"
            ))),
        }
    }

    async fn is_job(&self, job: JobId) -> Outcome<bool> {
        if let Some(jobs) = &self.jobs {
            return Ok(jobs.iter().any(|known| known.id == job));
        }
        match self.manager.job(job).await {
            Ok(_) => Ok(true),
            Err(ClientError::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn of_beginning(&mut self, beginning: &str) -> Outcome<Named> {
        let manager = self.manager;
        let jobs = self.jobs().await?;
        let job = match ids::find(beginning, jobs.iter().map(|job| job.id)) {
            Err(Mismatch::Nothing) => {
                return task_of(manager, beginning, jobs).await.map(Named::Task);
            }
            Ok(_) | Err(Mismatch::NotAnId | Mismatch::Several(_)) => one_of(beginning, jobs)?,
        };
        // Only who wants a task writes more than what all tasks have in common.
        if beginning.len() > ids::SHARED {
            let tasks = self.tasks(job).await?;
            if tasks.iter().any(|task| ids::begins(&task.id, beginning)) {
                return Err(CliError::Usage(format!(
                    "{beginning} can be job {job} or a task of it; write more of it, or {}",
                    task_name(job, 1)
                )));
            }
        }
        Ok(Named::Job(job))
    }
}

/// The one job whose id begins so.
fn one_of(beginning: &str, jobs: &[Job]) -> Outcome<JobId> {
    let mismatch = match ids::find(beginning, jobs.iter().map(|job| job.id)) {
        Ok(place) => match jobs.get(place) {
            Some(job) => return Ok(job.id),
            None => Mismatch::Nothing,
        },
        Err(mismatch) => mismatch,
    };
    Err(match mismatch {
        Mismatch::NotAnId => CliError::Usage(format!(
            "{beginning} is no job's id; see them with: farandole jobs"
        )),
        Mismatch::Nothing => CliError::Failed(format!(
            "no job's id begins with {beginning}; see them with: farandole jobs"
        )),
        Mismatch::Several(places) => {
            let name = |job: &Job| format!("{}  {}", job.id, one_line(&job.name));
            ambiguous(
                beginning,
                places.iter().filter_map(|place| jobs.get(*place).map(name)),
            )
        }
    })
}

/// The one task whose id begins so, of any of these jobs.
async fn task_of(manager: &ManagerHttp, beginning: &str, jobs: &[Job]) -> Outcome<TaskId> {
    let (own, others): (Vec<&Job>, Vec<&Job>) = jobs
        .iter()
        .rev()
        .partition(|job| ids::may_have_task(job.id, beginning));
    for group in [own, others] {
        let found = tasks_in(manager, beginning, group).await?;
        match found.as_slice() {
            [] => {}
            [(_, task)] => return Ok(task.id),
            several => {
                let name = |(job, task): &(JobId, TaskSummary)| {
                    format!(
                        "{}  {}",
                        task_name(job, task.index_in_job),
                        one_line(&task.name)
                    )
                };
                return Err(ambiguous(beginning, several.iter().map(name)));
            }
        }
    }
    Err(CliError::Failed(format!(
        "no job's or task's id begins with {beginning}; see them with: farandole jobs, farandole tasks JOB"
    )))
}

async fn tasks_in(
    manager: &ManagerHttp,
    beginning: &str,
    jobs: Vec<&Job>,
) -> Outcome<Vec<(JobId, TaskSummary)>> {
    let mut found = Vec::new();
    for job in jobs.into_iter().take(SEARCHED_JOBS) {
        let tasks = manager.job_tasks(job.id).await?;
        let tasks = tasks
            .into_iter()
            .filter(|task| ids::begins(&task.id, beginning));
        found.extend(tasks.map(|task| (job.id, task)));
    }
    Ok(found)
}

fn ambiguous(text: &str, candidates: impl Iterator<Item = String>) -> CliError {
    let candidates: Vec<String> = candidates.collect();
    let shown: Vec<&str> = candidates
        .iter()
        .take(NAMED_CANDIDATES)
        .map(String::as_str)
        .collect();
    let more = match candidates.len() - shown.len() {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    CliError::Usage(format!(
        "{text} can be any of these; write more of it:\n  {}{more}",
        shown.join("\n  ")
    ))
}
