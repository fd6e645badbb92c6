//! The Manager about itself.

use actix_web::http::header::USER_AGENT;
use actix_web::{HttpRequest, HttpResponse, web};
use farandole_discovery::{description, message};
use farandole_protocol::api::{
    Error, FarmStatusReport, FlamencoVersion, ManagerConfiguration, ManagerVariableAudience,
    ManagerVariables, SharedStorageLocation,
};
use farandole_protocol::paths;

use super::error::ApiError;
use super::respond::json;
use crate::ask;
use crate::farm_status::FindFarmStatus;
use crate::parts::Parts;
use crate::settings::{FindConfiguration, FindSharedStorage, FindVariables, FindVersion};

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::VERSION, web::get().to(get_version))
        .route(paths::STATUS, web::get().to(get_farm_status))
        .route(paths::CONFIGURATION, web::get().to(get_configuration))
        .route(paths::VARIABLES, web::get().to(get_variables))
        .route(paths::SHARED_STORAGE, web::get().to(get_shared_storage))
        .route(message::DESCRIPTION_PATH, web::get().to(get_description));
}

/// What this Manager is. Programs of Flamenco 3 are told their own version as `shortversion`.
#[utoipa::path(get, path = paths::VERSION, tag = "meta", operation_id = "getVersion",
    responses((status = 200, body = FlamencoVersion), (status = "default", body = Error)))]
pub(super) async fn get_version(req: HttpRequest, parts: web::Data<Parts>) -> Answer {
    let user_agent = req.headers().get(USER_AGENT);
    let user_agent = user_agent.and_then(|name| name.to_str().ok());
    let order = FindVersion {
        user_agent: user_agent.map(str::to_owned),
    };
    Ok(json(&ask::ask(&parts.settings, order).await?))
}

/// What the farm as a whole is doing.
#[utoipa::path(get, path = paths::STATUS, tag = "meta", operation_id = "getFarmStatus",
    responses((status = 200, body = FarmStatusReport), (status = "default", body = Error)))]
pub(super) async fn get_farm_status(parts: web::Data<Parts>) -> Answer {
    let status = ask::ask(&parts.farm_status, FindFarmStatus).await?;
    Ok(json(&FarmStatusReport { status }))
}

/// What a submitter has to know of the configuration.
#[utoipa::path(get, path = paths::CONFIGURATION, tag = "meta", operation_id = "getConfiguration",
    responses((status = 200, body = ManagerConfiguration), (status = "default", body = Error)))]
pub(super) async fn get_configuration(parts: web::Data<Parts>) -> Answer {
    Ok(json(&ask::ask(&parts.settings, FindConfiguration).await?))
}

/// The variables for an audience on a platform.
#[utoipa::path(get, path = paths::VARIABLES, tag = "meta", operation_id = "getVariables",
    params(("audience" = ManagerVariableAudience, Path), ("platform" = String, Path)),
    responses((status = 200, body = ManagerVariables), (status = "default", body = Error)))]
pub(super) async fn get_variables(
    parts: web::Data<Parts>,
    path: web::Path<(ManagerVariableAudience, String)>,
) -> Answer {
    let (audience, platform) = path.into_inner();
    Ok(json(
        &ask::ask(&parts.settings, FindVariables { audience, platform }).await?,
    ))
}

/// Where the shared storage is for an audience on a platform.
#[utoipa::path(get, path = paths::SHARED_STORAGE, tag = "meta", operation_id = "getSharedStorage",
    params(("audience" = ManagerVariableAudience, Path), ("platform" = String, Path)),
    responses((status = 200, body = SharedStorageLocation), (status = "default", body = Error)))]
pub(super) async fn get_shared_storage(
    parts: web::Data<Parts>,
    path: web::Path<(ManagerVariableAudience, String)>,
) -> Answer {
    let (audience, platform) = path.into_inner();
    Ok(json(
        &ask::ask(&parts.settings, FindSharedStorage { audience, platform }).await?,
    ))
}

/// What discovery points to.
async fn get_description(parts: web::Data<Parts>) -> Answer {
    let version = ask::ask(&parts.settings, FindVersion::default()).await?;
    let text = description::description(env!("CARGO_PKG_VERSION"), &version.name);
    Ok(HttpResponse::Ok()
        .content_type(description::CONTENT_TYPE)
        .body(text))
}
