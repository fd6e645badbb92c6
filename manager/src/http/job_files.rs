//! Logs and pictures of jobs, opened by their actor and sent from here, in whole or in part.

use actix_files::NamedFile;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use farandole_protocol::paths;

use super::browsers::inline;
use super::error::ApiError;
use crate::parts::Parts;
use crate::task_logs::OpenFile;
use crate::task_logs::paths::JobFile;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource(format!("{}/{{path:.*}}", paths::JOB_FILES))
            .route(web::get().to(get_job_file))
            .default_service(web::to(refuse_other_methods)),
    );
}

/// As in the reference: files can be read only, and whoever asks for options is told so.
async fn refuse_other_methods(req: HttpRequest) -> HttpResponse {
    let mut response = if req.method() == Method::OPTIONS {
        HttpResponse::NoContent().finish()
    } else {
        let text = format!(
            "the files of jobs cannot be asked for with {}",
            req.method()
        );
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, text).error_response()
    };
    let allow = HeaderValue::from_static("GET, HEAD, OPTIONS");
    response.headers_mut().insert(ALLOW, allow);
    response
}

/// A log or a picture. Other paths lead nowhere, whatever they look like.
async fn get_job_file(
    req: HttpRequest,
    parts: web::Data<Parts>,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let not_found = || ApiError::not_found("there is no such file of a job");
    let file = JobFile::parse(&path).ok_or_else(not_found)?;
    let opened = parts
        .logs
        .ask(OpenFile(file))
        .await??
        .ok_or_else(not_found)?;
    let content_type = file.content_type().parse().map_err(|_| not_found())?;
    let named = NamedFile::from_file(opened.file, file.path()).map_err(|_| not_found())?;
    let named = named
        .set_content_disposition(inline())
        .set_content_type(content_type);
    Ok(named.prefer_utf8(true).into_response(&req))
}
