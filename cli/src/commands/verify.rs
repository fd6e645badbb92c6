//! Verifying jobs: whether what they have written is still there and whole.

use std::time::Duration;

use farandole_protocol::api::{JobVerification, JobVerifyRequest, OutputFault};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::JobId;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::bulk;
use super::other_version::unanswered;
use super::outputs::frame;
use super::submit::platform;
use crate::args::Verify;
use crate::error::{CliError, Outcome};
use crate::files::leave;
use crate::lookup::{self, Named};
use crate::output::{Output, complain, print, print_json};
use crate::table::{Cell, Colour, one_line, table};
use crate::terminal;
use crate::words::{short, task_name};

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(120);

/// What was found out about a job.
struct Verified {
    name: String,
    found: JobVerification,
}

/// Verifies jobs, one after the other: each takes as long as reading all of its files. An error if something is
/// missing or broken and is not rendered again.
pub(super) async fn verify(manager: &ManagerHttp, what: &Verify, output: Output) -> Outcome<()> {
    let ids = lookup::jobs(manager, &what.ids).await?;
    let mut verified = Vec::new();
    let mut done = Vec::new();
    for id in &ids {
        let outcome = match verify_job(manager, *id, what.requeue).await {
            Ok(one) => {
                if !output.json {
                    print(&described(&one, output.colours))?;
                }
                verified.push(one);
                Ok(())
            }
            // A job that is refused does not keep back the others.
            Err(CliError::Manager(error)) if ids.len() > 1 => Err(error),
            Err(error) => return Err(error),
        };
        done.push((short(id), outcome));
    }
    if output.json {
        match verified.as_slice() {
            [one] if ids.len() == 1 => print_json(&one.found)?,
            several => print_json(&several.iter().map(|it| &it.found).collect::<Vec<_>>())?,
        }
    }
    let refused = bulk::refusals(done.into_iter(), "job");
    match (refused, refuse_faults(&verified, what.requeue)) {
        (Err(error), Err(other)) => {
            complain(&error);
            return Err(other);
        }
        (refused, faults) => refused.and(faults)?,
    }
    if let Some(id) = verified.iter().find_map(Verified::requeued_job) {
        output.next(&format!(
            "follow what is rendered again with: farandole watch {}",
            short(id)
        ));
    }
    Ok(())
}

async fn verify_job(manager: &ManagerHttp, id: JobId, requeue: bool) -> Outcome<Verified> {
    let name = one_line(&manager.job(id).await?.name);
    let spinner = spinner(&name);
    let how = JobVerifyRequest { requeue };
    let answer = tokio::select! {
        answer = manager.verify_job(id, &how, platform()) => answer,
        _ = tokio::signal::ctrl_c() => {
            leave(&spinner);
            return Err(CliError::Interrupted(
                "the Manager finishes its check, and its answer is lost".to_owned(),
            ));
        }
    };
    spinner.finish_and_clear();
    match answer {
        Ok(found) => Ok(Verified { name, found }),
        Err(error) => Err(unanswered(manager, error, Named::Job(id)).await),
    }
}

/// Shows that something is being done; nothing where no bar can be drawn.
fn spinner(name: &str) -> ProgressBar {
    if !terminal::shows_bars() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner();
    spinner.set_draw_target(ProgressDrawTarget::stderr());
    spinner.set_message(terminal::plain(&format!("reading the files of {name}")));
    spinner.enable_steady_tick(TURN);
    spinner
}

impl Verified {
    /// What is missing or broken, and is not rendered again.
    fn left(&self) -> impl Iterator<Item = &OutputFault> {
        let requeued = &self.found.requeued;
        let faults = self.found.faults.iter();
        faults.filter(|fault| !requeued.contains(&fault.task_id))
    }

    fn requeued_job(&self) -> Option<JobId> {
        (!self.found.requeued.is_empty()).then_some(self.found.job_id)
    }

    /// The tasks that were requeued, by names that can be typed.
    fn requeued_tasks(&self) -> Vec<String> {
        let mut tasks: Vec<String> = self
            .found
            .faults
            .iter()
            .filter(|fault| self.found.requeued.contains(&fault.task_id))
            .map(|fault| task_name(self.found.job_id, fault.index_in_job))
            .collect();
        // The faults are ordered by task.
        tasks.dedup();
        tasks
    }
}

/// How the files of a job are, for people.
fn described(verified: &Verified, colours: bool) -> String {
    let found = &verified.found;
    let mut text = format!("{}: {}\n", verified.name, summary(found));
    if !found.faults.is_empty() {
        let rows: Vec<_> = found
            .faults
            .iter()
            .map(|fault| row(found.job_id, fault))
            .collect();
        let heading = ["TASK", "FRAME", "FOUND", "FILE", "REASON"];
        text += &table(heading, &rows, colours);
    }
    if !found.requeued.is_empty() {
        text.extend(["requeued: ", &verified.requeued_tasks().join(" "), "\n"]);
    }
    text
}

