//! What Workers ask and say.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use farandole_protocol::api::{
    AssignedTask, Error, IdentityQuestion, ManagerIdentity, MayKeepRunning, RegisteredWorker,
    TaskUpdate, WorkerRegistration, WorkerSignOn, WorkerStateChange, WorkerStateChanged,
};
use farandole_protocol::headers::{self, Wait};
use farandole_protocol::ids::TaskId;
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::{paths, proof};

use super::body::{AnyBody, JsonBody, PictureBody, ReportBody};
use super::caller::{OwnEnd, WorkerAuth, address, attempt, idle, peer_address};
use super::error::ApiError;
use super::in_order::InOrder;
use super::known_task::KnownTask;
use super::respond::{json, json_with, no_content};
use crate::ask;
use crate::farm::commands::reports::{AskMayRun, MayRun};
use crate::farm::commands::workers::{AskState, Runs, SignOff, SignOn, StateChanged};
use crate::gatekeeper::{Identify, Register};
use crate::handout::{FetchTask, Fetched};
use crate::last_rendered::TakePicture;
use crate::parts::Parts;
use crate::scheduler::give_order;
use crate::sleep_scheduler::wall_clock;
use crate::task_reports::TakeReport;

type Answer = Result<HttpResponse, ApiError>;

/// The longest wait for a task, in seconds; who wants more asks again.
const LONGEST_WAIT: u32 = 60;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::REGISTER_WORKER, web::post().to(register_worker))
        .route(paths::FARM_MANAGER_IDENTITY, web::post().to(identity))
        .route(paths::SIGN_ON, web::post().to(sign_on))
        .route(paths::SIGN_OFF, web::post().to(sign_off))
        .route(paths::WORKER_STATE, web::get().to(worker_state))
        .route(
            paths::WORKER_STATE_CHANGED,
            web::post().to(worker_state_changed),
        )
        .route(paths::WORKER_TASK, web::post().to(schedule_task))
        .route(paths::MAY_I_RUN, web::get().to(may_worker_run))
        .route(paths::OUTPUT_PRODUCED, web::post().to(task_output_produced))
        .route(paths::TASK_UPDATE, web::post().to(task_update));
}

/// Become a Worker of the farm.
#[utoipa::path(post, path = paths::REGISTER_WORKER, tag = "worker", operation_id = "registerWorker",
    request_body = WorkerRegistration,
    responses((status = 200, body = RegisteredWorker), (status = "default", body = Error)))]
pub(super) async fn register_worker(
    req: HttpRequest,
    parts: web::Data<Parts>,
    JsonBody(body): JsonBody<WorkerRegistration>,
) -> Answer {
    let WorkerRegistration {
        name,
        secret,
        platform,
        supported_task_types,
    } = body;
    let (address, task_types) = (address(&req), supported_task_types.clone());
    let order = Register {
        name: name.clone(),
        secret,
        platform: platform.clone(),
        task_types,
        address: address.clone(),
        peer: peer_address(&req),
    };
    let uuid = ask::ask(&parts.gatekeeper, order).await??;
    let (status, software) = (WorkerStatus::Offline, String::new());
    Ok(json(&RegisteredWorker {
        uuid,
        name,
        address,
        status,
        platform,
        software,
        supported_task_types,
    }))
}

/// Ask which Manager this is, and for a proof that it knows the secret of a Worker, which shows it to no other. Takes
/// no credentials.
#[utoipa::path(post, path = paths::FARM_MANAGER_IDENTITY, tag = "worker", operation_id = "managerIdentity",
    request_body = IdentityQuestion,
    responses((status = 200, body = ManagerIdentity), (status = "default", body = Error)))]
pub(super) async fn identity(
    req: HttpRequest,
    parts: web::Data<Parts>,
    JsonBody(question): JsonBody<IdentityQuestion>,
) -> Answer {
    if !proof::is_nonce(&question.nonce) {
        return Err(ApiError::bad_request("nonce must be 64 hexadecimal digits"));
    }
    let address = OwnEnd::of(&req);
    let identity = ask::ask(&parts.gatekeeper, Identify { question, address }).await??;
    Ok(json(&identity))
}

