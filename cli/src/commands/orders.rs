//! Orders to jobs and tasks: cancel, pause, queue again, another priority.

use farandole_protocol::api::{JobStatusChange, TaskStatusChange};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::status::{JobStatus, TaskStatus};
use futures_util::{StreamExt as _, stream};

use super::bulk;
use super::deed::{AT_ONCE, Deed};
use super::other_version::refuse_for_flamenco;
use crate::args::{Order, Priority, Requeue};
use crate::consent;
use crate::error::{CliError, Outcome};
use crate::lookup::{self, Named};
use crate::output::{Output, complain, print, print_json};
use crate::table::one_line;
use crate::words::{count, short, task_name};

/// What is asked for: the state of a job and of a task, and whether frames that exist are rendered again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    job: JobStatus,
    task: TaskStatus,
    overwrite: Option<bool>,
}

/// What cancels.
pub(super) const CANCEL: Wanted = Wanted {
    job: JobStatus::CancelRequested,
    task: TaskStatus::Canceled,
    overwrite: None,
};
/// What pauses.
pub(super) const PAUSE: Wanted = Wanted {
    job: JobStatus::PauseRequested,
    task: TaskStatus::Paused,
    overwrite: None,
};
/// What queues again.
const REQUEUE: Wanted = Wanted {
    job: JobStatus::Requeueing,
    task: TaskStatus::Queued,
    overwrite: None,
};

/// Queues jobs or tasks again.
pub(super) async fn requeue(manager: &ManagerHttp, what: &Requeue, output: Output) -> Outcome<()> {
    if what.overwrite {
        refuse_for_flamenco(manager, "--overwrite").await?;
    }
    let wanted = Wanted {
        overwrite: what.overwrite.then_some(true),
        ..REQUEUE
    };
    give(manager, &what.order, wanted, output).await
}

/// Asks for a state of jobs or of tasks, and tells what came of it.
pub(super) async fn give(
    manager: &ManagerHttp,
    order: &Order,
    wanted: Wanted,
    output: Output,
) -> Outcome<()> {
    let deed = Deed::Status(JobStatusChange {
        status: wanted.job,
        reason: order.reason.clone(),
        overwrite: wanted.overwrite,
    });
    if bulk::by_selection(&order.ids, &order.select)? {
        return bulk::to_selected(manager, &deed, &order.select, order.consent, output).await;
    }
    let named = lookup::jobs_or_tasks(manager, &order.ids).await?;
    if let Some(text) = deed.about_frames() {
        output.next(text);
    }
    if order.consent.dry_run {
        let question = format!("{} {}", deed.verb(), count(named.len(), "job or task"));
        return consent::given(order.consent, &question).map(drop);
    }
    let change = TaskStatusChange {
        status: wanted.task,
        reason: order.reason.clone(),
        overwrite: wanted.overwrite,
    };
    match named.as_slice() {
        [Named::Job(id)] => to_job(manager, &deed, *id, output).await,
        [Named::Task(id)] => to_task(manager, *id, &change, output).await,
        several => to_several(manager, several, (&deed, &change), output).await,
    }
}

async fn to_several(
    manager: &ManagerHttp,
    named: &[Named],
    (deed, change): (&Deed, &TaskStatusChange),
    output: Output,
) -> Outcome<()> {
    let jobs: Vec<JobId> = named.iter().filter_map(Named::job).collect();
    if !jobs.is_empty() && jobs.len() < named.len() && output.json {
        return Err(CliError::Usage(
            "jobs and tasks do not go into one JSON document; give the order twice".to_owned(),
        ));
    }
    let tasks: Vec<TaskId> = named.iter().filter_map(Named::task).collect();
    let done = if jobs.is_empty() {
        Ok(())
    } else {
        bulk::to_jobs(manager, deed, &jobs, output).await
    };
    if tasks.is_empty() {
        return done;
    }
    // Refused jobs do not keep back the tasks.
    match (done, to_tasks(manager, tasks, change, output).await) {
        (Err(error), Err(other)) => {
            complain(&error);
            Err(other)
        }
        (done, tasks_done) => done.and(tasks_done),
    }
}

