//! Bringing back what a job made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use farandole_protocol::api::{Job, JobFile};
use farandole_protocol::client::{ClientError, ManagerHttp};
use farandole_protocol::status::JobStatus;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use crate::args::Fetch;
use crate::error::{CliError, Outcome};
use crate::files::{Wanted, bar, download, leave};
use crate::lookup;
use crate::output::{Output, note, print, print_json};
use crate::submission::folder_name;
use crate::words::{count, short};

/// So many files are received at the same time.
const AT_ONCE: usize = 4;
/// So many files in the way are named.
const NAMED: usize = 5;

/// What was fetched, for programs.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    folder: &'a Path,
    fetched: Vec<&'a str>,
    unchanged: usize,
}

/// Fetches all files of a job.
pub(super) async fn fetch(manager: &ManagerHttp, what: &Fetch, output: Output) -> Outcome<()> {
    let id = lookup::job(manager, &what.id).await?;
    let job = manager.job(id).await?;
    let files = files_of(manager, &job).await?;
    let folder = folder(what, &job)?;
    std::fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
    let target = Dir::open_ambient_dir(&folder, ambient_authority());
    let target = target.map_err(|error| unusable(&folder, &error))?;

    let mut missing = Vec::new();
    let mut in_the_way = Vec::new();
    for file in &files {
        let wanted = Wanted { job: id, file };
        if wanted.is_in_the_way(&target)? {
            in_the_way.push(file.path.as_str());
        }
        if !wanted.is_there(&target)? {
            missing.push(wanted);
        }
    }
    if !what.overwrite {
        refuse_to_overwrite(&folder, &in_the_way)?;
    }
    let all: u64 = missing.iter().map(|wanted| wanted.file.size).sum();
    let bar = bar("fetching", all);
    let fetching = stream::iter(&missing)
        .map(|wanted| download(manager, wanted, &target, &bar))
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>();
    tokio::select! {
        end = fetching => end?,
        _ = tokio::signal::ctrl_c() => {
            leave(&bar);
            return Err(CliError::Interrupted(
                "what came is kept; fetch again, into the same folder, to go on".to_owned(),
            ));
        }
    }
    bar.finish_and_clear();

    let fetched: Vec<&str> = missing
        .iter()
        .map(|wanted| wanted.file.path.as_str())
        .collect();
    let unchanged = files.len() - fetched.len();
    if output.json {
        return print_json(&Summary {
            folder: &folder,
            fetched,
            unchanged,
        });
    }
    print(&format!("{}\n", folder.display()))?;
    let more = if unchanged > 0 {
        format!(", {unchanged} were there already")
    } else {
        String::new()
    };
    note(&format!("fetched {}{more}", count(fetched.len(), "file")));
    Ok(())
}

async fn files_of(manager: &ManagerHttp, job: &Job) -> Outcome<Vec<JobFile>> {
    let files = all_files_of(manager, job).await?;
    if files.is_empty() {
        let id = short(job.id);
        let text = if job.status == JobStatus::Completed {
            format!(
                "job {id} is completed, and made no files; read what it did with: farandole log {id}/1"
            )
        } else {
            format!(
                "job {id} is {} and has made no files yet; follow it with: farandole watch {id}",
                job.status
            )
        };
        return Err(CliError::Failed(text));
    }
    Ok(files)
}

/// All pages of the list.
async fn all_files_of(manager: &ManagerHttp, job: &Job) -> Outcome<Vec<JobFile>> {
    let (mut files, mut left_out, mut after) = (BTreeMap::new(), 0, None);
    loop {
        let page = manager.job_files(job.id, after.as_deref()).await;
        let page = page.map_err(without_files)?;
        // A file that several tasks have recorded may be on several pages.
        files.extend(page.files.into_iter().map(|file| (file.path.clone(), file)));
        left_out += page.left_out;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if left_out > 0 {
        note(&format!(
            "folders that lie too deep below the output folder are left out: {left_out}"
        ));
    }
    Ok(files.into_values().collect())
}

fn without_files(error: ClientError) -> CliError {
    if error.refused_status() == Some(404) {
        // The job is there: so it is the question that is not understood.
        return CliError::Failed(
            "this Manager does not give out files; find them in the shared storage".to_owned(),
        );
    }
    error.into()
}

fn folder(what: &Fetch, job: &Job) -> Outcome<PathBuf> {
    let folder = what
        .dir
        .clone()
        .unwrap_or_else(|| folder_name(&job.name).into());
    std::path::absolute(&folder).map_err(|error| unusable(&folder, &error))
}

fn refuse_to_overwrite(folder: &Path, in_the_way: &[&str]) -> Outcome<()> {
    if in_the_way.is_empty() {
        return Ok(());
    }
    let named: Vec<&str> = in_the_way.iter().take(NAMED).copied().collect();
    let more = in_the_way.len().saturating_sub(NAMED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Err(CliError::Failed(format!(
        "{} has other files of these names: {}{more}; fetch into another folder, or say --overwrite",
        folder.display(),
        named.join(", ")
    )))
}

fn unusable(folder: &Path, error: &std::io::Error) -> CliError {
    CliError::Failed(format!(
        "cannot use the folder {}: {error}",
        folder.display()
    ))
}
