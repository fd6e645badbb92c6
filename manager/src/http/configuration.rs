//! The configuration in full, and what the setup assistant asks.

use actix_web::http::header::{ACCEPT, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use farandole_protocol::api::{
    BlenderPathCheckResult, BlenderPathFindResult, Error, PathCheckInput, PathCheckResult,
    SetupAssistantConfig,
};
use farandole_protocol::{headers, paths};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body::{JsonBody, OptionalJsonBody};
use super::caller::{self, Local};
use super::error::ApiError;
use super::respond::{json, no_content};
use crate::ask;
use crate::config::{Aside, known_to_flamenco};
use crate::host::{CheckBlender, CheckSharedStorage, FindBlender};
use crate::parts::Parts;
use crate::settings::{ChangeSettings, FindAllSettings, SaveSetup};

type Answer = Result<HttpResponse, ApiError>;

/// The other form in which the configuration can be had.
const YAML: &str = "application/yaml";

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(
        paths::CONFIGURATION_FILE,
        web::get().to(get_configuration_file),
    )
    .route(
        paths::CONFIGURATION_FILE,
        web::put().to(update_configuration_file),
    )
    .route(
        paths::CHECK_SHARED_STORAGE,
        web::post().to(check_shared_storage_path),
    )
    .route(paths::CHECK_BLENDER, web::get().to(find_blender_exe_path))
    .route(paths::CHECK_BLENDER, web::post().to(check_blender_exe_path))
    .route(
        paths::SETUP_ASSISTANT,
        web::post().to(save_setup_assistant_config),
    );
}

/// What is wanted of the configuration.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    all: bool,
}

/// The configuration in force: the keys that Flamenco has, too, since its web application can show no others. Secrets
/// are hidden.
#[utoipa::path(get, path = paths::CONFIGURATION_FILE, tag = "meta", operation_id = "getConfigurationFile",
    params(("all" = Option<bool>, Query, description = "Whether to show the keys that are Farandole's own, too.")),
    responses((status = 200, content((Map<String, Value> = "application/json"), (Map<String, Value> = "application/yaml"))),
        (status = "default", body = Error)))]
pub(super) async fn get_configuration_file(
    req: HttpRequest,
    wanted: web::Query<Wanted>,
    parts: web::Data<Parts>,
) -> Answer {
    let mut settings = ask::ask(&parts.settings, FindAllSettings).await?;
    if !wanted.all {
        settings = known_to_flamenco(settings);
    }
    let accept = req
        .headers()
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    match accept.filter(|accept| prefers_yaml(accept)) {
        Some(_) => {
            let text = yaml_serde::to_string(&settings).map_err(ApiError::bad_request)?;
            Ok(HttpResponse::Ok().content_type(YAML).body(text))
        }
        None => Ok(json(&settings)),
    }
}

/// Change the configuration. What is not sent stays; `null` takes a key out of the file, so that its default is in
/// force; secrets that are sent as they were shown stay. The answer's headers tell what waits for the next start, what
/// a flag or variable of the Manager overrides, and what is no key. Only for callers on the Manager's own host; settings
/// that name programs, files and addresses are not taken from them either.
#[utoipa::path(put, path = paths::CONFIGURATION_FILE, tag = "meta", operation_id = "updateConfigurationFile",
    request_body = Map<String, Value>,
    responses((status = 204), (status = 409, body = Error), (status = "default", body = Error)))]
pub(super) async fn update_configuration_file(
    _: Local,
    req: HttpRequest,
    parts: web::Data<Parts>,
    JsonBody(sent): JsonBody<Map<String, Value>>,
) -> Answer {
    let peer = caller::peer(&req);
    let order = ChangeSettings { sent, peer };
    Ok(changed(&ask::ask(&parts.settings, order).await??))
}

/// Find out whether a folder can be the shared storage. Only for callers on the Manager's own host.
#[utoipa::path(post, path = paths::CHECK_SHARED_STORAGE, tag = "meta", operation_id = "checkSharedStoragePath",
    request_body = Option<PathCheckInput>,
    responses((status = 200, body = PathCheckResult), (status = "default", body = Error)))]
