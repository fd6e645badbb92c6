//! Following a job: a bar with its steps, the time left, and who works on it.
//!
//! The event stream says when to look again; a Manager without one (Flamenco) is looked at every second.

use std::time::Duration;

use farandole_protocol::api::Job;
use farandole_protocol::client::{EventStream, ManagerHttp};
use farandole_protocol::event::Topic;
use farandole_protocol::ids::JobId;
use farandole_protocol::status::{JobStatus, TaskStatus};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;

use crate::error::{CliError, Outcome};
use crate::output::{note, print_json};

/// A look at least this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Not more often than this, however much happens.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(150);

/// Follows a job until it rests.
pub(crate) async fn watch(manager: &ManagerHttp, id: JobId, json: bool) -> Outcome<()> {
    let job = follow(manager, id, json).await?;
    if json {
        print_json(&job)?;
    }
    if matches!(job.status, JobStatus::Failed | JobStatus::Canceled) {
        return Err(CliError::JobFailed {
            name: job.name,
            id: job.id.to_string(),
            status: job.status.to_string(),
            activity: job.activity,
        });
    }
    Ok(())
}

async fn follow(manager: &ManagerHttp, id: JobId, quiet: bool) -> Outcome<Job> {
    let progress = Progress::new(quiet);
    let mut events = manager
        .events(&[Topic::Jobs, Topic::Job(id)], None)
        .await
        .ok();
    loop {
        let job = manager.job(id).await?;
        let workers = workers_on(manager, id, &job).await?;
        progress.show(&job, &workers);
        if rests(job.status) {
            progress.end(&job);
            return Ok(job);
        }
        tokio::time::sleep(LOOK_AT_MOST_EVERY).await;
        wait(&mut events).await;
    }
}

/// Waits until something has happened, or a second.
async fn wait(events: &mut Option<EventStream>) {
    let Some(stream) = events else {
        return tokio::time::sleep(LOOK_EVERY).await;
    };
    match tokio::time::timeout(LOOK_EVERY, stream.next()).await {
        Ok(Ok(Some(_))) | Err(_) => {}
        // The stream has ended: from now on it is looked every second.
        Ok(Ok(None) | Err(_)) => *events = None,
    }
}

fn rests(status: JobStatus) -> bool {
    matches!(
        status,
        JobStatus::Completed | JobStatus::Failed | JobStatus::Canceled | JobStatus::Paused
    )
}

async fn workers_on(manager: &ManagerHttp, id: JobId, job: &Job) -> Outcome<Vec<String>> {
    if job.status != JobStatus::Active {
        return Ok(Vec::new());
    }
    let tasks = manager.job_tasks(id).await?;
    let mut workers: Vec<String> = tasks
        .into_iter()
        .filter(|task| task.status == TaskStatus::Active)
        .filter_map(|task| Some(task.worker?.name))
        .collect();
    workers.sort();
    workers.dedup();
    Ok(workers)
}

/// What is shown: a bar on a terminal, lines elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    last_line: std::cell::RefCell<String>,
    quiet: bool,
}

impl Progress {
    fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let template = "{prefix} {wide_bar} {pos}/{len} steps  {eta} left  {msg}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            last_line: std::cell::RefCell::default(),
            quiet,
        }
    }

    fn show(&self, job: &Job, workers: &[String]) {
        let who = if workers.is_empty() {
            job.status.to_string()
        } else {
            workers.join(", ")
        };
        if let Some(bar) = &self.bar {
            bar.set_length(job.steps_total.max(0).cast_unsigned());
            bar.set_position(job.steps_completed.max(0).cast_unsigned());
            bar.set_prefix(job.name.clone());
            bar.set_message(who);
            return;
        }
        let line = format!(
            "{}: {} of {} steps, {who}",
            job.name, job.steps_completed, job.steps_total
        );
        if !self.quiet && *self.last_line.borrow() != line {
            note(&line);
            self.last_line.replace(line);
        }
    }

    fn end(&self, job: &Job) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            note(&format!("{} is {}", job.name, job.status));
        }
    }
}