/// Begin to work. Refused while another process works as this Worker; with `Retry-After`, that may have ended.
#[utoipa::path(post, path = paths::SIGN_ON, tag = "worker", operation_id = "signOn",
    security(("worker_auth" = [])), request_body = WorkerSignOn,
    responses((status = 200, body = WorkerStateChange), (status = 409, body = Error), (status = "default", body = Error)))]
pub(super) async fn sign_on(
    req: HttpRequest,
    parts: web::Data<Parts>,
    InOrder((WorkerAuth(worker), JsonBody(body))): InOrder<(WorkerAuth, JsonBody<WorkerSignOn>)>,
) -> Answer {
    let order = SignOn {
        worker,
        name: body.name,
        address: address(&req),
        software: body.software_version,
        task_types: body.supported_task_types,
        can_restart: body.can_restart.unwrap_or(false),
        ephemeral: body.ephemeral.unwrap_or(false),
        runs: Runs {
            current: body.run,
            previous: body.previous_run,
        },
        clock: wall_clock(),
    };
    let status_requested = give_order(&parts.scheduler, order).await??;
    Ok(json(&WorkerStateChange { status_requested }))
}

/// End work; what was being done goes back.
#[utoipa::path(post, path = paths::SIGN_OFF, tag = "worker", operation_id = "signOff",
    security(("worker_auth" = [])),
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn sign_off(
    WorkerAuth(worker): WorkerAuth,
    _: AnyBody,
    parts: web::Data<Parts>,
) -> Answer {
    give_order(&parts.scheduler, SignOff { worker }).await??;
    Ok(no_content())
}

/// Ask for the state to take.
#[utoipa::path(get, path = paths::WORKER_STATE, tag = "worker", operation_id = "workerState",
    security(("worker_auth" = [])),
    responses((status = 200, body = WorkerStateChange), (status = 204), (status = "default", body = Error)))]
pub(super) async fn worker_state(
    WorkerAuth(worker): WorkerAuth,
    parts: web::Data<Parts>,
) -> Answer {
    let requested = give_order(&parts.scheduler, AskState { worker }).await??;
    Ok(requested.map_or_else(no_content, |status_requested| {
        json(&WorkerStateChange { status_requested })
    }))
}

/// Say which state was taken.
#[utoipa::path(post, path = paths::WORKER_STATE_CHANGED, tag = "worker", operation_id = "workerStateChanged",
    security(("worker_auth" = [])), request_body = WorkerStateChanged,
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn worker_state_changed(
    parts: web::Data<Parts>,
    InOrder((WorkerAuth(worker), JsonBody(body))): InOrder<(
        WorkerAuth,
        JsonBody<WorkerStateChanged>,
    )>,
) -> Answer {
    if body.status == WorkerStatus::Unset {
        return Err(ApiError::bad_request("the status must not be empty"));
    }
    let status = body.status;
    give_order(&parts.scheduler, StateChanged { worker, status }).await??;
    Ok(no_content())
}

/// Ask for a task. With `Prefer: wait=30` the answer may come later, when there is one.
#[utoipa::path(post, path = paths::WORKER_TASK, tag = "worker", operation_id = "scheduleTask",
    security(("worker_auth" = [])),
    responses((status = 200, body = AssignedTask), (status = 204),
        (status = 409, body = Error), (status = 423, body = WorkerStateChange),
        (status = "default", body = Error)))]