pub(super) async fn check_shared_storage_path(
    _: Local,
    parts: web::Data<Parts>,
    OptionalJsonBody(body): OptionalJsonBody<PathCheckInput>,
) -> Answer {
    let path = body.unwrap_or_default().path;
    Ok(json(
        &ask::ask(&parts.host, CheckSharedStorage { path }).await?,
    ))
}

/// Find the Blenders of this host. Only for callers on it.
#[utoipa::path(get, path = paths::CHECK_BLENDER, tag = "meta", operation_id = "findBlenderExePath",
    responses((status = 200, body = BlenderPathFindResult), (status = "default", body = Error)))]
pub(super) async fn find_blender_exe_path(_: Local, parts: web::Data<Parts>) -> Answer {
    let found = ask::ask(&parts.host, FindBlender).await?;
    Ok(json(&BlenderPathFindResult(found)))
}

/// Find out whether a program is a Blender that runs: one on the Manager's `PATH`, or one that its configuration names.
/// Only for callers on its own host.
#[utoipa::path(post, path = paths::CHECK_BLENDER, tag = "meta", operation_id = "checkBlenderExePath",
    request_body = Option<PathCheckInput>,
    responses((status = 200, body = BlenderPathCheckResult), (status = "default", body = Error)))]
pub(super) async fn check_blender_exe_path(
    _: Local,
    parts: web::Data<Parts>,
    OptionalJsonBody(body): OptionalJsonBody<PathCheckInput>,
) -> Answer {
    let path = body.unwrap_or_default().path;
    Ok(json(&ask::ask(&parts.host, CheckBlender { path }).await?))
}

/// Set the farm up: where the shared storage is, and which Blender Workers are to run. Only while there is no shared
/// storage, and for callers on the Manager's own host.
#[utoipa::path(post, path = paths::SETUP_ASSISTANT, tag = "meta", operation_id = "saveSetupAssistantConfig",
    request_body = Option<SetupAssistantConfig>,
    responses((status = 204), (status = 409, body = Error), (status = "default", body = Error)))]
pub(super) async fn save_setup_assistant_config(
    _: Local,
    req: HttpRequest,
    parts: web::Data<Parts>,
    OptionalJsonBody(body): OptionalJsonBody<SetupAssistantConfig>,
) -> Answer {
    let gathered = body.ok_or_else(|| {
        ApiError::bad_request(
            "the configuration is incomplete: say storageLocation and blenderExecutable",
        )
    })?;
    let peer = caller::peer(&req);
    let order = SaveSetup { gathered, peer };
    Ok(changed(&ask::ask(&parts.settings, order).await??))
}

/// What people should know, in headers: there is no body.
fn changed(aside: &Aside) -> HttpResponse {
    let mut answer = no_content();
    let told = [
        (headers::AFTER_RESTART, aside.after_restart.join(", ")),
        (headers::OVERRIDDEN, aside.overridden.join(", ")),
        (headers::UNKNOWN_KEYS, aside.unknown.join(", ")),
    ];
    for (name, text) in told {
        // What cannot stand in a header is in the log.
        if let Ok(value) = HeaderValue::from_str(&text)
            && !text.is_empty()
        {
            answer
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

/// Whether the client would rather have YAML than JSON, which it gets if it does not care.
fn prefers_yaml(accept: &str) -> bool {
    let quality = |wanted: &[&str]| {
        let ranges = accept.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().filter(|name| wanted.contains(name))?;
            let quality = parts.find_map(|part| part.strip_prefix("q="));
            let quality = quality.map_or(Some(1.0), |text| text.parse::<f32>().ok())?;
            // What is named wins over what is meant by a star.
            Some(if name.ends_with('*') {
                quality - 0.0001
            } else {
                quality
            })
        });
        ranges.fold(0.0, f32::max)
    };
    let yaml = quality(&[YAML, "application/x-yaml", "text/yaml"]);
    yaml > quality(&["application/json", "application/*", "*/*"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_for_those_who_want_it() {
        for yaml in [
            YAML,
            "text/yaml",
            "application/yaml, */*;q=0.5",
            "application/yaml, */*",
            "application/json;q=0.5, application/yaml",
        ] {
            assert!(prefers_yaml(yaml), "{yaml}");
        }
        for json in [
            "",
            "*/*",
            "application/json",
            "application/json, application/yaml",
            "text/html",
            "application/yaml;q=0",
        ] {
            assert!(!prefers_yaml(json), "{json}");
        }
    }
}
