//! Tags, which bind jobs to Workers.

use actix_web::{HttpResponse, web};
use farandole_protocol::api::{Error, WorkerTag, WorkerTagChangeRequest, WorkerTagList};
use farandole_protocol::ids::{TagId, WorkerId};
use farandole_protocol::paths;

use super::body::JsonBody;
use super::error::ApiError;
use super::in_order::InOrder;
use super::respond::{json, json_text, no_content};
use crate::farm::commands::tags::{CreateTag, DeleteTag, SetWorkerTags, UpdateTag};
use crate::farm::commands::workers::UnknownWorker;
use crate::parts::Parts;
use crate::scheduler::give_order;
use crate::store::{AsJson, FindTag, ListTags};

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::TAGS, web::get().to(fetch_worker_tags))
        .route(paths::TAGS, web::post().to(create_worker_tag))
        .route(paths::TAG, web::get().to(fetch_worker_tag))
        .route(paths::TAG, web::put().to(update_worker_tag))
        .route(paths::TAG, web::delete().to(delete_worker_tag))
        .route(paths::WORKER_SET_TAGS, web::post().to(set_worker_tags));
}

/// All tags.
#[utoipa::path(get, path = paths::TAGS, tag = "worker-mgt", operation_id = "fetchWorkerTags",
    responses((status = 200, body = WorkerTagList), (status = "default", body = Error)))]
pub(super) async fn fetch_worker_tags(parts: web::Data<Parts>) -> Answer {
    let list = AsJson::new(ListTags, |tags| WorkerTagList { tags: Some(tags) });
    Ok(json_text(parts.store.read(list).await??))
}

/// Make a tag.
#[utoipa::path(post, path = paths::TAGS, tag = "worker-mgt", operation_id = "createWorkerTag",
    request_body = WorkerTag,
    responses((status = 200, body = WorkerTag), (status = 409, body = Error), (status = "default", body = Error)))]
pub(super) async fn create_worker_tag(
    parts: web::Data<Parts>,
    JsonBody(body): JsonBody<WorkerTag>,
) -> Answer {
    let given = body.id.as_deref().unwrap_or_default();
    let id = if given.is_empty() {
        TagId::random()
    } else {
        // Another text could be stored, but no other operation would take it.
        given.parse().map_err(|error| {
            ApiError::bad_request(format_args!("the tag's id {given:?} is {error}"))
        })?
    };
    let order = CreateTag {
        id,
        name: body.name.clone(),
        description: body.description.clone().unwrap_or_default(),
    };
    give_order(&parts.scheduler, order).await??;
    Ok(json(&WorkerTag {
        id: Some(id.to_string()),
        description: body.description.filter(|text| !text.is_empty()),
        ..body
    }))
}

/// One tag.
#[utoipa::path(get, path = paths::TAG, tag = "worker-mgt", operation_id = "fetchWorkerTag",
    params(("tag_id" = String, Path)),
    responses((status = 200, body = WorkerTag), (status = "default", body = Error)))]
pub(super) async fn fetch_worker_tag(parts: web::Data<Parts>, id: web::Path<TagId>) -> Answer {
    let tag = parts.store.read(FindTag { id: *id }).await??;
    tag.map(|tag| json(&tag))
        .ok_or_else(|| ApiError::not_found(format_args!("there is no worker tag {id}")))
}

/// Give a tag another name or description.
#[utoipa::path(put, path = paths::TAG, tag = "worker-mgt", operation_id = "updateWorkerTag",
    params(("tag_id" = String, Path)), request_body = WorkerTag,
    responses((status = 204), (status = 409, body = Error), (status = "default", body = Error)))]
pub(super) async fn update_worker_tag(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), id)): InOrder<(JsonBody<WorkerTag>, web::Path<TagId>)>,
) -> Answer {
    let order = UpdateTag {
        id: *id,
        name: body.name,
        description: body.description,
    };
    give_order(&parts.scheduler, order).await??;
    Ok(no_content())
}

/// Remove a tag. Jobs that asked for it are for everybody from then on.
#[utoipa::path(delete, path = paths::TAG, tag = "worker-mgt", operation_id = "deleteWorkerTag",
    params(("tag_id" = String, Path)),
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn delete_worker_tag(parts: web::Data<Parts>, id: web::Path<TagId>) -> Answer {
    give_order(&parts.scheduler, DeleteTag { id: *id }).await??;
    Ok(no_content())
}

/// Say which tags a Worker has. Those that do not exist are passed over.
#[utoipa::path(post, path = paths::WORKER_SET_TAGS, tag = "worker-mgt", operation_id = "setWorkerTags",
    params(("worker_id" = String, Path)), request_body = WorkerTagChangeRequest,
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn set_worker_tags(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), id)): InOrder<(JsonBody<WorkerTagChangeRequest>, web::Path<WorkerId>)>,
) -> Answer {
    let order = SetWorkerTags {
        worker: *id,
        tags: body
            .tag_ids
            .iter()
            .filter_map(|tag| tag.parse().ok())
            .collect(),
    };
    give_order(&parts.scheduler, order)
        .await?
        .map_err(|UnknownWorker| ApiError::not_found(format_args!("there is no worker {id}")))?;
    Ok(no_content())
}
