//! Files on their way into the shared storage: opened by an actor, filled from here.
//!
//! In the way of the IETF draft "Resumable Uploads for HTTP", without its interim responses: `POST` begins an upload
//! by its file's name, with all of it or none or anything between; `PATCH` appends where it ended; `HEAD` and `GET`
//! tell where that is.

use std::io::Write as _;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LENGTH, HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use bytes::Bytes;
use farandole_protocol::api::{Error, Upload};
use farandole_protocol::headers::{UPLOAD_COMPLETE, UPLOAD_LENGTH, UPLOAD_OFFSET};
use farandole_protocol::paths;

use super::error::ApiError;
use super::pieces::{self, Pieces};
use super::respond::{json_with, no_content};
use crate::parts::Parts;
use crate::shared_storage::{
    BeginUpload, ContinueUpload, DiscardUpload, FindUpload, PauseUpload, StorageError, Writing,
};

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::FARM_UPLOAD, web::post().to(begin_upload))
        .route(paths::FARM_UPLOAD, web::patch().to(append_to_upload))
        .route(paths::FARM_UPLOAD, web::get().to(find_upload))
        .route(paths::FARM_UPLOAD, web::delete().to(discard_upload));
}

/// Begin an upload, by the name of its file.
#[utoipa::path(post, path = paths::FARM_UPLOAD, tag = "farm", operation_id = "beginUpload",
    params(("upload" = String, Path), ("Upload-Complete" = Option<String>, Header),
        ("Upload-Length" = Option<u64>, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Upload), (status = "default", body = Error)))]
pub(super) async fn begin_upload(
    req: HttpRequest,
    parts: web::Data<Parts>,
    name: web::Path<String>,
    body: web::Payload,
) -> Answer {
    let complete = flag(&req)?.unwrap_or(true);
    let all_here = complete.then(|| number(&req, CONTENT_LENGTH.as_str()));
    let length = match number(&req, UPLOAD_LENGTH)? {
        Some(length) => Some(length),
        None => all_here.transpose()?.flatten(),
    };
    let name = name.into_inner();
    let begun = parts
        .shared_storage
        .ask(BeginUpload { name, length })
        .await?;
    let upload = receive(&parts, begun?, body, complete, length).await?;
    let location = paths::farm_upload(&upload.id);
    let mut answer = told(StatusCode::CREATED, &upload);
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(LOCATION, location);
    }
    Ok(answer)
}

/// Append to an upload, where it ended.
#[utoipa::path(patch, path = paths::FARM_UPLOAD, tag = "farm", operation_id = "appendToUpload",
    params(("upload" = String, Path), ("Upload-Offset" = u64, Header), ("Upload-Complete" = Option<String>, Header),
        ("Upload-Length" = Option<u64>, Header)),
    request_body(content = Vec<u8>, content_type = "application/partial-upload"),
    responses((status = 200, body = Upload), (status = "default", body = Error)))]
pub(super) async fn append_to_upload(
    req: HttpRequest,
    parts: web::Data<Parts>,
    id: web::Path<String>,
    body: web::Payload,
) -> Answer {
    let offset = number(&req, UPLOAD_OFFSET)?.ok_or_else(|| {
        ApiError::bad_request("say where the body belongs, with the header Upload-Offset")
    })?;
    let (complete, length) = (flag(&req)?.unwrap_or(false), number(&req, UPLOAD_LENGTH)?);
    let announced = number(&req, CONTENT_LENGTH.as_str())?;
    let order = ContinueUpload {
        id: id.into_inner(),
        offset,
        length: length.or(announced.map(|announced| offset.saturating_add(announced))),
    };
    match parts.shared_storage.ask(order).await? {
        Ok(writing) => {
            let upload = receive(&parts, writing, body, complete, length).await?;
            Ok(told(StatusCode::OK, &upload))
        }
        Err(StorageError::OtherOffset { present }) => {
            let mut answer = ApiError::from(StorageError::OtherOffset { present }).error_response();
            say(&mut answer, UPLOAD_OFFSET, &present.to_string());
            Ok(answer)
        }
        Err(StorageError::Busy) => {
            let mut answer = ApiError::from(StorageError::Busy).error_response();
            say(&mut answer, RETRY_AFTER.as_str(), "1");
            Ok(answer)
        }
        Err(error) => Err(error.into()),
    }
}

