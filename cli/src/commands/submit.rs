//! Submitting jobs.

use std::path::{Component, Path, PathBuf};

use farandole_protocol::api::{
    AvailableJobType, FindingClass, Job, JobSettings, SubmittedJob, TaskFinding,
};
use farandole_protocol::client::{ClientError, ManagerHttp};
use farandole_protocol::frame_ranges::{FrameRanges, Notation};
use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;
use serde_json::{Map, Value};

use super::other_version::{refuse_for_flamenco, write_out_steps};
use super::outputs_shared::Outputs;
use super::place::{Asked, Looked, UPLOADED_ROOT, look};
use super::{existing, tags};
use crate::args::Submit;
use crate::error::{CliError, Outcome};
use crate::files::{SharedFolders, Way};
use crate::look;
use crate::output::{Output, note, print, print_json};
use crate::submission::{self, Evaluated};
use crate::table::one_line;
use crate::watch;
use crate::words::{count, short};

/// Submits a job for each file; follows them if wanted.
pub(super) async fn submit(manager: &ManagerHttp, what: &Submit, output: Output) -> Outcome<()> {
    let job_type = find_type(manager, &what.job_type).await?;
    if what.keep_existing {
        refuse_for_flamenco(manager, "--keep-existing").await?;
    }
    let tag = match &what.tag {
        Some(tag) => Some(tags::find(manager, tag).await?.id.unwrap_or_default()),
        None => None,
    };
    let shared = SharedFolders::of(manager, platform()).await?;
    let order = Order {
        manager,
        what,
        job_type: &job_type,
        tag: tag.as_deref(),
        shared: &shared,
    };
    match what.files.as_slice() {
        [] => submit_one(&order, None, output).await,
        [file] => submit_one(&order, Some(&absolute(file)?), output).await,
        files => submit_many(&order, files, output).await,
    }
}

/// What all jobs of a command line have in common.
struct Order<'a> {
    manager: &'a ManagerHttp,
    what: &'a Submit,
    job_type: &'a AvailableJobType,
    tag: Option<&'a str>,
    shared: &'a SharedFolders,
}

async fn submit_one(order: &Order<'_>, file: Option<&Path>, output: Output) -> Outcome<()> {
    let job = send(order, file).await?;
    match (output.json, order.what.watch) {
        (true, false) => return print_json(&job),
        (true, true) => {}
        (false, watched) => announce(order.shared, &job, watched)?,
    }
    if order.what.watch {
        watch::watch(order.manager, job.id, output.json).await
    } else {
        Ok(())
    }
}

/// A file that cannot be submitted is no reason to leave out the others; but one that is not there is, for all.
async fn submit_many(order: &Order<'_>, files: &[PathBuf], output: Output) -> Outcome<()> {
    if order.what.name.is_some() {
        return Err(CliError::Usage(
            "--name is for one job; jobs of several files are named after them".to_owned(),
        ));
    }
    let files: Vec<PathBuf> = files
        .iter()
        .map(|file| absolute(file))
        .collect::<Outcome<_>>()?;
    let mut jobs = Vec::new();
    let mut failed = Vec::new();
    for file in &files {
        match send(order, Some(file)).await {
            Ok(job) => {
                if !output.json {
                    announce(order.shared, &job, true)?;
                }
                jobs.push(job);
            }
            // Without a Manager the next one will fare no better.
            Err(CliError::Manager(error @ ClientError::Unreachable(_))) => {
                note(&format!(
                    "{} of {} were submitted",
                    jobs.len(),
                    count(files.len(), "file")
                ));
                return Err(error.into());
            }
            Err(error) => {
                let text = error.text().replace('\n', "\n  ");
                failed.push(format!("\n  {}: {text}", file.display()));
            }
        }
    }
    if output.json && !order.what.watch {
        print_json(&jobs)?;
    }
    if !failed.is_empty() {
        return Err(CliError::Failed(format!(
            "{} of {} could not be submitted:{}",
            failed.len(),
            count(files.len(), "file"),
            failed.concat()
        )));
    }
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    if order.what.watch {
        return watch::watch_many(order.manager, &watch::Which::These(ids), output.json).await;
    }
    let names: Vec<String> = ids.iter().map(short).collect();
    output.next(&format!(
        "follow them with: farandole watch {}",
        names.join(" ")
    ));
    Ok(())
}

async fn send(order: &Order<'_>, file: Option<&Path>) -> Outcome<Job> {
    let what = order.what;
    let name = name(what, file);
    let (settings, found) = settings(order, file, &name).await?;
    let job = SubmittedJob {
        name,
        job_type: order.job_type.name.clone(),
        type_etag: Some(order.job_type.etag.clone()),
        priority: what.priority,
        settings: Some(settings),
        metadata: None,
        submitter_platform: platform().to_owned(),
        storage: None,
        worker_tag: order.tag.map(str::to_owned),
        initial_status: what.paused.then_some(JobStatus::Paused),
        allow: Some(allowed(what)),
        keep_existing: what.keep_existing.then_some(true),
        findings: (!found.is_empty()).then_some(found),
    };
    Ok(order.manager.submit_job(&job).await?)
}