pub(super) async fn schedule_task(
    req: HttpRequest,
    WorkerAuth(worker): WorkerAuth,
    _: AnyBody,
    parts: web::Data<Parts>,
) -> Answer {
    let wait = wait(&req);
    let order = FetchTask {
        worker,
        wait: wait.map(Wait::duration),
    };
    let mut response = match ask::ask(&parts.handout, order).await?? {
        Fetched::Task(task) => json(&*task),
        Fetched::Nothing => no_content(),
        Fetched::StatusRequested(status_requested) => {
            json_with(StatusCode::LOCKED, &WorkerStateChange { status_requested })
        }
        Fetched::NotAwake(status) => {
            let text = format!("you are {status}, and only a worker that is awake gets tasks");
            return Err(ApiError::new(StatusCode::CONFLICT, text));
        }
        Fetched::UnknownWorker => {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "there is no such worker",
            ));
        }
    };
    if let Some(value) = wait.and_then(|wait| wait.to_string().parse().ok()) {
        let name = actix_web::http::header::HeaderName::from_static(headers::PREFERENCE_APPLIED);
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

fn wait(req: &HttpRequest) -> Option<Wait> {
    let wait = Wait::find(req.headers().get(headers::PREFER)?.to_str().ok()?)?;
    Some(Wait {
        seconds: wait.seconds.min(LONGEST_WAIT),
    })
}

/// Report on a task.
#[utoipa::path(post, path = paths::TASK_UPDATE, tag = "worker", operation_id = "taskUpdate",
    security(("worker_auth" = [])), request_body = TaskUpdate, params(("task_id" = String, Path)),
    responses((status = 204), (status = 409, body = Error), (status = "default", body = Error)))]
pub(super) async fn task_update(
    req: HttpRequest,
    parts: web::Data<Parts>,
    InOrder((WorkerAuth(worker), ReportBody(update), task)): InOrder<(
        WorkerAuth,
        ReportBody<TaskUpdate>,
        web::Path<TaskId>,
    )>,
) -> Answer {
    let order = TakeReport {
        worker,
        task: *task,
        attempt: attempt(&req),
        update,
    };
    ask::ask(&parts.reports, order).await??;
    Ok(no_content())
}

/// Ask whether to go on with a task.
#[utoipa::path(get, path = paths::MAY_I_RUN, tag = "worker", operation_id = "mayWorkerRun",
    security(("worker_auth" = [])), params(("task_id" = String, Path)),
    responses((status = 200, body = MayKeepRunning), (status = "default", body = Error)))]
pub(super) async fn may_worker_run(
    req: HttpRequest,
    parts: web::Data<Parts>,
    InOrder((WorkerAuth(worker), task)): InOrder<(WorkerAuth, web::Path<TaskId>)>,
) -> Answer {
    let order = AskMayRun {
        worker,
        task: *task,
        attempt: attempt(&req),
        idle: idle(&req),
    };
    let (reason, status_change_requested) = match give_order(&parts.scheduler, order).await? {
        MayRun::Yes => (String::new(), false),
        MayRun::NotFound => ("the task was not found".to_owned(), false),
        MayRun::StatusRequested(status) => (format!("you are asked to become {status}"), true),
        MayRun::NotYours => (
            "the task is not assigned to you, or no longer".to_owned(),
            false,
        ),
        MayRun::NotRunning(status) => (format!("the task is {status}"), false),
    };
    Ok(json(&MayKeepRunning {
        may_keep_running: reason.is_empty(),
        reason,
        status_change_requested,
    }))
}

/// Send a picture of what a task makes.
#[utoipa::path(post, path = paths::OUTPUT_PRODUCED, tag = "worker", operation_id = "taskOutputProduced",
    security(("worker_auth" = [])), params(("task_id" = String, Path)),
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))),
    responses((status = 202), (status = 404, body = Error), (status = 409, body = Error),
        (status = 411, body = Error), (status = 413, body = Error),
        (status = 415, body = Error), (status = 429, body = Error), (status = "default", body = Error)))]
pub(super) async fn task_output_produced(
    req: HttpRequest,
    parts: web::Data<Parts>,
    InOrder((WorkerAuth(worker), PictureBody(bytes), KnownTask(task))): InOrder<(
        WorkerAuth,
        PictureBody,
        KnownTask,
    )>,
) -> Answer {
    let order = TakePicture {
        worker,
        task,
        attempt: attempt(&req),
        bytes,
    };
    ask::ask(&parts.last_rendered, order).await??;
    Ok(HttpResponse::Accepted().finish())
}