fn summary(found: &JobVerification) -> String {
    if found.checked == 0 {
        return "no output is recorded, so nothing was checked".to_owned();
    }
    let faults = i64::try_from(found.faults.len()).unwrap_or(i64::MAX);
    let whole = found.checked - faults - found.not_checked;
    let mut parts = vec![format!("{whole} of {} files are whole", found.checked)];
    if found.header_only > 0 {
        parts.push(format!(
            "{} of them checked by the header only",
            found.header_only
        ));
    }
    if faults > 0 {
        parts.push(format!("{faults} missing or broken"));
    }
    if found.not_checked > 0 {
        parts.push(format!(
            "{} not checked, because the Manager cannot read them",
            found.not_checked
        ));
    }
    parts.join(", ")
}

fn row(job: JobId, fault: &OutputFault) -> [Cell; 5] {
    [
        Cell::from(task_name(job, fault.index_in_job)),
        frame(fault.frame),
        Cell::from(fault.class).coloured(Some(Colour::Bad)),
        Cell::from(&fault.path),
        Cell::from(&fault.reason),
    ]
}

/// The error if something is missing or broken and is not rendered again.
fn refuse_faults(verified: &[Verified], requeue: bool) -> Outcome<()> {
    let left: usize = verified.iter().map(|it| it.left().count()).sum();
    if left == 0 {
        return Ok(());
    }
    let jobs: Vec<String> = verified
        .iter()
        .filter(|it| it.left().next().is_some())
        .map(|it| short(it.found.job_id))
        .collect();
    let jobs = jobs.join(" ");
    let said = if left == 1 {
        "1 file is missing or broken".to_owned()
    } else {
        format!("{left} files are missing or broken")
    };
    Err(CliError::Failed(if requeue {
        format!(
            "{said} and could not be requeued; see how their tasks are with: farandole tasks {jobs}"
        )
    } else {
        format!("{said}; have them rendered again with: farandole verify {jobs} --requeue")
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const JOB: &str = "8fac4efb-c260-4383-9000-000000000001";

    fn verified(header_only: u32, not_checked: u32, broken: &[u32], requeued: &[u32]) -> Verified {
        let task = |index: &u32| format!("8fac4efb-c260-4383-8000-{index:012x}");
        let fault = |index: &u32| {
            json!({
                "task_id": task(index), "index_in_job": index, "frame": 7, "path": "/out/0007.png",
                "class": "output-missing", "reason": "it does not exist",
            })
        };
        let faults: Vec<Value> = broken.iter().map(fault).collect();
        let requeued: Vec<String> = requeued.iter().map(task).collect();
        let found = json!({
            "job_id": JOB, "checked": 24, "header_only": header_only, "not_checked": not_checked,
            "faults": faults, "requeued": requeued,
        });
        Verified {
            name: "dance".to_owned(),
            found: serde_json::from_value(found).unwrap(),
        }
    }

    #[test]
    fn the_summary_says_what_was_checked_and_how() {
        let check = |verified: Verified, expected| assert_eq!(summary(&verified.found), expected);
        check(verified(0, 0, &[], &[]), "24 of 24 files are whole");
        check(
            verified(3, 2, &[1, 5], &[]),
            "20 of 24 files are whole, 3 of them checked by the header only, 2 missing or broken, 2 not checked, \
             because the Manager cannot read them",
        );
        let mut none = verified(0, 0, &[], &[]);
        none.found.checked = 0;
        check(none, "no output is recorded, so nothing was checked");
    }

    #[test]
    fn each_fault_is_a_line() {
        let text = described(&verified(0, 0, &[1, 1, 5], &[1, 5]), false);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[2],
            "8fac4efb/1  7      output-missing  /out/0007.png  it does not exist"
        );
        assert_eq!(lines[5], "requeued: 8fac4efb/1 8fac4efb/5");
    }

    #[test]
    fn only_what_is_not_rendered_again_is_an_error() {
        let check = |broken: &[u32], requeued: &[u32], part: &str| {
            let outcome = refuse_faults(&[verified(0, 0, broken, requeued)], !requeued.is_empty());
            let said = outcome.err().map(|error| error.to_string());
            assert!(said.unwrap_or_default().contains(part));
        };
        assert!(refuse_faults(&[verified(0, 0, &[1], &[1])], true).is_ok());
        assert!(refuse_faults(&[verified(0, 0, &[], &[])], false).is_ok());
        check(&[1, 5], &[], "2 files are missing or broken; have them");
        check(&[1, 5], &[1], "1 file is missing or broken and could not");
    }
}