/// The findings that are warnings of the job. A person who submits although files are missing has seen them.
fn allowed(what: &Submit) -> Vec<FindingClass> {
    let missing = what.allow_missing.then_some(FindingClass::MissingFiles);
    let mut allowed: Vec<FindingClass> = what.allow.iter().copied().chain(missing).collect();
    allowed.sort_unstable();
    allowed.dedup();
    allowed
}

/// The id for programs, the rest for people.
fn announce(shared: &SharedFolders, job: &Job, watched: bool) -> Outcome<()> {
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
        let path = shared.resolved(output);
        let there = match shared.known(Path::new(&path)) {
            Some(_) => "",
            None => " on the Workers' hosts",
        };
        note(&format!("frames go to {}{there}", one_line(&path)));
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
fn absolute(file: &Path) -> Outcome<PathBuf> {
    let unusable = |error: &str| CliError::Usage(format!("{}: {error}", file.display()));
    let path = std::path::absolute(file).map_err(|error| unusable(&error.to_string()))?;
    let about = std::fs::metadata(&path).map_err(|error| unusable(&error.to_string()))?;
    if !about.is_file() {
        return Err(unusable(if about.is_dir() {
            "is a folder; name a .blend file in it"
        } else {
            "is not a regular file"
        }));
    }
    let goes_up = path.components().any(|part| part == Component::ParentDir);
    let (Some(folder), Some(name)) = (path.parent().filter(|_| goes_up), path.file_name()) else {
        return Ok(submission::without_detours(&path));
    };
    // What is above a link is above the folder that it leads to.
    let folder = folder
        .canonicalize()
        .map_err(|error| unusable(&error.to_string()))?;
    Ok(folder.join(name))
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
    order: &Order<'_>,
    file: Option<&Path>,
    name: &str,
) -> Outcome<(JobSettings, Vec<TaskFinding>)> {
    let Order {
        manager,
        what,
        job_type,
        shared,
        ..
    } = *order;
    let mut said = what.settings.clone();
    if let Some(storage) = &what.storage {
        said.push(format!("render_output_root={storage}"));
    }
    let mut found = Vec::new();
    let mut settings = submission::given(&said, what.frames.as_deref(), job_type)?;
    let outputs = Outputs::new(shared, &what.allow);
    if let Some(file) = file {
        let text = |key: &str| settings.get(key).and_then(Value::as_str);
        let frames = text("frames")
            .and_then(|frames| FrameRanges::parse(frames, Notation::FlamencoWithSteps).ok());
        let asked = Asked {
            scene: text("scene"),
            frames: frames.as_ref(),
            needs_scene: submission::needs_scene(&settings, job_type),
        };
        let looked = look(what, shared, file, asked)?;
        let here = std::env::current_dir().map_err(|error| {
            CliError::Failed(format!("cannot tell what the present folder is: {error}"))
        })?;
        let evaluate = |settings: &mut Map<String, Value>, blendfile: &Path| {
            let evaluated = Evaluated {
                file: &looked.file,
                blendfile,
                scene: looked.scene.as_ref(),
                job_name: name,
                output_root: &looked.output_root,
                is_moved: looked.way != Way::InPlace,
                here: &here,
            };
            submission::evaluate(settings, &evaluated, job_type);
        };
        // What is missing, or in the way, is told before anything is uploaded.
        let mut rehearsal = settings.clone();
        evaluate(&mut rehearsal, &looked.file);
        outputs.share(&mut rehearsal)?;
        let rehearsal = submission::complete(rehearsal, job_type)?;
        found = judge(&looked, shared, &rehearsal, &allowed(what))?;
        existing::settle(manager, what, &rehearsal, &looked.file).await?;
        let blendfile = looked.bring(manager).await?;
        evaluate(&mut settings, &blendfile);
    }
    outputs.share(&mut settings)?;
    let mut settings = submission::complete(settings, job_type)?;
    write_out_steps(manager, &mut settings).await?;
    Ok((settings, found))
}

/// Tells what was found in the scene, and gives what is allowed of it. An error unless the job is to be submitted.
fn judge(
    looked: &Looked,
    shared: &SharedFolders,
    settings: &JobSettings,
    allowed: &[FindingClass],
) -> Outcome<Vec<TaskFinding>> {
    let Some(scene) = &looked.scene else {
        return Ok(Vec::new());
    };
    let look = look::Looked {
        scene,
        settings: &settings.0,
        way: looked.way,
        shared,
    };
    let verdict = look::verdict(look.findings(), allowed);
    for text in &verdict.notes {
        note(text);
    }
    match verdict.refused {
        Some(error) => Err(error),
        None => Ok(verdict.allowed),
    }
}
