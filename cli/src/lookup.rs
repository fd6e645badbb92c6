//! From what a person wrote to the job or task that is meant, by asking the Manager what there is.

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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    // A whole id needs no list. Whether there is such a job will be seen.
    match text.parse() {
        Ok(id) => Ok(id),
        Err(_) => one_of(text, &manager.jobs().await?),
    }
}

/// The task that is meant.
pub(crate) async fn task(manager: &ManagerHttp, text: &str) -> Outcome<TaskId> {
    match TaskName::parse(text) {
        Ok(TaskName::Whole(id)) => Ok(id),
        Ok(TaskName::InJob { job: name, place }) => {
            let id = job(manager, name).await?;
            let tasks = manager.job_tasks(id).await?;
            let found = tasks.iter().find(|task| task.index_in_job == place);
            found.map(|task| task.id).ok_or_else(|| {
                let (id, last) = (short(id), tasks.len());
                CliError::Failed(format!(
                    "job {id} has no task {place}, only 1 to {last}; see them with: farandole tasks {id}"
                ))
            })
        }
        Ok(TaskName::Beginning(beginning)) => {
            task_of(manager, beginning, &manager.jobs().await?).await
        }
        Err(_) => Err(CliError::Usage(format!(
            "{text} is no task; name one by its job and place, such as 8fac/3: farandole tasks JOB lists them"
        ))),
    }
}

/// The job or task that is meant. A beginning that a job shares with its tasks means the job.
pub(crate) async fn job_or_task(manager: &ManagerHttp, text: &str) -> Outcome<Named> {
    match TaskName::parse(text) {
        Ok(TaskName::Whole(task)) => {
            let job = JobId::from_uuid(*task.as_uuid());
            match manager.job(job).await {
                Ok(_) => Ok(Named::Job(job)),
                Err(ClientError::Refused { status: 404, .. }) => Ok(Named::Task(task)),
                Err(error) => Err(error.into()),
            }
        }
        Ok(TaskName::Beginning(beginning)) => of_beginning(manager, beginning).await,
        Ok(TaskName::InJob { .. }) | Err(_) => task(manager, text).await.map(Named::Task),
    }
}

async fn of_beginning(manager: &ManagerHttp, beginning: &str) -> Outcome<Named> {
    let jobs = manager.jobs().await?;
    match ids::find(beginning, jobs.iter().map(|job| job.id)) {
        Err(Mismatch::Nothing) => task_of(manager, beginning, &jobs).await.map(Named::Task),
        // Only who wants a task writes more than what all tasks have in common.
        Ok(_) if beginning.len() > ids::SHARED => {
            let job = one_of(beginning, &jobs)?;
            let tasks = manager.job_tasks(job).await?;
            if tasks.iter().any(|task| ids::begins(&task.id, beginning)) {
                return Err(CliError::Usage(format!(
                    "{beginning} can be job {job} or a task of it; write more of it, or {}",
                    task_name(job, 1)
                )));
            }
            Ok(Named::Job(job))
        }
        _ => one_of(beginning, &jobs).map(Named::Job),
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
