//! Jobs: submission, lists, and what people order.

use actix_web::{HttpRequest, HttpResponse, web};
use farandole_protocol::api::{
    Error, Job, JobBlocklist, JobLastRenderedImageInfo, JobPriorityChange, JobStatusChange,
    JobTagChange, JobTasksSummary, JobWhy, JobsQueryResult, SubmittedJob,
};
use farandole_protocol::ids::JobId;
use farandole_protocol::paths;

use super::body::{JsonBody, LargeBody};
use super::caller;
use super::error::ApiError;
use super::in_order::InOrder;
use super::respond::{json, json_text, no_content};
use crate::ask;
use crate::farm::commands::blocklist::RemoveFromBlocklist;
use crate::farm::commands::jobs::{SetJobPriority, SetJobStatus};
use crate::farm::commands::tags::{SetJobTag, TagChoice};
use crate::farm::commands::why::AskWhyJob;
use crate::job_intake::{CheckJob, IntakeError, SubmitJob};
use crate::last_rendered::FindLastRendered;
use crate::parts::Parts;
use crate::refusal_log::Refusal;
use crate::scheduler::give_order;
use crate::store::{AsJson, FindJob, ListBlocklist, ListJobs, ListTasks};

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::JOBS, web::get().to(fetch_jobs))
        .route(paths::JOBS, web::post().to(submit_job))
        .route(paths::JOBS_CHECK, web::post().to(submit_job_check))
        .route(
            paths::LAST_RENDERED,
            web::get().to(fetch_global_last_rendered),
        )
        .route(paths::JOB, web::get().to(fetch_job))
        .route(paths::FARM_JOB_WHY, web::get().to(why_job))
        .route(paths::JOB_TASKS, web::get().to(fetch_job_tasks))
        .route(paths::JOB_BLOCKLIST, web::get().to(fetch_job_blocklist))
        .route(
            paths::JOB_LAST_RENDERED,
            web::get().to(fetch_job_last_rendered),
        )
        .route(paths::JOB_SET_STATUS, web::post().to(set_job_status))
        .route(paths::JOB_SET_PRIORITY, web::post().to(set_job_priority))
        .route(paths::JOB_SET_TAG, web::post().to(set_job_tag))
        .route(paths::JOB_BLOCKLIST, web::delete().to(remove_job_blocklist));
}

/// Submit a job.
#[utoipa::path(post, path = paths::JOBS, tag = "jobs", operation_id = "submitJob", request_body = SubmittedJob,
    responses((status = 200, body = Job), (status = 412, body = Error), (status = "default", body = Error)))]
pub(super) async fn submit_job(
    req: HttpRequest,
    parts: web::Data<Parts>,
    LargeBody(job, memory): LargeBody<SubmittedJob>,
) -> Answer {
    let submitted = ask::ask(&parts.intake, SubmitJob { job, memory }).await?;
    let job = submitted.map_err(|error| refused(&req, &parts, error))?;
    Ok(json(&job))
}

/// Tells of a job that makes no sense.
fn refused(req: &HttpRequest, parts: &Parts, error: IntakeError) -> ApiError {
    if !matches!(error, IntakeError::NotStored | IntakeError::Unavailable(_)) {
        let (peer, reason) = (caller::peer(req), error.to_string());
        parts.refusals.note(Refusal::Job, peer, reason);
    }
    error.into()
}

/// Find out whether a job could be submitted.
#[utoipa::path(post, path = paths::JOBS_CHECK, tag = "jobs", operation_id = "submitJobCheck",
    request_body = SubmittedJob,
    responses((status = 204), (status = 412, body = Error), (status = "default", body = Error)))]
pub(super) async fn submit_job_check(
    req: HttpRequest,
    parts: web::Data<Parts>,
    LargeBody(job, memory): LargeBody<SubmittedJob>,
) -> Answer {
    let checked = ask::ask(&parts.intake, CheckJob { job, memory }).await?;
    checked.map_err(|error| refused(&req, &parts, error))?;
    Ok(no_content())
}

/// All jobs.
#[utoipa::path(get, path = paths::JOBS, tag = "jobs", operation_id = "fetchJobs",
    responses((status = 200, body = JobsQueryResult), (status = "default", body = Error)))]
pub(super) async fn fetch_jobs(parts: web::Data<Parts>) -> Answer {
    let list = AsJson::new(ListJobs, |jobs| JobsQueryResult { jobs });
    Ok(json_text(parts.store.read(list).await??))
}

/// One job.
#[utoipa::path(get, path = paths::JOB, tag = "jobs", operation_id = "fetchJob", params(("job_id" = String, Path)),
    responses((status = 200, body = Job), (status = "default", body = Error)))]
pub(super) async fn fetch_job(parts: web::Data<Parts>, id: web::Path<JobId>) -> Answer {
    let job = parts.store.read(FindJob { id: *id }).await??;
    job.map(|job| json(&job))
        .ok_or_else(|| ApiError::not_found(format_args!("there is no job {id}")))
}

/// Why a job is not being worked on: for each Worker the first reason.
#[utoipa::path(get, path = paths::FARM_JOB_WHY, tag = "farm", operation_id = "whyJob",
    params(("job_id" = String, Path)),
    responses((status = 200, body = JobWhy), (status = "default", body = Error)))]
pub(super) async fn why_job(parts: web::Data<Parts>, id: web::Path<JobId>) -> Answer {
    let why = give_order(&parts.scheduler, AskWhyJob { job: *id }).await?;
    why.map(|why| json(&why))
        .ok_or_else(|| ApiError::not_found(format_args!("there is no job {id}")))
}