/// How far an upload has come.
#[utoipa::path(get, path = paths::FARM_UPLOAD, tag = "farm", operation_id = "findUpload",
    params(("upload" = String, Path)),
    responses((status = 200, body = Upload), (status = "default", body = Error)))]
pub(super) async fn find_upload(parts: web::Data<Parts>, id: web::Path<String>) -> Answer {
    let id = id.into_inner();
    let upload = parts.shared_storage.ask(FindUpload { id }).await??;
    Ok(told(StatusCode::OK, &upload))
}

/// Give up an upload that is not complete.
#[utoipa::path(delete, path = paths::FARM_UPLOAD, tag = "farm", operation_id = "discardUpload",
    params(("upload" = String, Path)),
    responses((status = 204), (status = "default", body = Error)))]
pub(super) async fn discard_upload(parts: web::Data<Parts>, id: web::Path<String>) -> Answer {
    let id = id.into_inner();
    parts.shared_storage.ask(DiscardUpload { id }).await??;
    Ok(no_content())
}

/// Writes what comes. However that ends, what came is brought onto the disk, and can be gone on with.
async fn receive(
    parts: &Parts,
    writing: Writing,
    body: web::Payload,
    complete: bool,
    length: Option<u64>,
) -> Result<Upload, ApiError> {
    let (writing, outcome) = write_all(writing, body).await?;
    let order = PauseUpload {
        writing,
        complete: complete && outcome.is_ok(),
        length,
    };
    let upload = parts.shared_storage.ask(order).await?;
    outcome?;
    Ok(upload?)
}

async fn write_all(
    mut writing: Writing,
    body: web::Payload,
) -> Result<(Writing, Result<(), ApiError>), ApiError> {
    let mut pieces = Pieces::of(body);
    loop {
        let piece = pieces.next().await;
        if writing.offset + piece.bytes.len() as u64 > writing.limit.as_u64() {
            let error = StorageError::TooLarge(writing.limit);
            return Ok((writing, Err(error.into())));
        }
        let written;
        (writing, written) = write(writing, piece.bytes).await?;
        match (written, piece.end) {
            (Err(error), _) => return Ok((writing, Err(error.into()))),
            (Ok(()), Some(end)) => return Ok((writing, end)),
            (Ok(()), None) => {}
        }
    }
}

async fn write(
    mut writing: Writing,
    piece: Bytes,
) -> Result<(Writing, Result<(), StorageError>), ApiError> {
    pieces::work(move || {
        let written = writing.file.write_all(&piece);
        writing.offset += piece.len() as u64;
        (writing, written.map_err(StorageError::from))
    })
    .await
}

fn told(status: StatusCode, upload: &Upload) -> HttpResponse {
    let mut answer = json_with(status, upload);
    say(&mut answer, UPLOAD_OFFSET, &upload.size.to_string());
    say(
        &mut answer,
        UPLOAD_COMPLETE,
        if upload.complete { "?1" } else { "?0" },
    );
    say(&mut answer, CACHE_CONTROL.as_str(), "no-store");
    answer
}

fn say(answer: &mut HttpResponse, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (name.try_into(), HeaderValue::from_str(value)) {
        let name: actix_web::http::header::HeaderName = name;
        answer.headers_mut().insert(name, value);
    }
}

/// A header that is a boolean of RFC 9651.
fn flag(req: &HttpRequest) -> Result<Option<bool>, ApiError> {
    match text(req, UPLOAD_COMPLETE)? {
        None => Ok(None),
        Some("?1") => Ok(Some(true)),
        Some("?0") => Ok(Some(false)),
        Some(other) => Err(ApiError::bad_request(format_args!(
            "the header Upload-Complete is ?1 or ?0, not {other:?}"
        ))),
    }
}

fn number(req: &HttpRequest, name: &str) -> Result<Option<u64>, ApiError> {
    let Some(text) = text(req, name)? else {
        return Ok(None);
    };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number);
    number.map(Some).ok_or_else(|| {
        ApiError::bad_request(format_args!("the header {name} is a number, not {text:?}"))
    })
}

fn text<'r>(req: &'r HttpRequest, name: &str) -> Result<Option<&'r str>, ApiError> {
    let value = req.headers().get(name).map(HeaderValue::to_str);
    value
        .transpose()
        .map_err(|_| ApiError::bad_request(format_args!("the header {name} is not a text")))
}
