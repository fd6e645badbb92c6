//! Tasks and their logs.

use actix_web::{HttpResponse, web};
use farandole_protocol::api::{Error, Task, TaskAttempts, TaskLogInfo, TaskStatusChange, TaskWhy};
use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::paths;

use super::body::JsonBody;
use super::error::ApiError;
use super::in_order::InOrder;
use super::known_task::KnownTask;
use super::respond::{json, no_content};
use crate::farm::commands::signs::AskTouched;
use crate::farm::commands::tasks::SetTaskStatus;
use crate::farm::commands::why::AskWhyTask;
use crate::parts::Parts;
use crate::scheduler::give_order;
use crate::store::{FindTask, FindTaskPlace, ListAttempts};
use crate::task_logs::paths::log_file;
use crate::task_logs::{FindLog, TailLog};

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::TASK, web::get().to(fetch_task))
        .route(paths::FARM_TASK_ATTEMPTS, web::get().to(list_attempts))
        .route(paths::FARM_TASK_WHY, web::get().to(why_task))
        .route(paths::TASK_LOG, web::get().to(fetch_task_log_info))
        .route(paths::TASK_LOG_TAIL, web::get().to(fetch_task_log_tail))
        .route(paths::TASK_SET_STATUS, web::post().to(set_task_status));
}

/// One task.
#[utoipa::path(get, path = paths::TASK, tag = "jobs", operation_id = "fetchTask",
    params(("task_id" = String, Path)),
    responses((status = 200, body = Task), (status = "default", body = Error)))]
pub(super) async fn fetch_task(parts: web::Data<Parts>, id: web::Path<TaskId>) -> Answer {
    // Signs of life are stored some seconds later, so memory knows better, unless the farm is being read again.
    let touched = give_order(&parts.scheduler, AskTouched { task: *id });
    let touched = touched.await.unwrap_or_default();
    let task = parts.store.read(FindTask { id: *id }).await??;
    let mut task = task.ok_or_else(|| unknown(*id))?;
    task.last_touched = touched.or(task.last_touched);
    Ok(json(&task))
}

/// The attempts at a task: who was given it, when, and how that ended.
#[utoipa::path(get, path = paths::FARM_TASK_ATTEMPTS, tag = "farm", operation_id = "listAttempts",
    params(("task_id" = String, Path)),
    responses((status = 200, body = TaskAttempts), (status = "default", body = Error)))]
pub(super) async fn list_attempts(parts: web::Data<Parts>, id: web::Path<TaskId>) -> Answer {
    let attempts = parts.store.read(ListAttempts { task: *id }).await??;
    attempts
        .map(|attempts| json(&attempts))
        .ok_or_else(|| unknown(*id))
}

/// Why a task is not being worked on: for each Worker the first reason.
#[utoipa::path(get, path = paths::FARM_TASK_WHY, tag = "farm", operation_id = "whyTask",
    params(("task_id" = String, Path)),
    responses((status = 200, body = TaskWhy), (status = "default", body = Error)))]
pub(super) async fn why_task(parts: web::Data<Parts>, id: web::Path<TaskId>) -> Answer {
    let why = give_order(&parts.scheduler, AskWhyTask { task: *id }).await?;
    why.map(|why| json(&why)).ok_or_else(|| unknown(*id))
}

/// Where a task's log can be read, and how long it is.
#[utoipa::path(get, path = paths::TASK_LOG, tag = "jobs", operation_id = "fetchTaskLogInfo",
    params(("task_id" = String, Path)),
    responses((status = 200, body = TaskLogInfo), (status = 204), (status = "default", body = Error)))]
pub(super) async fn fetch_task_log_info(parts: web::Data<Parts>, id: web::Path<TaskId>) -> Answer {
    let (task, job) = (*id, job_of(&parts, *id).await?);
    let size = parts.logs.ask(FindLog { job, task }).await??;
    Ok(size.map_or_else(no_content, |size| {
        let url = format!("{}/{}", paths::JOB_FILES, log_file(job, task));
        json(&TaskLogInfo {
            task_id: task,
            job_id: job,
            url,
            size: size.cast_signed(),
        })
    }))
}

/// The end of a task's log.
#[utoipa::path(get, path = paths::TASK_LOG_TAIL, tag = "jobs", operation_id = "fetchTaskLogTail",
    params(("task_id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 204),
        (status = "default", body = Error)))]
pub(super) async fn fetch_task_log_tail(parts: web::Data<Parts>, id: web::Path<TaskId>) -> Answer {
    let (task, job) = (*id, job_of(&parts, *id).await?);
    let tail = parts.logs.ask(TailLog { job, task }).await??;
    Ok(tail.map_or_else(no_content, |text| {
        HttpResponse::Ok()
            .content_type("text/plain; charset=UTF-8")
            .body(text)
    }))
}

/// Order a task to take a state.
#[utoipa::path(post, path = paths::TASK_SET_STATUS, tag = "jobs", operation_id = "setTaskStatus",
    params(("task_id" = String, Path)), request_body = TaskStatusChange,
    responses((status = 204), (status = 422, body = Error), (status = "default", body = Error)))]
pub(super) async fn set_task_status(
    parts: web::Data<Parts>,
    InOrder((JsonBody(body), KnownTask(task))): InOrder<(JsonBody<TaskStatusChange>, KnownTask)>,
) -> Answer {
    let TaskStatusChange {
        status,
        reason,
        overwrite,
    } = body;
    let order = SetTaskStatus {
        task,
        status,
        reason,
        overwrite: overwrite.unwrap_or(false),
    };
    give_order(&parts.scheduler, order).await??;
    Ok(no_content())
}

async fn job_of(parts: &Parts, id: TaskId) -> Result<JobId, ApiError> {
    parts
        .store
        .read(FindTaskPlace { id })
        .await??
        .ok_or_else(|| unknown(id))
}

fn unknown(id: TaskId) -> ApiError {
    ApiError::not_found(format_args!("there is no task {id}"))
}
