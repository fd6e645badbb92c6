//! Responses: JSON as the contract has it, without a charset and with a line end.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::store::JsonText;

/// The content type, to the letter.
pub(super) const JSON: &str = "application/json";

/// A body of JSON.
pub(super) fn json<T: Serialize>(body: &T) -> HttpResponse {
    json_with(StatusCode::OK, body)
}

/// A body that is JSON already.
pub(super) fn json_text(text: JsonText) -> HttpResponse {
    let mut bytes = text.0;
    bytes.push(b'\n');
    HttpResponse::Ok().content_type(JSON).body(bytes)
}

/// A body of JSON with another status.
pub(super) fn json_with<T: Serialize>(status: StatusCode, body: &T) -> HttpResponse {
    let mut bytes = Vec::with_capacity(256);
    if serde_json::to_writer(&mut bytes, body).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    bytes.push(b'\n');
    HttpResponse::build(status).content_type(JSON).body(bytes)
}

/// Nothing more to say.
pub(super) fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
