//! The files of jobs: which are missing, one of them, and a checkout of all.
//!
//! An upload is never put off: clients that are told to come back later (425) do not, and their submission fails.
//! Whoever sends what somebody else is sending, too, is heard out, and told when it is stored (208).

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use farandole_protocol::api::{
    Error, ShamanCheckout, ShamanCheckoutResult, ShamanFileSpec, ShamanFileSpecWithStatus,
    ShamanRequirementsRequest, ShamanRequirementsResponse, ShamanSingleFileStatus,
};
use farandole_protocol::paths;

use super::body::LargeBody;
use super::encoded_words;
use super::error::ApiError;
use super::pieces::{self, Pieces};
use super::respond::{json, no_content};
use crate::parts::Parts;
use crate::shaman::{
    BeginFile, CheckoutPath, FileId, FindFile, FindMissing, Incoming, InvalidFileId, MakeCheckout,
    MissingFile, Progress, ShamanError, StoreFile, Stored, Tree,
};

/// Whether somebody else may send the file as well; read over, but wrong ones are refused as in the reference.
const CAN_DEFER: &str = "x-shaman-can-defer-upload";
/// What the file is called where it comes from.
const ORIGINAL_NAME: &str = "x-shaman-original-filename";
/// What is sent in vain is read up to its announced size, and so much in any case, before the sender is told.
const PASSED_OVER: u64 = 16 << 20;

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(
        paths::SHAMAN_REQUIREMENTS,
        web::post().to(shaman_checkout_requirements),
    )
    .route(paths::SHAMAN_CHECKOUT, web::post().to(shaman_checkout))
    .route(paths::SHAMAN_FILE, web::get().to(shaman_file_store_check))
    .route(paths::SHAMAN_FILE, web::post().to(shaman_file_store));
}

/// Which files of a checkout are not stored yet.
#[utoipa::path(post, path = paths::SHAMAN_REQUIREMENTS, tag = "shaman", operation_id = "shamanCheckoutRequirements",
    request_body = ShamanRequirementsRequest,
    responses((status = 200, body = ShamanRequirementsResponse), (status = "default", body = Error)))]
pub(super) async fn shaman_checkout_requirements(
    parts: web::Data<Parts>,
    LargeBody(asked, _memory): LargeBody<ShamanRequirementsRequest>,
) -> Answer {
    let file = |spec: ShamanFileSpec| Ok((FileId::new(&spec.sha, spec.size)?, spec.path));
    let files: Result<_, InvalidFileId> = asked.files.into_iter().map(file).collect();
    let order = FindMissing {
        files: files.map_err(ShamanError::from)?,
    };
    let missing = parts.shaman.ask(order).await??;
    let files = missing.into_iter().map(told).collect();
    Ok(json(&ShamanRequirementsResponse { files }))
}

/// Make a folder of stored files.
#[utoipa::path(post, path = paths::SHAMAN_CHECKOUT, tag = "shaman", operation_id = "shamanCheckout",
    request_body = ShamanCheckout,
    responses((status = 200, body = ShamanCheckoutResult), (status = 424, body = Error), (status = 409, body = Error),
        (status = "default", body = Error)))]
pub(super) async fn shaman_checkout(
    parts: web::Data<Parts>,
    LargeBody(asked, _memory): LargeBody<ShamanCheckout>,
) -> Answer {
    let order = checkout(asked)?;
    let path = parts.shaman.ask(order).await??;
    Ok(json(&ShamanCheckoutResult {
        checkout_path: path.to_string(),
    }))
}

/// Whether a file is stored.
#[utoipa::path(get, path = paths::SHAMAN_FILE, tag = "shaman", operation_id = "shamanFileStoreCheck",
    params(("checksum" = String, Path), ("filesize" = i64, Path)),
    responses((status = 200, body = ShamanSingleFileStatus), (status = "default", body = Error)))]
pub(super) async fn shaman_file_store_check(
    parts: web::Data<Parts>,
    asked: web::Path<(String, i64)>,
) -> Answer {
    let file = FileId::new(&asked.0, asked.1).map_err(ShamanError::from)?;
    let status = parts.shaman.ask(FindFile(file)).await??;
    Ok(json(&ShamanSingleFileStatus { status }))
}

/// Send a file.
#[utoipa::path(post, path = paths::SHAMAN_FILE, tag = "shaman", operation_id = "shamanFileStore",
    params(("checksum" = String, Path), ("filesize" = i64, Path),
        ("X-Shaman-Can-Defer-Upload" = Option<bool>, Header), ("X-Shaman-Original-Filename" = Option<String>, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = 208), (status = 417, body = Error), (status = 425),
        (status = "default", body = Error)))]
