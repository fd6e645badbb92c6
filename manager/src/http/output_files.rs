//! What jobs made: files that an actor opens and that are sent from here, in whole or in part, and the recorded outputs.

use actix_files::NamedFile;
use actix_web::http::header::ContentDisposition;
use actix_web::{HttpRequest, HttpResponse, web};
use farandole_protocol::api::{Error, JobFiles, JobOutputs, JobVerification, JobVerifyRequest};
use farandole_protocol::ids::JobId;
use farandole_protocol::paths;

use super::body::JsonBody;
use super::browsers::{inline, shown_as};
use super::error::ApiError;
use super::in_order::InOrder;
use super::respond::json;
use crate::ask;
use crate::job_output::{ListJobFiles, ListJobOutputs, OpenJobFile, VerifyJob};
use crate::parts::Parts;

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let file = paths::FARM_JOB_FILE.replace("{path}", "{path:.+}");
    cfg.route(paths::FARM_JOB_FILES, web::get().to(list_job_files))
        .route(&file, web::get().to(get_job_file))
        .route(paths::FARM_JOB_OUTPUTS, web::get().to(list_job_outputs))
        .route(paths::FARM_JOB_VERIFY, web::post().to(verify_job));
}

/// Where a page of files begins.
#[derive(Debug, serde::Deserialize)]
pub(super) struct FilePage {
    after: Option<String>,
}

/// What lies in the output folder of a job, a page at a time.
#[utoipa::path(get, path = paths::FARM_JOB_FILES, tag = "farm", operation_id = "listJobFiles",
    params(("job_id" = String, Path), ("after" = Option<String>, Query)),
    responses((status = 200, body = JobFiles), (status = "default", body = Error)))]
pub(super) async fn list_job_files(
    parts: web::Data<Parts>,
    job: web::Path<JobId>,
    asked: web::Query<FilePage>,
) -> Answer {
    let FilePage { after } = asked.into_inner();
    let order = ListJobFiles { job: *job, after };
    let files = ask::ask(&parts.job_output, order).await??;
    Ok(json(&files))
}

/// A file of a job's output folder, or a range of its bytes. Pictures and videos have their types and can be shown by
/// browsers; other files are bytes to be saved, since a page or a drawing among them could run scripts as the Manager.
#[utoipa::path(get, path = paths::FARM_JOB_FILE, tag = "farm", operation_id = "getJobFile",
    params(("job_id" = String, Path), ("path" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 206),
        (status = 304), (status = "default", body = Error)))]
pub(super) async fn get_job_file(
    req: HttpRequest,
    parts: web::Data<Parts>,
    asked: web::Path<(JobId, String)>,
) -> Answer {
    let (job, path) = asked.into_inner();
    let order = OpenJobFile {
        job,
        path: path.clone(),
    };
    let file = ask::ask(&parts.job_output, order).await??;
    let no_file = || ApiError::not_found("there is no such file");
    let shown = shown_as(&path);
    let media_type = shown.unwrap_or("application/octet-stream").parse();
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let disposition = if shown.is_some() {
        inline()
    } else {
        ContentDisposition::attachment(name)
    };
    let named = NamedFile::from_file(file, path)
        .map_err(|_| no_file())?
        .set_content_type(media_type.map_err(|_| no_file())?)
        .set_content_disposition(disposition);
    Ok(named.into_response(&req))
}

/// Where a page of outputs begins, and who reads it.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Page {
    after: Option<String>,
    platform: Option<String>,
}

/// Who reads the answer.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Reader {
    platform: Option<String>,
}

/// The recorded outputs of a job, a page at a time.
#[utoipa::path(get, path = paths::FARM_JOB_OUTPUTS, tag = "farm", operation_id = "listJobOutputs",
    params(("job_id" = String, Path), ("after" = Option<String>, Query),
        ("platform" = Option<String>, Query, description = "Show paths as people on this platform see them.")),
    responses((status = 200, body = JobOutputs), (status = "default", body = Error)))]
pub(super) async fn list_job_outputs(
    parts: web::Data<Parts>,
    job: web::Path<JobId>,
    asked: web::Query<Page>,
) -> Answer {
    let Page { after, platform } = asked.into_inner();
    let order = ListJobOutputs {
        job: *job,
        after,
        platform,
    };
    Ok(json(&ask::ask(&parts.job_output, order).await??))
}

/// Check the recorded outputs of a job again, and requeue tasks whose outputs are missing or broken.
#[utoipa::path(post, path = paths::FARM_JOB_VERIFY, tag = "farm", operation_id = "verifyJob",
    params(("job_id" = String, Path),
        ("platform" = Option<String>, Query, description = "Show paths as people on this platform see them.")),
    request_body = JobVerifyRequest,
    responses((status = 200, body = JobVerification), (status = "default", body = Error)))]
pub(super) async fn verify_job(
    parts: web::Data<Parts>,
    reader: web::Query<Reader>,
    InOrder((JsonBody(how), job)): InOrder<(JsonBody<JobVerifyRequest>, web::Path<JobId>)>,
) -> Answer {
    let order = VerifyJob {
        job: *job,
        platform: reader.into_inner().platform,
        requeue: how.requeue,
    };
    Ok(json(&ask::ask(&parts.job_output, order).await??))
}
