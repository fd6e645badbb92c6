//! Whether the Manager is alive, and whether all its parts do their work.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use farandole_protocol::paths;
use serde::Serialize;

use super::respond::json_with;
use crate::health::PartHealth;
use crate::parts::Parts;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::HEALTHZ, web::get().to(healthz))
        .route(paths::READYZ, web::get().to(readyz));
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    parts: Vec<PartHealth>,
}

/// Alive: an answer is all it takes.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("alive\n")
}

/// Ready: each part answers in time, and does its work.
async fn readyz(parts: web::Data<Parts>) -> HttpResponse {
    let parts = parts.health().await;
    let ready = parts.iter().all(|part| part.ready);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut response = json_with(status, &Readiness { ready, parts });
    if !ready {
        let soon = HeaderValue::from_static("1");
        response.headers_mut().insert(RETRY_AFTER, soon);
    }
    response
}