pub(super) async fn shaman_file_store(
    req: HttpRequest,
    parts: web::Data<Parts>,
    asked: web::Path<(String, i64)>,
    body: web::Payload,
) -> Answer {
    let mut pieces = Pieces::of(body);
    let outcome = receive(&req, &parts, &asked, &mut pieces).await;
    let announced = u64::try_from(asked.1).unwrap_or_default();
    pieces.pass_over(announced.max(PASSED_OVER)).await;
    Ok(match outcome? {
        Stored::Now => no_content(),
        Stored::Already => HttpResponse::AlreadyReported()
            .content_type("text/plain; charset=UTF-8")
            .finish(),
    })
}

async fn receive(
    req: &HttpRequest,
    parts: &Parts,
    asked: &(String, i64),
    pieces: &mut Pieces,
) -> Result<Stored, ApiError> {
    check_can_defer(req)?;
    let name = original_name(req)?;
    let file = FileId::new(&asked.0, asked.1).map_err(|error| match error {
        // No file is so large.
        InvalidFileId::Size(_) => ApiError::new(StatusCode::EXPECTATION_FAILED, error.to_string()),
        InvalidFileId::Checksum(_) => ShamanError::from(error).into(),
    })?;
    let length = one_header(req, CONTENT_LENGTH.as_str())?.and_then(|text| text.parse().ok());
    let Some(mut incoming) = parts.shaman.ask(BeginFile { file, length }).await?? else {
        return Ok(Stored::Already);
    };
    loop {
        let piece = pieces.next().await;
        let progress;
        (incoming, progress) = write(incoming, piece.bytes).await?;
        match (progress?, piece.end) {
            (Progress::Enough, _) => break,
            (Progress::Wanted, Some(end)) => {
                end?;
                break;
            }
            (Progress::Wanted, None) => {}
        }
    }
    let stored = parts.shaman.ask(StoreFile(incoming)).await??;
    tracing::debug!(shaman.file = %file, path = name, outcome = ?stored, "received a file");
    Ok(stored)
}

async fn write(
    mut incoming: Incoming,
    piece: Bytes,
) -> Result<(Incoming, Result<Progress, ShamanError>), ApiError> {
    pieces::work(move || {
        let progress = incoming.write(&piece);
        (incoming, progress)
    })
    .await
}

fn told(MissingFile { file, path, status }: MissingFile) -> ShamanFileSpecWithStatus {
    ShamanFileSpecWithStatus {
        sha: file.checksum.to_string(),
        // It came as one.
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        path,
        status,
    }
}

fn checkout(asked: ShamanCheckout) -> Result<MakeCheckout, ShamanError> {
    let path = CheckoutPath::asked_for(&asked.checkout_path)?;
    let mut files = Vec::with_capacity(asked.files.len());
    for spec in asked.files {
        files.push((spec.path.parse()?, FileId::new(&spec.sha, spec.size)?));
    }
    let files = Tree::new(files)?;
    Ok(MakeCheckout { path, files })
}

/// As Go reads booleans, and Python writes them.
fn check_can_defer(req: &HttpRequest) -> Result<(), ApiError> {
    const BOOLEANS: [&str; 12] = [
        "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False",
    ];
    match one_header(req, CAN_DEFER)? {
        Some(text) if !BOOLEANS.contains(&text) => Err(ApiError::bad_request(format_args!(
            "the header X-Shaman-Can-Defer-Upload is true or false, not {text:?}"
        ))),
        _ => Ok(()),
    }
}

fn original_name(req: &HttpRequest) -> Result<String, ApiError> {
    let Some(name) = req.headers().get(ORIGINAL_NAME) else {
        return Ok(String::new());
    };
    let name = String::from_utf8_lossy(name.as_bytes());
    encoded_words::decode(&name).map_err(|error| {
        ApiError::bad_request(format_args!(
            "the header X-Shaman-Original-Filename cannot be understood: {error}"
        ))
    })
}

fn one_header<'r>(req: &'r HttpRequest, name: &str) -> Result<Option<&'r str>, ApiError> {
    let mut values = req.headers().get_all(name);
    let value = values.next().map(HeaderValue::to_str).transpose();
    match (value, values.next()) {
        (Ok(value), None) => Ok(value),
        _ => Err(ApiError::bad_request(format_args!(
            "the header {name} is one text"
        ))),
    }
}
