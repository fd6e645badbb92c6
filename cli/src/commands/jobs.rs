//! Jobs and their tasks.

use std::collections::BTreeMap;

use farandole_protocol::api::{Job, TaskSummary};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::JobId;
use farandole_protocol::status::{JobStatus, TaskStatus};
use serde_json::Value;

use super::{bulk, outputs};
use crate::args::Select;
use crate::error::Outcome;
use crate::findings;
use crate::output::{Output, note, print, print_json};
use crate::table::{Cell, one_line, table};
use crate::words::{count, local_time, percent_done, short, task_name};

/// All jobs, or those that are like this.
pub(super) async fn list(manager: &ManagerHttp, select: &Select, output: Output) -> Outcome<()> {
    let jobs = bulk::selected(manager, select).await?;
    if output.json {
        return print_json(&jobs);
    }
    if jobs.is_empty() && select.is_empty() {
        note("no jobs yet; submit one with: farandole submit FILE.blend --frames 1-48");
        return Ok(());
    }
    if jobs.is_empty() {
        note("no job is like that; see all of them with: farandole jobs");
        return Ok(());
    }
    print(&list_of(&jobs, output.colours))?;
    output.next("look closer with: farandole job ID, farandole watch ID");
    Ok(())
}

/// Jobs as a table.
pub(super) fn list_of(jobs: &[Job], colours: bool) -> String {
    let rows: Vec<_> = jobs.iter().map(row).collect();
    let heading = [
        "ID", "STATUS", "DONE", "PRIORITY", "CREATED", "TYPE", "NAME",
    ];
    table(heading, &rows, colours)
}

fn row(job: &Job) -> [Cell; 7] {
    [
        Cell::from(short(job.id)),
        Cell::job_status(job.status),
        Cell::from(percent_done(job.steps_completed, job.steps_total)),
        Cell::from(job.priority),
        Cell::from(local_time(job.created)),
        Cell::from(&job.job_type),
        Cell::from(marked_name(job)),
    ]
}

/// The name, with a mark where there are warnings about the job's outputs.
fn marked_name(job: &Job) -> String {
    match job.findings.as_ref().map_or(0, Vec::len) {
        0 => job.name.clone(),
        kinds => format!("{} ({})", job.name, count(kinds, "warning")),
    }
}

/// One job.
pub(super) async fn show(manager: &ManagerHttp, id: JobId, output: Output) -> Outcome<()> {
    let job = manager.job(id).await?;
    if output.json {
        return print_json(&job);
    }
    let tasks = manager.job_tasks(id).await?;
    let outputs = outputs::in_a_line(manager, id).await?;
    print(&description(&job, &tasks, outputs))?;
    let id = short(id);
    output.next(&match job.status {
        JobStatus::Failed | JobStatus::Canceled | JobStatus::Paused => {
            format!("its tasks: farandole tasks {id}; queue it again with: farandole requeue {id}")
        }
        JobStatus::Completed => format!("fetch what it made with: farandole fetch {id}"),
        JobStatus::Active
        | JobStatus::Queued
        | JobStatus::Requeueing
        | JobStatus::PauseRequested
        | JobStatus::CancelRequested
        | JobStatus::UnderConstruction
        | JobStatus::Unset => {
            format!(
                "follow it with: farandole watch {id}; what keeps it waiting: farandole why {id}"
            )
        }
    });
    Ok(())
}

fn description(job: &Job, tasks: &[TaskSummary], outputs: Option<String>) -> String {
    let status = state(job);
    let steps = format!(
        "{} of {} ({})",
        job.steps_completed,
        job.steps_total,
        percent_done(job.steps_completed, job.steps_total)
    );
    let mut lines = vec![
        ("id", job.id.to_string()),
        ("type", job.job_type.clone()),
        ("status", status),
        ("steps", steps),
        ("tasks", tally(tasks)),
        ("priority", job.priority.to_string()),
        ("created", local_time(job.created)),
        ("updated", local_time(job.updated)),
    ];
    if let Some(requested) = job.delete_requested_at {
        lines.push(("deletion", format!("requested {}", local_time(requested))));
    }
    lines.extend(outputs.map(|outputs| ("outputs", outputs)));
    let mut text = vec![one_line(&job.name)];
    text.extend(
        lines
            .into_iter()
            .map(|(name, value)| format!("  {name:10}{}", one_line(&value))),
    );
    text.extend(findings::warnings(
        job.findings.as_deref().unwrap_or_default(),
    ));
    let settings = job.settings.iter().flat_map(|settings| &settings.0);
    let settings = settings.map(|(key, value)| format!("  {key} = {}", one_line(&plain(value))));
    let settings: Vec<String> = settings.collect();
    if !settings.is_empty() {
        text.push("settings".to_owned());
        text.extend(settings);
    }
    text.join("\n") + "\n"
}

