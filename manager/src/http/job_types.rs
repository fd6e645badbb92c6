//! Job types.

use actix_web::{HttpResponse, web};
use farandole_protocol::api::{AvailableJobType, AvailableJobTypes, Error};
use farandole_protocol::paths;

use super::error::ApiError;
use super::respond::json;
use crate::ask;
use crate::compiler::{GetJobType, ListJobTypes};
use crate::parts::Parts;

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::JOB_TYPES, web::get().to(get_job_types))
        .route(paths::JOB_TYPE, web::get().to(get_job_type));
}

/// All job types that can be used.
#[utoipa::path(get, path = paths::JOB_TYPES, tag = "jobs", operation_id = "getJobTypes",
    responses((status = 200, body = AvailableJobTypes), (status = "default", body = Error)))]
pub(super) async fn get_job_types(parts: web::Data<Parts>) -> Answer {
    let job_types = ask::ask(&parts.questions, ListJobTypes).await?;
    Ok(json(&AvailableJobTypes { job_types }))
}

/// One job type.
#[utoipa::path(get, path = paths::JOB_TYPE, tag = "jobs", operation_id = "getJobType",
    params(("typeName" = String, Path)),
    responses((status = 200, body = AvailableJobType), (status = "default", body = Error)))]
pub(super) async fn get_job_type(parts: web::Data<Parts>, name: web::Path<String>) -> Answer {
    let name = name.into_inner();
    let found = ask::ask(&parts.questions, GetJobType { name }).await?;
    let job_type = found.map_err(ApiError::of_job_type)?;
    Ok(json(&job_type))
}
