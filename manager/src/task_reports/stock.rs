//! The frames of a task that a stock Flamenco Worker has completed. Such a Worker looks at the exit code of Blender
//! alone, which is 0 also when frames could not be saved.

use std::path::Path;
use std::time::Duration;

use farandole_frames::{ExpectedFile, expected_files};
use farandole_protocol::api::{Command, FindingClass, TaskFinding};
use farandole_protocol::status::TaskStatus;
use serde_json::Value;

use super::actor::TaskReportsParts;
use crate::ask::{self, AskError};
use crate::farm::commands::reports::{ReportTask, Reporter};
use crate::frame_checks::{CheckFrames, CheckedFrames};
use crate::settings::ResolveTask;
use crate::store::FindCommands;

/// The Flamenco Worker waits for the answer, and says nothing meanwhile. Much less than the default of
/// `worker_timeout`.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// How many faults are named in an activity.
const NAMED: usize = 3;

impl TaskReportsParts {
    /// Looks at the frames of a completed task, and adds what was found to the report; with a frame that is missing or
    /// broken the task has failed. Gives a text for the task's log, if there is something to say.
    pub(super) async fn check_stock_frames(
        &self,
        reporter: Reporter,
        report: &mut ReportTask,
    ) -> Result<Option<String>, AskError> {
        let frames = self.expected_frames(&reporter).await?;
        if frames.is_empty() {
            return Ok(None);
        }
        let check = CheckFrames {
            frames: frames.clone(),
            time_limit: TIME_LIMIT,
        };
        let checked = match self.frame_checks.ask(check).await {
            Ok(checked) => checked,
            Err(AskError::Busy | AskError::Starting | AskError::Recovering | AskError::Stopped) => {
                unchecked(&frames)
            }
        };
        // The paths are those of this host; their folders are named like those of its own Workers.
        let outputs = self.named(checked.outputs.clone(), own_platform());
        report.outputs = outputs.await?;
        Ok(judge(&checked, report))
    }

    /// The frames that the commands of a task were to write, as far as their parameters tell.
    async fn expected_frames(&self, reporter: &Reporter) -> Result<Vec<ExpectedFile>, AskError> {
        let find = FindCommands { key: reporter.key };
        let Ok(commands) = self.store.handout(find).await? else {
            return Ok(Vec::new());
        };
        if !commands.iter().any(renders) {
            return Ok(Vec::new());
        }
        let resolve = ResolveTask {
            commands,
            outputs: Vec::new(),
            platform: None,
        };
        let (commands, _) = ask::ask(&self.settings, resolve).await?;
        let rendering = commands.iter().filter(|command| renders(command));
        Ok(rendering.flat_map(frames_of).collect())
    }
}

fn renders(command: &Command) -> bool {
    command.name == "blender-render"
}

fn frames_of(command: &Command) -> Vec<ExpectedFile> {
    let texts = |name: &str| {
        let list = command.parameters.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    };
    let blend_file = command.parameters.get("blendfile").and_then(Value::as_str);
    let args = texts("argsBefore").chain(texts("args"));
    expected_files(args, Path::new(blend_file.unwrap_or_default()))
}

fn unchecked(frames: &[ExpectedFile]) -> CheckedFrames {
    let reason = "the Manager had too much to check";
    CheckedFrames {
        not_checked: frames
            .iter()
            .map(|frame| (frame.frame, reason.to_owned()))
            .collect(),
        ..CheckedFrames::default()
    }
}

/// Adds what was found to the report. Gives the text for the log.
fn judge(checked: &CheckedFrames, report: &mut ReportTask) -> Option<String> {
    let finding = |class, frame: i32, line: String| TaskFinding {
        class,
        frame: Some(frame),
        line,
    };
    for frame in &checked.header_only {
        let line = "only the header was checked: the format is not decoded here".to_owned();
        let header_only = finding(FindingClass::HeaderOnly, *frame, line);
        report.findings.push(header_only);
    }
    for (frame, reason) in &checked.not_checked {
        let line = format!("rendered by a Flamenco Worker: {reason}");
        let not_checked = finding(FindingClass::NotChecked, *frame, line);
        report.findings.push(not_checked);
    }
    if checked.faults.is_empty() {
        return None;
    }
    for (frame, class, text) in &checked.faults {
        report.findings.push(finding(*class, *frame, text.clone()));
    }
    let activity = fault_text(checked);
    report.status = Some(TaskStatus::Failed);
    report.steps_completed = None;
    report.activity = Some(activity.clone());
    Some(format!("Manager: {activity}\n"))
}

fn fault_text(checked: &CheckedFrames) -> String {
    let named = checked.faults.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|(frame, class, text)| format!("frame {frame}, {class}: {text}"))
        .collect();
    let more = match checked.faults.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "the Worker completed the task, but its frames are not as they should be: {}{more}",
        named.join("; ")
    )
}

/// This host's platform, by the name that Flamenco gives it.
fn own_platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use farandole_protocol::ids::{TaskId, WorkerId};
    use serde_json::json;

    use super::*;

    fn report() -> ReportTask {
        ReportTask {
            worker: WorkerId::random(),
            task: TaskId::random(),
            attempt: None,
            status: Some(TaskStatus::Completed),
            activity: None,
            steps_completed: None,
            outputs: Vec::new(),
            findings: Vec::new(),
        }
    }

    #[test]
    fn the_frames_of_a_command_follow_from_its_parameters() {
        let parameters = json!({
            "blendfile": "/f/a.blend", "argsBefore": ["-b"],
            "args": ["--render-output", "/out/######", "--render-format", "PNG", "--render-frame", "3..4"],
        });
        let command = Command {
            name: "blender-render".to_owned(),
            parameters: parameters.as_object().unwrap().clone(),
            total_step_count: 2,
        };
        let frames = frames_of(&command);
        let paths: Vec<_> = frames.iter().map(|it| (it.frame, &it.candidates)).collect();
        let expected = [
            (3, &vec!["/out/000003.png".into()]),
            (4, &vec!["/out/000004.png".into()]),
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_broken_frame_makes_the_report_a_failure_that_names_it() {
        let mut report = report();
        let class = FindingClass::OutputBroken;
        let checked = CheckedFrames {
            faults: vec![(2, class, "/out/000002.png: it is empty".to_owned())],
            ..CheckedFrames::default()
        };
        let text = judge(&checked, &mut report).unwrap();
        assert!(text.contains("frame 2, output-broken: /out/000002.png: it is empty"));
        assert_eq!(report.status, Some(TaskStatus::Failed));
        assert_eq!(report.findings[0].class, class);
    }

    #[test]
    fn frames_that_cannot_be_checked_are_told_and_do_not_fail() {
        let mut report = report();
        let checked = CheckedFrames {
            not_checked: vec![(1, "it is elsewhere".to_owned())],
            header_only: vec![2],
            ..CheckedFrames::default()
        };
        assert_eq!(judge(&checked, &mut report), None);
        assert_eq!(report.status, Some(TaskStatus::Completed));
        let classes: Vec<_> = report.findings.iter().map(|it| it.class).collect();
        assert_eq!(
            classes,
            [FindingClass::HeaderOnly, FindingClass::NotChecked]
        );
    }
}
