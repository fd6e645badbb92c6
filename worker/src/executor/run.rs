//! One task, from `Started` to its end: its commands in order, up to the first that fails.

use std::slice;

use farandole_protocol::api::{AssignedTask, TaskFinding, TaskUpdate};
use farandole_protocol::status::TaskStatus;
use serde_json::Value;
use tracing::info;

use super::commands::run_command;
use super::error::CommandError;
use super::site::{Cancelled, Report, Site};

/// How a task ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// All commands succeeded.
    Completed,
    /// A command failed, or the Worker did, because of these findings if there are any.
    Failed(String, Vec<TaskFinding>),
    /// It was called off. The Manager knows better than we do what becomes of it.
    Cancelled,
}

impl Outcome {
    /// What the Manager is told about it.
    pub(super) fn update(&self) -> Option<TaskUpdate> {
        match self {
            Self::Completed => Some(status(TaskStatus::Completed, "Completed".to_owned())),
            Self::Failed(reason, findings) => {
                let text = format!("Failed: {reason}");
                Some(TaskUpdate {
                    log: Some(text.clone()),
                    findings: Some(findings.clone()).filter(|findings| !findings.is_empty()),
                    ..status(TaskStatus::Failed, text)
                })
            }
            Self::Cancelled => None,
        }
    }
}

/// Runs the task's commands. Its end is told by whoever called this, since a task may end without returning.
pub(super) async fn run_task(task: &AssignedTask, site: &Site) -> Outcome {
    match run_commands(task, site).await {
        Ok(()) => Outcome::Completed,
        Err(CommandError::Cancelled(_)) => Outcome::Cancelled,
        // What fails while the task is called off fails for that reason.
        Err(_) if site.is_cancelled() => Outcome::Cancelled,
        Err(CommandError::Outputs(error)) => Outcome::Failed(error.to_string(), error.findings),
        Err(error) => Outcome::Failed(chain(&error), Vec::new()),
    }
}

async fn run_commands(task: &AssignedTask, site: &Site) -> Result<(), CommandError> {
    site.report(Report::Update(status(
        TaskStatus::Active,
        "Started".to_owned(),
    )))
    .await?;
    site.check_storage(texts(task)).await?;
    for command in &task.commands {
        if site.is_cancelled() {
            return Err(Cancelled.into());
        }
        info!(task.id = %task.uuid, command = command.name, "command begins");
        site.expect_steps(command.total_step_count);
        run_command(command, site).await?;
        // A command that announces steps counts them itself.
        if command.total_step_count <= 0 {
            site.step().await?;
        }
    }
    Ok(())
}

/// All texts among the parameters of the commands.
fn texts(task: &AssignedTask) -> Vec<String> {
    let parameters = task.commands.iter().flat_map(|it| it.parameters.values());
    let values = parameters.flat_map(|value| {
        let items = value.as_array().map(Vec::as_slice);
        items.unwrap_or(slice::from_ref(value))
    });
    values
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// A change of the task's state. With the end of a task its outputs are always named, were it none: that tells the
/// Manager that this Worker checks what it renders.
fn status(status: TaskStatus, activity: String) -> TaskUpdate {
    TaskUpdate {
        task_status: Some(status),
        activity: Some(activity),
        outputs: (status != TaskStatus::Active).then(Vec::new),
        ..TaskUpdate::default()
    }
}

/// The error with all that caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.to_string();
        // Some errors show their source themselves.
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        source = error.source();
    }
    text
}
