//! Many jobs at once: those that were selected are shown, a person is asked, and what came of it is told.

use std::collections::HashSet;

use farandole_protocol::api::Job;
use farandole_protocol::client::{ClientError, ManagerHttp};
use farandole_protocol::ids::JobId;
use farandole_protocol::time::now;

use super::deed::Deed;
use super::jobs;
use crate::args::{Consent, Select};
use crate::consent;
use crate::error::{CliError, Outcome};
use crate::output::{Output, note, print, print_json};
use crate::select::is_meant;
use crate::table::one_line;
use crate::words::{count, short};

/// So many of the selected jobs are shown before a person is asked.
const SHOWN: usize = 20;

/// The jobs that are like this, oldest first.
pub(super) async fn selected(manager: &ManagerHttp, select: &Select) -> Outcome<Vec<Job>> {
    let mut jobs = manager.jobs().await?;
    let now = now();
    jobs.retain(|job| is_meant(select, job, now));
    Ok(jobs)
}

/// Whether jobs were named or selected. Not both, and not neither.
pub(super) fn by_selection(ids: &[String], select: &Select) -> Outcome<bool> {
    match (ids.is_empty(), select.is_empty()) {
        (false, true) => Ok(false),
        (true, false) => Ok(true),
        (true, true) => Err(CliError::Usage(
            "which jobs? name them by their ids, or select them with --status, --name, --type or --older-than".to_owned(),
        )),
        (false, false) => Err(CliError::Usage(
            "either name jobs by their ids or select them with --status, --name, --type or --older-than, not both"
                .to_owned(),
        )),
    }
}

/// Does something to all selected jobs, once a person agrees.
pub(super) async fn to_selected(
    manager: &ManagerHttp,
    deed: &Deed,
    select: &Select,
    consent: Consent,
    output: Output,
) -> Outcome<()> {
    let jobs = selected(manager, select).await?;
    if jobs.is_empty() {
        return none_selected(output);
    }
    preview(&jobs, consent, output)?;
    if let Some(text) = deed.about_frames() {
        output.next(text);
    }
    let question = format!("{} {}?", deed.verb(), count(jobs.len(), "job"));
    if !consent::given(consent, &question)? {
        return Ok(());
    }
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    to_jobs(manager, deed, &ids, output).await
}

/// The answer when nothing is done, since no job was selected.
pub(super) fn none_selected(output: Output) -> Outcome<()> {
    note("no job is like that; see what there is with: farandole jobs");
    if output.json {
        let none: [Job; 0] = [];
        return print_json(&none);
    }
    Ok(())
}

/// What was selected: the answer of a dry run, and beside it otherwise.
fn preview(jobs: &[Job], consent: Consent, output: Output) -> Outcome<()> {
    if consent.dry_run {
        return if output.json {
            print_json(&jobs)
        } else {
            print(&jobs::list_of(jobs, output.colours))
        };
    }
    if !output.json {
        let shown = jobs.get(..SHOWN).unwrap_or(jobs);
        note(jobs::list_of(shown, false).trim_end());
        if shown.len() < jobs.len() {
            note(&format!("and {} more", jobs.len() - shown.len()));
        }
    }
    Ok(())
}

/// Does something to these jobs, and tells how they are then.
pub(super) async fn to_jobs(
    manager: &ManagerHttp,
    deed: &Deed,
    ids: &[JobId],
    output: Output,
) -> Outcome<()> {
    let done = deed.do_to_all(manager, ids).await;
    let wanted: HashSet<JobId> = ids.iter().copied().collect();
    let mut jobs = manager.jobs().await?;
    jobs.retain(|job| wanted.contains(&job.id));
    if output.json {
        print_json(&jobs)?;
    } else {
        let lines: String = jobs.iter().map(|job| state(job, deed) + "\n").collect();
        print(&lines)?;
    }
    refusals(
        done.into_iter().map(|(id, result)| (short(id), result)),
        "job",
    )?;
    output.next("see what they do with: farandole jobs, farandole watch --all");
    Ok(())
}

/// How a job is, in a line.
pub(super) fn state(job: &Job, deed: &Deed) -> String {
    let name = one_line(&job.name);
    if job.delete_requested_at.is_some() {
        return format!("job {name} is being deleted");
    }
    match deed {
        Deed::Priority(_) => format!(
            "job {name} has priority {}, and is {}",
            job.priority, job.status
        ),
        Deed::Status(_) | Deed::Delete => format!("job {name} is {}", job.status),
    }
}

/// An error that names those that the Manager refused; its own error where it is gone.
pub(super) fn refusals<T>(
    done: impl Iterator<Item = (String, Result<T, ClientError>)>,
    kind: &str,
) -> Outcome<()> {
    let mut all = 0;
    let mut refused = Vec::new();
    for (name, result) in done {
        all += 1;
        match result {
            Ok(_) => {}
            Err(ClientError::Refused { message, .. }) => {
                refused.push(format!("\n  {name}: {message}"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    Err(CliError::Failed(format!(
        "the Manager refused {} of {}:{}",
        refused.len(),
        count(all, kind),
        refused.concat()
    )))
}
