//! Workers, as people see and steer them.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use farandole_protocol::api::{Error, Worker, WorkerList, WorkerStatusChangeRequest};
use farandole_protocol::ids::WorkerId;
use farandole_protocol::paths;
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::Timestamp;

use super::body::JsonBody;
use super::error::ApiError;
use super::in_order::InOrder;
use super::respond::{json, json_text, no_content};
use crate::farm::commands::signs::AskLastSeen;
use crate::farm::commands::worker_mgt::{DeleteWorker, RequestWorkerStatus};
use crate::farm::commands::workers::UnknownWorker;
use crate::parts::Parts;
use crate::scheduler::give_order;
use crate::store::{AsJson, FindWorker, ListWorkers};

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::WORKERS, web::get().to(fetch_workers))
        .route(paths::WORKER, web::get().to(fetch_worker))
        .route(paths::WORKER, web::delete().to(delete_worker))
        .route(
            paths::WORKER_SET_STATUS,
            web::post().to(request_worker_status_change),
        );
}

/// When Workers were last heard of, as far as memory knows better than the database. While the farm is being read again
/// it does not, and what is stored has to do.
async fn last_seen(parts: &Parts) -> HashMap<WorkerId, Timestamp> {
    give_order(&parts.scheduler, AskLastSeen)
        .await
        .unwrap_or_default()
}

/// All Workers.
#[utoipa::path(get, path = paths::WORKERS, tag = "worker-mgt", operation_id = "fetchWorkers",
    responses((status = 200, body = WorkerList), (status = "default", body = Error)))]
pub(super) async fn fetch_workers(parts: web::Data<Parts>) -> Answer {
    let seen = last_seen(&parts).await;
    let list = AsJson::new(ListWorkers, move |mut workers| {
        for worker in &mut workers {
            worker.last_seen = seen.get(&worker.id).copied().or(worker.last_seen);
        }
        WorkerList { workers }
    });
    Ok(json_text(parts.store.read(list).await??))
}

/// One Worker.
#[utoipa::path(get, path = paths::WORKER, tag = "worker-mgt", operation_id = "fetchWorker",
    params(("worker_id" = String, Path)),
    responses((status = 200, body = Worker), (status = "default", body = Error)))]
pub(super) async fn fetch_worker(parts: web::Data<Parts>, id: web::Path<WorkerId>) -> Answer {
    let worker = parts.store.read(FindWorker { id: *id }).await??;
    let seen = last_seen(&parts).await.get(&*id).copied();
    worker
        .map(|mut worker| {
            worker.last_seen = seen.or(worker.last_seen);
            json(&worker)
        })
        .ok_or_else(|| ApiError::not_found(format_args!("there is no worker {id}")))
}

/// Forget a Worker. What it is doing goes back to the queue.
#[utoipa::path(delete, path = paths::WORKER, tag = "worker-mgt", operation_id = "deleteWorker",
    params(("worker_id" = String, Path)),
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn delete_worker(parts: web::Data<Parts>, id: web::Path<WorkerId>) -> Answer {
    let order = DeleteWorker { worker: *id };
    give_order(&parts.scheduler, order)
        .await?
        .map_err(|UnknownWorker| ApiError::not_found(format_args!("there is no worker {id}")))?;
    Ok(no_content())
}

/// Ask a Worker to take a state.
#[utoipa::path(post, path = paths::WORKER_SET_STATUS, tag = "worker-mgt",
    operation_id = "requestWorkerStatusChange", params(("worker_id" = String, Path)),
    request_body = WorkerStatusChangeRequest,
    responses((status = 204), (status = 412, body = Error), (status = "default", body = Error)))]
pub(super) async fn request_worker_status_change(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), id)): InOrder<(
        JsonBody<WorkerStatusChangeRequest>,
        web::Path<WorkerId>,
    )>,
) -> Answer {
    let WorkerStatusChangeRequest { status, is_lazy } = body;
    if status == WorkerStatus::Unset {
        return Err(ApiError::bad_request("the status must not be empty"));
    }
    let order = RequestWorkerStatus {
        worker: *id,
        status,
        lazy: is_lazy,
    };
    give_order(&parts.scheduler, order).await??;
    Ok(no_content())
}
