//! Submitting a job.

use std::path::{Path, PathBuf};

use farandole_protocol::api::{
    AvailableJobType, JobSettings, ManagerVariableAudience, SubmittedJob,
};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::status::JobStatus;

use super::watch;
use crate::args::Submit;
use crate::blender;
use crate::error::{CliError, Outcome};
use crate::output::{note, print, print_json};
use crate::submission::{self, Render};

/// Submits a job; follows it if wanted.
pub(crate) async fn submit(manager: &ManagerHttp, what: &Submit, json: bool) -> Outcome<()> {
    let job_type = manager.job_type(&what.job_type).await?;
    let file = what.file.as_deref().map(absolute).transpose()?;
    let name = name(what, file.as_deref());
    let settings = settings(manager, what, file.as_deref(), &name, &job_type).await?;
    let job = manager
        .submit_job(&SubmittedJob {
            name,
            job_type: job_type.name.clone(),
            type_etag: Some(job_type.etag.clone()),
            priority: what.priority,
            settings: Some(settings),
            metadata: None,
            submitter_platform: platform().to_owned(),
            storage: None,
            worker_tag: None,
            initial_status: what.paused.then_some(JobStatus::Paused),
        })
        .await?;
    if json && !what.watch {
        return print_json(&job);
    }
    if !json {
        print(&format!("{}\n", job.id))?;
        note(&format!(
            "submitted {} ({}); follow it with: farandole watch {}",
            job.name, job.status, job.id
        ));
    }
    if what.watch {
        watch::watch(manager, job.id, json).await
    } else {
        Ok(())
    }
}

fn absolute(file: &Path) -> Outcome<PathBuf> {
    std::fs::canonicalize(file)
        .map_err(|error| CliError::Local(format!("{}: {error}", file.display())))
}

fn name(what: &Submit, file: Option<&Path>) -> String {
    let stem = || {
        file.and_then(Path::file_stem)
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    what.name
        .clone()
        .or_else(stem)
        .unwrap_or_else(|| what.job_type.clone())
}

/// This host's platform, by the name that Managers know it by.
fn platform() -> &'static str {
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
    let given = submission::given(&what.settings, job_type)?;
    let takes_file = job_type
        .settings
        .iter()
        .any(|setting| setting.key == "blendfile");
    let Some(file) = file else {
        if takes_file && !given.contains_key("blendfile") {
            return Err(CliError::Local(format!(
                "job type {} takes a .blend file",
                job_type.name
            )));
        }
        return Ok(JobSettings(given));
    };
    let storage = manager
        .shared_storage(ManagerVariableAudience::Users, platform())
        .await?
        .location;
    if !storage.is_empty() && !file.starts_with(&storage) {
        note(&format!(
            "warning: {} is not below the farm's storage {storage}; workers must find it at the same path",
            file.display()
        ));
    }
    let scene = blender::ask(&what.blender, file)?;
    let output_root = Path::new(&storage).join("renders");
    let render = Render {
        file,
        scene: &scene,
        frames: what.frames.as_deref(),
        job_name: name,
        output_root: &output_root,
    };
    Ok(submission::complete(given, &render, job_type))
}
