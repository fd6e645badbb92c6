//! What is said of a job that has ended. Pure.

use std::time::Duration;

use farandole_protocol::api::{Job, TaskSummary};
use farandole_protocol::status::TaskStatus;

use crate::findings;
use crate::table::one_line;
use crate::words::{count, duration, short, task_name};

/// So many failed tasks are named.
const NAMED_TASKS: usize = 5;

/// A completed job.
pub(super) fn good(job: &Job, tasks: &[TaskSummary], watched_for: Duration) -> String {
    let mut lines = vec![format!(
        "{} is completed: {}, watched for {}",
        one_line(&job.name),
        count(tasks.len(), "task"),
        duration(watched_for)
    )];
    lines.extend(warnings(job));
    lines.join("\n")
}

fn warnings(job: &Job) -> Vec<String> {
    findings::warnings(job.findings.as_deref().unwrap_or_default())
}

/// Another one: what went wrong, and what can be done about it.
pub(super) fn bad(job: &Job, tasks: &[TaskSummary]) -> String {
    let mut said = format!("{} is {}", one_line(&job.name), job.status);
    // The Manager's own words may begin with the state.
    let prefix = format!("{}: ", job.status);
    let activity = job.activity.strip_prefix(&prefix);
    let activity = one_line(activity.unwrap_or(&job.activity));
    if !activity.is_empty() {
        said.extend([": ", &activity]);
    }
    let mut lines = vec![said];
    let failed: Vec<&TaskSummary> = tasks
        .iter()
        .filter(|task| task.status == TaskStatus::Failed)
        .collect();
    lines.extend(failed.iter().take(NAMED_TASKS).map(|task| {
        let (name, id) = (one_line(&task.name), task_name(job.id, task.index_in_job));
        format!("  {name} failed; read why with: farandole log {id}")
    }));
    if failed.len() > NAMED_TASKS {
        lines.push(format!("  {} failed in all", count(failed.len(), "task")));
    }
    lines.extend(warnings(job));
    lines.push(format!(
        "  queue it again with: farandole requeue {}",
        short(job.id)
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use farandole_protocol::ids::{JobId, TaskId};
    use serde_json::json;

    use super::*;

    const STAMP: &str = "2026-01-01T00:00:00Z";
    const JOB: &str = "8fac4efb-c260-4383-9000-000000000001";

    fn job() -> Job {
        serde_json::from_value(json!({
            "id": JOB, "name": "dance", "type": "t", "priority": 50, "submitter_platform": "", "status": "failed",
            "activity": "too many tasks failed", "created": STAMP, "updated": STAMP, "steps_completed": 1,
            "steps_total": 4,
        }))
        .unwrap()
    }

    fn tasks(count: u32) -> Vec<TaskSummary> {
        let job: JobId = JOB.parse().unwrap();
        let task = |index| {
            json!({
                "id": TaskId::of_job(job, index), "name": format!("render-{index}"), "status": "failed",
                "index_in_job": index, "priority": 50, "task_type": "blender", "updated": STAMP,
                "steps_completed": 0, "steps_total": 2,
            })
        };
        (1..=count)
            .map(|index| serde_json::from_value(task(index)).unwrap())
            .collect()
    }

    #[test]
    fn a_failed_job_names_its_failed_tasks_and_what_to_do() {
        assert_eq!(
            bad(&job(), &tasks(1)),
            "dance is failed: too many tasks failed\n  \
             render-1 failed; read why with: farandole log 8fac4efb/1\n  \
             queue it again with: farandole requeue 8fac4efb"
        );
    }

    #[test]
    fn warnings_are_said_at_either_end() {
        let finding = json!({"class": "video-failed", "count": 1, "line": "no encoder"});
        let mut job = job();
        job.findings = Some(vec![serde_json::from_value(finding).unwrap()]);
        let line = "\n  warning: the preview video was not made: no encoder";
        assert!(good(&job, &tasks(1), Duration::ZERO).ends_with(line));
        assert!(bad(&job, &tasks(1)).contains(&format!("{line}\n  queue it again")));
    }

    #[test]
    fn of_many_failed_tasks_some_are_named() {
        let text = bad(&job(), &tasks(9));
        assert!(
            text.contains("render-5") && !text.contains("render-6"),
            "{text}"
        );
        assert!(text.contains("9 tasks failed in all"), "{text}");
    }
}
