//! What Workers find on their hosts. Not in the Flamenco contract.

use actix_web::{HttpResponse, web};
use farandole_protocol::api::{Error, WorkerCondition, WorkerExpectations};
use farandole_protocol::paths;
use serde::Deserialize;

use super::body::JsonBody;
use super::caller::WorkerAuth;
use super::error::ApiError;
use super::in_order::InOrder;
use super::respond::{json, no_content};
use crate::ask;
use crate::parts::Parts;
use crate::worker_conditions::{FindExpectations, ReportCondition};

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(
        paths::FARM_WORKER_EXPECTATIONS,
        web::get().to(find_expectations),
    )
    .route(
        paths::FARM_WORKER_CONDITION,
        web::put().to(report_condition),
    );
}

/// Of which platform.
#[derive(Debug, Deserialize)]
pub(super) struct Platform {
    /// The Worker's platform, such as `linux`.
    platform: String,
}

/// Ask what is to be found on the Worker's host.
#[utoipa::path(get, path = paths::FARM_WORKER_EXPECTATIONS, tag = "worker", operation_id = "findWorkerExpectations",
    security(("worker_auth" = [])), params(("platform" = String, Query, description = "The Worker's platform, such as `linux`.")),
    responses((status = 200, body = WorkerExpectations), (status = "default", body = Error)))]
pub(super) async fn find_expectations(
    WorkerAuth(_): WorkerAuth,
    of: web::Query<Platform>,
    parts: web::Data<Parts>,
) -> Answer {
    let Platform { platform } = of.into_inner();
    let found = ask::ask(&parts.worker_conditions, FindExpectations { platform }).await??;
    Ok(json(&found))
}

/// Tell what was found on the Worker's host.
#[utoipa::path(put, path = paths::FARM_WORKER_CONDITION, tag = "worker", operation_id = "reportWorkerCondition",
    security(("worker_auth" = [])), request_body = WorkerCondition,
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn report_condition(
    parts: web::Data<Parts>,
    InOrder((WorkerAuth(worker), JsonBody(condition))): InOrder<(
        WorkerAuth,
        JsonBody<WorkerCondition>,
    )>,
) -> Answer {
    let order = ReportCondition { worker, condition };
    ask::ask(&parts.worker_conditions, order).await???;
    Ok(no_content())
}
