//! Responses: JSON as the contract has it, without a charset and with a line end.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

/// A body of JSON.
pub(super) fn json<T: Serialize>(body: &T) -> HttpResponse {
    json_with(StatusCode::OK, body)
}

/// A body of JSON with another status.
pub(super) fn json_with<T: Serialize>(status: StatusCode, body: &T) -> HttpResponse {
    let mut bytes = Vec::with_capacity(256);
    if serde_json::to_writer(&mut bytes, body).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    bytes.push(b'\n');
    HttpResponse::build(status)
        .content_type("application/json")
        .body(bytes)
}

/// Nothing more to say.
pub(super) fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
