//! The Blender add-on: a file of the studio's, or a page that says where it is found.

use actix_files::NamedFile;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use farandole_protocol::paths;

use super::error::ApiError;
use crate::ask;
use crate::host::OpenAddon;
use crate::parts::Parts;
use crate::settings::FindVersion;

/// The name under which it is kept.
const FILE_NAME: &str = "flamenco-addon.zip";

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::ADDON, web::get().to(get_addon))
        .route(paths::OLD_ADDON, web::get().to(get_old_addon));
}

async fn get_addon(req: HttpRequest, parts: web::Data<Parts>) -> Result<HttpResponse, ApiError> {
    let Some((path, file)) = ask::ask(&parts.host, OpenAddon).await? else {
        return page(&parts).await;
    };
    let not_found = || ApiError::not_found("the add-on cannot be read");
    let named = NamedFile::from_file(file, path).map_err(|_| not_found())?;
    let attached = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(FILE_NAME.to_owned())],
    };
    let content_type = "application/zip".parse().map_err(|_| not_found())?;
    Ok(named
        .set_content_disposition(attached)
        .set_content_type(content_type)
        .into_response(&req))
}

async fn get_old_addon() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, paths::ADDON))
        .finish()
}

/// As in Flamenco, this is no error: it is a page.
async fn page(parts: &Parts) -> Result<HttpResponse, ApiError> {
    let version = ask::ask(&parts.settings, FindVersion::default())
        .await?
        .shortversion;
    let version = escaped(&version);
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>The Blender add-on</title>\n\
         <h1>The Blender add-on</h1>\n\
         <p>This Manager works with the add-on of <strong>Flamenco {version}</strong>. Download Flamenco {version} from \
         <a href=\"https://flamenco.blender.org/download/\">flamenco.blender.org/download</a>, start its Manager once, \
         and save what it serves at <code>/{FILE_NAME}</code>.</p>\n\
         <p>To have it served here, name the file in the setting <code>addon</code> \
         (<code>--addon=/path/to/{FILE_NAME}</code> or <code>FARANDOLE_ADDON</code>).</p>\n</html>\n"
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(text))
}

/// Text that is only text in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