/// Gives jobs another priority.
pub(super) async fn priority(
    manager: &ManagerHttp,
    what: &Priority,
    output: Output,
) -> Outcome<()> {
    let said = what.ids_and_number.split_last();
    let read = said.and_then(|(number, ids)| {
        let number = number
            .parse()
            .ok()
            .filter(|number| (0..=100).contains(number))?;
        Some((number, ids))
    });
    let Some((priority, ids)) = read else {
        return Err(CliError::Usage(
            "which priority? say a number from 0 to 100 at the end: farandole priority 8fac 80"
                .to_owned(),
        ));
    };
    let deed = Deed::Priority(priority);
    if bulk::by_selection(ids, &what.select)? {
        return bulk::to_selected(manager, &deed, &what.select, what.consent, output).await;
    }
    let jobs = lookup::jobs(manager, ids).await?;
    match jobs.as_slice() {
        [job] => to_job(manager, &deed, *job, output).await,
        jobs => bulk::to_jobs(manager, &deed, jobs, output).await,
    }
}

async fn to_job(manager: &ManagerHttp, deed: &Deed, id: JobId, output: Output) -> Outcome<()> {
    deed.do_to(manager, id).await?;
    let job = manager.job(id).await?;
    if output.json {
        return print_json(&job);
    }
    print(&format!("{}\n", bulk::state(&job, deed)))?;
    let id = short(id);
    output.next(&match job.status {
        JobStatus::Paused
        | JobStatus::PauseRequested
        | JobStatus::Canceled
        | JobStatus::CancelRequested
        | JobStatus::Failed => {
            format!("queue it again with: farandole requeue {id}")
        }
        JobStatus::Completed => format!("fetch what it made with: farandole fetch {id}"),
        JobStatus::Active
        | JobStatus::Queued
        | JobStatus::Requeueing
        | JobStatus::UnderConstruction
        | JobStatus::Unset => format!("follow it with: farandole watch {id}"),
    });
    Ok(())
}

async fn to_task(
    manager: &ManagerHttp,
    id: TaskId,
    change: &TaskStatusChange,
    output: Output,
) -> Outcome<()> {
    manager.set_task_status(id, change).await?;
    let task = manager.task(id).await?;
    if output.json {
        return print_json(&task);
    }
    print(&format!(
        "task {} is {}\n",
        one_line(&task.name),
        task.status
    ))?;
    let name = task_name(task.job_id, task.index_in_job);
    output.next(&match task.status {
        TaskStatus::Queued | TaskStatus::SoftFailed => {
            format!("see whether something keeps it from running with: farandole why {name}")
        }
        TaskStatus::Active => format!("read on with: farandole log {name} --follow"),
        TaskStatus::Canceled | TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Paused => {
            format!("queue it again with: farandole requeue {name}")
        }
    });
    Ok(())
}

async fn to_tasks(
    manager: &ManagerHttp,
    ids: Vec<TaskId>,
    change: &TaskStatusChange,
    output: Output,
) -> Outcome<()> {
    let set = |id| async move {
        let changed = async {
            manager.set_task_status(id, change).await?;
            manager.task(id).await
        };
        (id, changed.await)
    };
    let mut answers = stream::iter(ids).map(set).buffered(AT_ONCE);
    let mut tasks = Vec::new();
    let mut done = Vec::new();
    while let Some((id, answer)) = answers.next().await {
        let answer = answer.map(|task| {
            tasks.push(task);
        });
        if let (Ok(()), Some(task), false) = (&answer, tasks.last(), output.json) {
            let name = one_line(&task.name);
            print(&format!("task {name} is {}\n", task.status))?;
        }
        done.push((id.to_string(), answer));
    }
    if output.json {
        print_json(&tasks)?;
    }
    bulk::refusals(done.into_iter(), "task")
}
