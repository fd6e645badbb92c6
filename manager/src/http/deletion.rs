//! The deletion of jobs.

use actix_web::{HttpResponse, web};
use chrono::{DurationRound, TimeDelta};
use farandole_protocol::api::{Error, JobDeletionInfo, JobMassDeletionSelection};
use farandole_protocol::ids::JobId;
use farandole_protocol::paths;
use farandole_protocol::time::Timestamp;

use super::body::JsonBody;
use super::error::ApiError;
use super::respond::{json, no_content};
use crate::ask;
use crate::job_deleter::{DeleteJob, DeleteJobsUntil, WhatWouldGo};
use crate::parts::Parts;

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    // The first of these would be a job's id to the second.
    cfg.route(paths::JOBS_MASS_DELETE, web::delete().to(delete_job_mass))
        .route(paths::JOB, web::delete().to(delete_job))
        .route(
            paths::JOB_WHAT_WOULD_DELETE_DO,
            web::get().to(delete_job_what_would_it_do),
        );
}

/// Delete a job, with its logs, its pictures and its Shaman checkout. Files that it made stay.
#[utoipa::path(delete, path = paths::JOB, tag = "jobs", operation_id = "deleteJob",
    params(("job_id" = String, Path)),
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn delete_job(parts: web::Data<Parts>, id: web::Path<JobId>) -> Answer {
    ask::ask(&parts.job_deleter, DeleteJob { job: *id }).await??;
    Ok(no_content())
}

/// Delete all jobs that have not changed since some time.
#[utoipa::path(delete, path = paths::JOBS_MASS_DELETE, tag = "jobs", operation_id = "deleteJobMass",
    request_body = JobMassDeletionSelection,
    responses((status = 204), (status = 416, body = Error), (status = "default", body = Error)))]
pub(super) async fn delete_job_mass(
    parts: web::Data<Parts>,
    JsonBody(body): JsonBody<JobMassDeletionSelection>,
) -> Answer {
    let updated = body
        .last_updated_max
        .and_then(up_to_a_second)
        .ok_or_else(|| {
            ApiError::bad_request("say with last_updated_max up to when the jobs last changed")
        })?;
    ask::ask(&parts.job_deleter, DeleteJobsUntil { updated }).await??;
    Ok(no_content())
}

/// Find out what deleting a job would take with it.
#[utoipa::path(get, path = paths::JOB_WHAT_WOULD_DELETE_DO, tag = "jobs",
    operation_id = "deleteJobWhatWouldItDo", params(("job_id" = String, Path)),
    responses((status = 200, body = JobDeletionInfo), (status = "default", body = Error)))]
pub(super) async fn delete_job_what_would_it_do(
    parts: web::Data<Parts>,
    id: web::Path<JobId>,
) -> Answer {
    Ok(json(
        &ask::ask(&parts.job_deleter, WhatWouldGo { job: *id }).await??,
    ))
}

/// The next whole second, if it is none: clients show times without fractions, and mean all of that second.
fn up_to_a_second(time: Timestamp) -> Option<Timestamp> {
    time.duration_round_up(TimeDelta::seconds(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_a_second_is_a_whole_one() {
        let rounded = |text: &str| up_to_a_second(text.parse().unwrap()).unwrap().to_rfc3339();
        assert_eq!(
            rounded("2026-11-26T10:00:34.275Z"),
            "2026-11-26T10:00:35+00:00"
        );
        assert_eq!(rounded("2026-11-26T10:00:34Z"), "2026-11-26T10:00:34+00:00");
    }

    #[test]
    fn a_time_beyond_all_measure_is_none() {
        assert_eq!(
            up_to_a_second("+262000-01-01T00:00:00Z".parse().unwrap()),
            None
        );
    }
}
