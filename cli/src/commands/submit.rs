//! Submitting a job.

use std::path::{Path, PathBuf};

use farandole_protocol::api::{AvailableJobType, Job, JobSettings, SubmittedJob};
use farandole_protocol::client::{ClientError, ManagerHttp};
use farandole_protocol::status::JobStatus;
use serde_json::Value;

use super::place::{UPLOADED_ROOT, place};
use crate::args::Submit;
use crate::error::{CliError, Outcome};
use crate::output::{Output, note, print, print_json};
use crate::submission::{self, Evaluated};
use crate::table::one_line;
use crate::watch;
use crate::words::short;

/// Submits a job; follows it if wanted.
pub(super) async fn submit(manager: &ManagerHttp, what: &Submit, output: Output) -> Outcome<()> {
    let job_type = find_type(manager, &what.job_type).await?;
    let file = what.file.as_deref().map(existing).transpose()?;
    let name = name(what, file.as_deref());
    let settings = settings(manager, what, file.as_deref(), &name, &job_type).await?;
    let job = manager
        .submit_job(&SubmittedJob {
            name,
            job_type: job_type.name,
            type_etag: Some(job_type.etag),
            priority: what.priority,
            settings: Some(settings),
            metadata: None,
            submitter_platform: platform().to_owned(),
            storage: None,
            worker_tag: None,
            initial_status: what.paused.then_some(JobStatus::Paused),
        })
        .await?;
    match (output.json, what.watch) {
        (true, false) => return print_json(&job),
        (true, true) => {}
        (false, _) => announce(&job, what.watch)?,
    }
    if what.watch {
        watch::watch(manager, job.id, output.json).await
    } else {
        Ok(())
    }
}

/// The id for programs, the rest for people.
fn announce(job: &Job, watched: bool) -> Outcome<()> {
    print(&format!("{}\n", job.id))?;
    let id = short(job.id);
    let next = if watched {
        String::new()
    } else if job.status == JobStatus::Paused {
        format!("; let it begin with: farandole requeue {id}")
    } else {
        format!("; follow it with: farandole watch {id}")
    };
    note(&format!(
        "submitted {} ({}){next}",
        one_line(&job.name),
        job.status
    ));
    let settings = job.settings.as_ref().map(|settings| &settings.0);
    let output = settings
        .and_then(|settings| settings.get("render_output_path"))
        .and_then(Value::as_str);
    if let Some(output) = output {
        note(&format!("frames go to {}", one_line(output)));
        if output.starts_with(UPLOADED_ROOT) {
            note(&format!("bring them here with: farandole fetch {id}"));
        }
    }
    Ok(())
}

async fn find_type(manager: &ManagerHttp, name: &str) -> Outcome<AvailableJobType> {
    match manager.job_type(name).await {
        Ok(job_type) => Ok(job_type),
        Err(ClientError::Refused { status: 404, .. }) => {
            let types = manager.job_types().await?;
            let names = types.iter().map(|known| known.name.as_str());
            let hint = submission::nearest(name, names.clone()).map_or_else(
                || format!("there are: {}", names.collect::<Vec<_>>().join(", ")),
                |nearest| format!("did you mean {nearest}? all of them: farandole types"),
            );
            Err(CliError::Usage(format!("no job type {name}; {hint}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// The file by its absolute path. Links stay: Workers may know the file only by this path.
fn existing(file: &Path) -> Outcome<PathBuf> {
    let unusable = |error: &str| CliError::Usage(format!("{}: {error}", file.display()));
    let path = std::path::absolute(file).map_err(|error| unusable(&error.to_string()))?;
    let about = std::fs::metadata(&path).map_err(|error| unusable(&error.to_string()))?;
    if !about.is_file() {
        return Err(unusable("not a file"));
    }
    Ok(submission::without_detours(&path))
}

fn name(what: &Submit, file: Option<&Path>) -> String {
    let stem = || {
        let stem = file.and_then(Path::file_stem)?;
        Some(stem.to_string_lossy().into_owned())
    };
    what.name
        .clone()
        .or_else(stem)
        .unwrap_or_else(|| what.job_type.clone())
}

/// This host's platform, by the name that Managers know it by.
pub(super) fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

async fn settings(
    manager: &ManagerHttp,
    what: &Submit,
    file: Option<&Path>,
    name: &str,
    job_type: &AvailableJobType,
) -> Outcome<JobSettings> {
    let mut settings = submission::given(&what.settings, what.frames.as_deref(), job_type)?;
    if let Some(file) = file {
        let needs_scene = submission::needs_scene(&settings, job_type);
        let placed = place(manager, what, file, needs_scene).await?;
        let here = std::env::current_dir()
            .map_err(|error| CliError::Failed(format!("where are we? {error}")))?;
        let evaluated = Evaluated {
            file,
            blendfile: &placed.blendfile,
            scene: placed.scene.as_ref(),
            job_name: name,
            output_root: &placed.output_root,
            here: &here,
        };
        submission::evaluate(&mut settings, &evaluated, job_type);
    }
    submission::complete(settings, job_type)
}
