//! Following a job from its first look to its end.

use std::time::Instant;

use farandole_protocol::api::{Job, TaskSummary};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::event::Topic;
use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;

use super::display::{Display, Shown};
use super::ending;
use super::pace::Pace;
use super::standstill::Standstill;
use super::view::{Heard, View};
use crate::changes::{Change, Changes, patiently};
use crate::error::{CliError, Outcome};
use crate::output::note;
use crate::words::short;

/// Follows a job until it ends, or until somebody presses Ctrl-C. An error unless it was completed.
pub(crate) async fn watch(manager: &ManagerHttp, id: JobId, json: bool) -> Outcome<()> {
    let mut display = Display::new(json);
    let began = Instant::now();
    let end = tokio::select! {
        // First of all Ctrl-C: nothing is drawn after it.
        biased;
        _ = tokio::signal::ctrl_c() => {
            display.leave();
            return Err(CliError::Interrupted(format!(
                "the job goes on without you; see how with: farandole watch {}", short(id)
            )));
        }
        end = follow(manager, id, &mut display) => end,
    };
    display.end();
    let (job, tasks) = end?;
    if job.status != JobStatus::Completed {
        return Err(CliError::JobFailed(ending::bad(&job, &tasks)));
    }
    if !json {
        note(&ending::good(&job, &tasks, began.elapsed()));
    }
    Ok(())
}

async fn follow(
    manager: &ManagerHttp,
    id: JobId,
    display: &mut Display,
) -> Outcome<(Job, Vec<TaskSummary>)> {
    let mut changes = Changes::of(manager, vec![Topic::Jobs, Topic::Job(id)]);
    let mut pace = Pace::default();
    let mut seen: Option<View> = None;
    let mut still = Standstill::default();
    loop {
        let heard = match (changes.next().await, &mut seen) {
            (Change::ReadAgain, _) => Heard::ReadAgain,
            (Change::Event(event), Some(view)) => view.hear(&event),
            (Change::Tick, Some(_)) => Heard::Changed,
            (Change::Event(_) | Change::Tick, None) => Heard::Nothing,
        };
        let ended = seen.as_ref().is_some_and(View::has_ended);
        match heard {
            Heard::Nothing => continue,
            Heard::Deleted => return Err(deleted(id)),
            Heard::Changed if !ended => {}
            Heard::Changed | Heard::ReadAgain => {
                let (job, tasks) = read(manager, id, display).await?;
                let view = View::new(&job, &tasks).after(seen.as_ref());
                let view = seen.insert(view);
                if view.has_ended() {
                    display.show(Shown::new(view, None, None))?;
                    return Ok((job, tasks));
                }
            }
        }
        if let Some(view) = &seen {
            let now = Instant::now();
            pace.note(now, view.done, view.status == JobStatus::Active);
            let left = pace.time_left(now, view.done, view.total);
            let why = still.why(manager, view).await;
            display.show(Shown::new(view, left, why.as_deref()))?;
        }
    }
}

/// The job and its tasks; waits for a Manager that is away.
async fn read(
    manager: &ManagerHttp,
    id: JobId,
    display: &Display,
) -> Outcome<(Job, Vec<TaskSummary>)> {
    let ask = async || Ok((manager.job(id).await?, manager.job_tasks(id).await?));
    patiently(ask, |text| display.say(text))
        .await
        .map_err(|error| match error.refused_status() {
            Some(404) => deleted(id),
            _ => error.into(),
        })
}

fn deleted(id: JobId) -> CliError {
    CliError::Failed(format!(
        "there is no job {id}, or no longer; see what there is with: farandole jobs"
    ))
}