/// The tasks of a job.
#[utoipa::path(get, path = paths::JOB_TASKS, tag = "jobs", operation_id = "fetchJobTasks",
    params(("job_id" = String, Path)),
    responses((status = 200, body = JobTasksSummary), (status = "default", body = Error)))]
pub(super) async fn fetch_job_tasks(parts: web::Data<Parts>, id: web::Path<JobId>) -> Answer {
    let list = AsJson::new(ListTasks { job: *id }, |tasks| JobTasksSummary {
        tasks: Some(tasks),
    });
    Ok(json_text(parts.store.read(list).await??))
}

/// Who gets no more tasks of which type of a job.
#[utoipa::path(get, path = paths::JOB_BLOCKLIST, tag = "jobs", operation_id = "fetchJobBlocklist",
    params(("job_id" = String, Path)),
    responses((status = 200, body = JobBlocklist), (status = "default", body = Error)))]
pub(super) async fn fetch_job_blocklist(parts: web::Data<Parts>, id: web::Path<JobId>) -> Answer {
    Ok(json(&parts.store.read(ListBlocklist { id: *id }).await??))
}

/// Order a job to take a state.
#[utoipa::path(post, path = paths::JOB_SET_STATUS, tag = "jobs", operation_id = "setJobStatus",
    params(("job_id" = String, Path)), request_body = JobStatusChange,
    responses((status = 204), (status = 422, body = Error), (status = "default", body = Error)))]
pub(super) async fn set_job_status(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), id)): InOrder<(JsonBody<JobStatusChange>, web::Path<JobId>)>,
) -> Answer {
    let JobStatusChange {
        status,
        reason,
        overwrite,
    } = body;
    let order = SetJobStatus {
        job: *id,
        status,
        reason,
        overwrite: overwrite.unwrap_or(false),
    };
    give_order(&parts.scheduler, order).await??;
    Ok(no_content())
}

/// Have a job worked on earlier or later.
#[utoipa::path(post, path = paths::JOB_SET_PRIORITY, tag = "jobs", operation_id = "setJobPriority",
    params(("job_id" = String, Path)), request_body = JobPriorityChange,
    responses((status = 204), (status = 422, body = Error), (status = "default", body = Error)))]
pub(super) async fn set_job_priority(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), id)): InOrder<(JsonBody<JobPriorityChange>, web::Path<JobId>)>,
) -> Answer {
    let priority = body.priority;
    if !(0..=100).contains(&priority) {
        return Err(ApiError::bad_request("the priority must be from 0 to 100"));
    }
    give_order(&parts.scheduler, SetJobPriority { job: *id, priority }).await??;
    Ok(no_content())
}

/// Bind a job to the Workers with a tag, or to none.
#[utoipa::path(post, path = paths::JOB_SET_TAG, tag = "jobs", operation_id = "setJobTag",
    params(("job_id" = String, Path)), request_body = JobTagChange,
    responses((status = 204), (status = 406, body = Error), (status = 422, body = Error),
        (status = "default", body = Error)))]
pub(super) async fn set_job_tag(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), id)): InOrder<(JsonBody<JobTagChange>, web::Path<JobId>)>,
) -> Answer {
    let tag = match body {
        JobTagChange { id: Some(id), .. } => id.parse().ok().map(TagChoice::Id),
        JobTagChange { name, .. } => Some(name.map_or(TagChoice::Without, TagChoice::Name)),
    };
    give_order(&parts.scheduler, SetJobTag { job: *id, tag }).await??;
    Ok(no_content())
}

/// Let Workers have tasks of a job again.
#[utoipa::path(delete, path = paths::JOB_BLOCKLIST, tag = "jobs", operation_id = "removeJobBlocklist",
    params(("job_id" = String, Path)), request_body = JobBlocklist,
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn remove_job_blocklist(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), id)): InOrder<(JsonBody<JobBlocklist>, web::Path<JobId>)>,
) -> Answer {
    if body.0.is_empty() {
        return Err(ApiError::bad_request(
            "the list names nobody who is to be let in again",
        ));
    }
    let blocks = body
        .0
        .into_iter()
        .map(|entry| (entry.worker_id, entry.task_type));
    let (job, blocks) = (*id, blocks.collect());
    give_order(&parts.scheduler, RemoveFromBlocklist { job, blocks }).await?;
    Ok(no_content())
}

/// The newest picture of a job.
#[utoipa::path(get, path = paths::JOB_LAST_RENDERED, tag = "jobs", operation_id = "fetchJobLastRenderedInfo",
    params(("job_id" = String, Path)),
    responses((status = 200, body = JobLastRenderedImageInfo), (status = 204), (status = "default", body = Error)))]
pub(super) async fn fetch_job_last_rendered(
    parts: web::Data<Parts>,
    id: web::Path<JobId>,
) -> Answer {
    last_rendered(&parts, Some(*id)).await
}

/// The newest picture of any job.
#[utoipa::path(get, path = paths::LAST_RENDERED, tag = "jobs", operation_id = "fetchGlobalLastRenderedInfo",
    responses((status = 200, body = JobLastRenderedImageInfo), (status = 204), (status = "default", body = Error)))]
pub(super) async fn fetch_global_last_rendered(parts: web::Data<Parts>) -> Answer {
    last_rendered(&parts, None).await
}

async fn last_rendered(parts: &Parts, job: Option<JobId>) -> Answer {
    let found = ask::ask(&parts.last_rendered, FindLastRendered { job }).await?;
    Ok(found.map_or_else(no_content, |info| json(&info)))
}