/// The state and what led to it. The Manager's own words may begin with the state.
fn state(job: &Job) -> String {
    let status = job.status.to_string();
    match job.activity.as_str() {
        "" => status,
        activity if activity.starts_with(&status) => activity.to_owned(),
        activity => format!("{status}: {activity}"),
    }
}

/// A value as it would be written after `--set key=`.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// How many tasks there are, in which states.
fn tally(tasks: &[TaskSummary]) -> String {
    let mut counts: BTreeMap<TaskStatus, usize> = BTreeMap::new();
    for task in tasks {
        *counts.entry(task.status).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(status, count)| format!("{count} {status}"))
        .collect();
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.join(", ")
}

/// The tasks of a job.
pub(super) async fn tasks(manager: &ManagerHttp, id: JobId, output: Output) -> Outcome<()> {
    let tasks = manager.job_tasks(id).await?;
    if output.json {
        return print_json(&tasks);
    }
    if tasks.is_empty() {
        note(&format!("job {} has {}", short(id), count(0, "task")));
        return Ok(());
    }
    let rows: Vec<_> = tasks.iter().map(|task| task_row(id, task)).collect();
    let heading = ["TASK", "STATUS", "STEPS", "TYPE", "WORKER", "NAME"];
    print(&table(heading, &rows, output.colours))?;
    output.next("read on with: farandole log TASK, farandole attempts TASK, farandole why TASK");
    Ok(())
}

fn task_row(job: JobId, task: &TaskSummary) -> [Cell; 6] {
    let worker = task.worker.as_ref().map(|worker| worker.name.as_str());
    [
        Cell::from(task_name(job, task.index_in_job)),
        Cell::task_status(task.status),
        Cell::from(format!("{}/{}", task.steps_completed, task.steps_total)),
        Cell::from(&task.task_type),
        Cell::from(worker.unwrap_or_default()),
        Cell::from(&task.name),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_is_described_with_its_tasks_and_settings() {
        let stamp = "2026-01-01T00:00:00Z";
        let id = "8fac4efb-c260-4383-9000-000000000001";
        let job = json!({
            "id": id, "name": "dance", "type": "t", "priority": 50, "submitter_platform": "", "status": "active",
            "activity": "rendering\nframes", "created": stamp, "updated": stamp, "steps_completed": 1,
            "steps_total": 4, "settings": {"fps": 24.0, "scene": "Scene"},
            "findings": [{"class": "video-failed", "count": 1, "line": "no encoder"}],
        });
        let task = |index: u32, status: &str| {
            json!({
                "id": farandole_protocol::ids::TaskId::of_job(id.parse().unwrap(), index), "name": "t",
                "status": status, "index_in_job": index, "priority": 50, "task_type": "blender", "updated": stamp,
                "steps_completed": 0, "steps_total": 2,
            })
        };
        let tasks = json!([task(1, "queued"), task(2, "active"), task(3, "queued")]);
        let text = description(
            &serde_json::from_value(job).unwrap(),
            &serde_json::from_value::<Vec<TaskSummary>>(tasks).unwrap(),
            Some("4 files, 2 MiB: /a to /d".to_owned()),
        );
        for line in [
            "dance\n",
            "  status    active: rendering frames\n",
            "  steps     1 of 4 (25 %)\n",
            "  tasks     1 active, 2 queued\n",
            "  outputs   4 files, 2 MiB: /a to /d\n  warning: the preview video was not made: no encoder\n",
            "settings\n  fps = 24.0\n  scene = Scene\n",
        ] {
            assert!(text.contains(line), "{line:?} in {text}");
        }
    }
}
