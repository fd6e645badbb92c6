//! Deleting jobs: what will go is said first.

use std::collections::HashSet;

use farandole_protocol::api::{Job, JobDeletionInfo};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use super::bulk;
use super::deed::{AT_ONCE, Deed};
use crate::args::Delete;
use crate::consent;
use crate::error::Outcome;
use crate::lookup;
use crate::output::{Output, note, print, print_json};
use crate::table::one_line;
use crate::words::{count, short};

/// So many jobs are described one by one.
const DESCRIBED: usize = 20;

/// What deleting a job takes with it, for programs.
#[derive(Debug, Serialize)]
struct Deletion<'a> {
    id: JobId,
    name: &'a str,
    status: JobStatus,
    shaman_checkout: bool,
}

/// Deletes jobs, once a person agrees.
pub(super) async fn delete(manager: &ManagerHttp, what: &Delete, output: Output) -> Outcome<()> {
    let jobs = if bulk::by_selection(&what.ids, &what.select)? {
        bulk::selected(manager, &what.select).await?
    } else {
        let ids = lookup::jobs(manager, &what.ids).await?;
        let jobs = stream::iter(ids).map(|id| manager.job(id));
        jobs.buffered(AT_ONCE).try_collect().await?
    };
    if jobs.is_empty() {
        return bulk::none_selected(output);
    }
    let deletions = deletions_of(manager, &jobs, output).await?;
    if what.consent.dry_run && output.json {
        return print_json(&deletions);
    }
    let question = format!("delete {}?", count(jobs.len(), "job"));
    if !consent::given(what.consent, &question)? {
        return Ok(());
    }
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    // What is gone at once can be listed no more; what was asked for is the answer then.
    let done = Deed::Delete.do_to_all(manager, &ids).await;
    let gone: HashSet<JobId> = done
        .iter()
        .filter(|(_, result)| result.is_ok())
        .map(|(id, _)| *id)
        .collect();
    let refused = bulk::refusals(done.into_iter().map(|(id, it)| (short(id), it)), "job");
    if output.json {
        let gone = deletions.iter().filter(|it| gone.contains(&it.id));
        print_json(&gone.collect::<Vec<_>>())?;
        return refused;
    }
    for job in jobs.iter().filter(|job| gone.contains(&job.id)) {
        print(&format!("job {} is being deleted\n", one_line(&job.name)))?;
    }
    refused?;
    output.next("see what is left with: farandole jobs");
    Ok(())
}

/// Asks what goes with each, several at a time, and tells people in the order of the jobs.
async fn deletions_of<'a>(
    manager: &ManagerHttp,
    jobs: &'a [Job],
    output: Output,
) -> Outcome<Vec<Deletion<'a>>> {
    let ask = |job: &'a Job| async move { (job, manager.what_would_delete_do(job.id).await) };
    let mut answers = stream::iter(jobs).map(ask).buffered(AT_ONCE);
    let mut deletions = Vec::new();
    while let Some((job, info)) = answers.next().await {
        let info = info?;
        if !output.json && deletions.len() < DESCRIBED {
            note(&consequence(job, info));
        }
        deletions.push(Deletion {
            id: job.id,
            name: &job.name,
            status: job.status,
            shaman_checkout: info.shaman_checkout,
        });
    }
    if !output.json && jobs.len() > DESCRIBED {
        note(&format!("and {} more", jobs.len() - DESCRIBED));
    }
    Ok(deletions)
}

/// What goes with a job, in words.
fn consequence(job: &Job, info: JobDeletionInfo) -> String {
    let mut text = format!(
        "job {} ({}, {}) goes with its tasks, their logs and its previews",
        one_line(&job.name),
        short(job.id),
        job.status
    );
    text += if info.shaman_checkout {
        "; so do the files that were checked out for it"
    } else {
        "; its files stay"
    };
    let settings = job.settings.as_ref().map(|settings| &settings.0);
    let frames = settings
        .and_then(|settings| settings.get("render_output_path"))
        .and_then(serde_json::Value::as_str);
    if let Some(frames) = frames {
        text.extend(["; frames stay in ", &one_line(frames)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_goes_and_what_stays_is_said() {
        let job: Job = serde_json::from_value(json!({
            "id": "8fac4efb-c260-4383-9000-000000000001", "name": "dance", "type": "t", "priority": 50,
            "submitter_platform": "", "status": "active", "activity": "", "created": "2026-01-01T00:00:00Z",
            "updated": "2026-01-01T00:00:00Z", "steps_completed": 0, "steps_total": 1,
            "settings": {"render_output_path": "/farm/dance/######"},
        }))
        .unwrap();
        let said = consequence(
            &job,
            JobDeletionInfo {
                shaman_checkout: false,
            },
        );
        assert_eq!(
            said,
            "job dance (8fac4efb, active) goes with its tasks, their logs and its previews; its files stay; \
             frames stay in /farm/dance/######"
        );
        let said = consequence(
            &job,
            JobDeletionInfo {
                shaman_checkout: true,
            },
        );
        assert!(
            said.contains("so do the files that were checked out"),
            "{said}"
        );
    }
}
