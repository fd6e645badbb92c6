//! When Workers sleep.

use actix_web::{HttpResponse, web};
use farandole_protocol::api::{Error, WorkerSleepSchedule};
use farandole_protocol::ids::WorkerId;
use farandole_protocol::paths;

use super::body::JsonBody;
use super::error::ApiError;
use super::in_order::InOrder;
use super::respond::{json, no_content};
use crate::farm::commands::sleep::SetSleepSchedule;
use crate::parts::Parts;
use crate::scheduler::give_order;
use crate::sleep_scheduler::wall_clock;
use crate::store::FindSleepSchedule;

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(
        paths::WORKER_SLEEP_SCHEDULE,
        web::get().to(fetch_worker_sleep_schedule),
    )
    .route(
        paths::WORKER_SLEEP_SCHEDULE,
        web::post().to(set_worker_sleep_schedule),
    );
}

/// When a Worker sleeps. Nothing if it has no schedule, and, as in the reference, if there is no such Worker.
#[utoipa::path(get, path = paths::WORKER_SLEEP_SCHEDULE, tag = "worker-mgt",
    operation_id = "fetchWorkerSleepSchedule", params(("worker_id" = String, Path)),
    responses((status = 200, body = WorkerSleepSchedule), (status = 204), (status = "default", body = Error)))]
pub(super) async fn fetch_worker_sleep_schedule(
    parts: web::Data<Parts>,
    id: web::Path<WorkerId>,
) -> Answer {
    let schedule = parts
        .store
        .read(FindSleepSchedule { worker: *id })
        .await??;
    Ok(schedule.map_or_else(no_content, |schedule| json(&schedule)))
}

/// Say when a Worker sleeps, in the Manager's local time. A window may go on into the next day.
#[utoipa::path(post, path = paths::WORKER_SLEEP_SCHEDULE, tag = "worker-mgt",
    operation_id = "setWorkerSleepSchedule", params(("worker_id" = String, Path)),
    request_body = WorkerSleepSchedule,
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn set_worker_sleep_schedule(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), id)): InOrder<(JsonBody<WorkerSleepSchedule>, web::Path<WorkerId>)>,
) -> Answer {
    let order = SetSleepSchedule {
        worker: *id,
        schedule: body,
        clock: wall_clock(),
    };
    give_order(&parts.scheduler, order).await??;
    Ok(no_content())
}
