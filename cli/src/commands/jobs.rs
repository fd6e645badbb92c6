//! Jobs, their tasks, and job types.

use farandole_protocol::api::{AvailableJobSetting, Job, TaskSummary};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::JobId;

use crate::error::Outcome;
use crate::output::{print, print_json};
use crate::table::{short, table};

/// All jobs.
pub(crate) async fn list(manager: &ManagerHttp, json: bool) -> Outcome<()> {
    let jobs = manager.jobs().await?;
    if json {
        return print_json(&jobs);
    }
    if jobs.is_empty() {
        return print("no jobs yet; submit one with: farandole submit FILE.blend --frames 1-48\n");
    }
    let rows: Vec<_> = jobs.iter().map(row).collect();
    print(&table(
        ["ID", "STATUS", "DONE", "PRIORITY", "TYPE", "NAME"],
        &rows,
    ))
}

fn row(job: &Job) -> [String; 6] {
    [
        short(job.id),
        job.status.to_string(),
        percent(job.steps_completed, job.steps_total),
        job.priority.to_string(),
        job.job_type.clone(),
        job.name.clone(),
    ]
}

/// How much of something is done.
pub(crate) fn percent(done: i64, total: i64) -> String {
    (100 * done)
        .checked_div(total)
        .map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}

/// One job.
pub(crate) async fn show(manager: &ManagerHttp, id: JobId, json: bool) -> Outcome<()> {
    let job = manager.job(id).await?;
    if json {
        return print_json(&job);
    }
    let mut text = format!(
        "{}\n  id        {}\n  type      {}\n  status    {} ({})\n  steps     {} of {}\n  priority  {}\n  created   {}\n  updated   {}\n",
        job.name,
        job.id,
        job.job_type,
        job.status,
        if job.activity.is_empty() {
            "nothing has happened yet"
        } else {
            &job.activity
        },
        job.steps_completed,
        job.steps_total,
        job.priority,
        job.created.to_rfc3339(),
        job.updated.to_rfc3339(),
    );
    for (key, value) in job.settings.iter().flat_map(|settings| &settings.0) {
        text.extend(["  ", key, " = ", &value.to_string(), "\n"]);
    }
    print(&text)
}

/// The tasks of a job.
pub(crate) async fn tasks(manager: &ManagerHttp, id: JobId, json: bool) -> Outcome<()> {
    let tasks = manager.job_tasks(id).await?;
    if json {
        return print_json(&tasks);
    }
    let rows: Vec<_> = tasks.iter().map(task_row).collect();
    print(&table(["ID", "STATUS", "STEPS", "WORKER", "NAME"], &rows))
}

fn task_row(task: &TaskSummary) -> [String; 5] {
    [
        task.id.to_string(),
        task.status.to_string(),
        format!("{}/{}", task.steps_completed, task.steps_total),
        task.worker
            .as_ref()
            .map_or_else(String::new, |worker| worker.name.clone()),
        task.name.clone(),
    ]
}

/// The job types.
pub(crate) async fn types(manager: &ManagerHttp, json: bool) -> Outcome<()> {
    let types = manager.job_types().await?;
    if json {
        return print_json(&types);
    }
    let mut text = String::new();
    for job_type in &types {
        text.extend([job_type.name.as_str(), " (", &job_type.label, ")\n"]);
        let rows: Vec<_> = job_type.settings.iter().map(setting_row).collect();
        for line in table(["SETTING", "TYPE", "DEFAULT", ""], &rows).lines() {
            text.extend(["  ", line, "\n"]);
        }
    }
    print(&text)
}

fn setting_row(setting: &AvailableJobSetting) -> [String; 4] {
    [
        setting.key.clone(),
        setting.setting_type.to_string(),
        setting
            .default
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        if setting.required == Some(true) {
            "required".to_owned()
        } else {
            String::new()
        },
    ]
}
