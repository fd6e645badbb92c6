//! The door that each request comes through.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN, UPGRADE};
use actix_web::http::{Method, StatusCode, uri};
use farandole_protocol::paths;
use tokio::sync::Semaphore;

use super::connections::Connection;
use super::hosts::{self, Authority};
use super::origin;
use crate::config::InForce;
use crate::http::caller;
use crate::http::error::ApiError;
use crate::http::outgoing::Origins;
use crate::http::reading::Reading;

/// How much of the body of a refused request is read, in bytes: clients that are sending do not read the answer.
const PASSED_OVER: u64 = 1 << 20;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Types of bodies that a form of any web page can send without a question beforehand, by the Fetch standard.
const OF_FORMS: [&str; 3] = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
];
/// Where files are sent as bytes, of whatever type.
const OF_BYTES: [&str; 2] = ["/api/v3/shaman/files/", "/api/farm/v1/uploads"];

/// What each request is asked. Clones share one warning.
#[derive(Clone, Debug)]
pub(in crate::http) struct Door {
    own_names: Arc<[String]>,
    config: InForce,
    /// The other origins whose pages may read answers, and have something done.
    pub(in crate::http) origins: Origins,
    /// One warning about a name is enough for the log; each answer says the same.
    warnings: Arc<Semaphore>,
}

impl Door {
    /// The door of a Manager whose host has these names, and which these origins may read.
    pub(in crate::http) fn new(own_names: Vec<String>, config: InForce, origins: Origins) -> Self {
        Self {
            own_names: own_names.into(),
            config,
            origins,
            warnings: Arc::new(Semaphore::new(1)),
        }
    }

    /// Whether the request may come in, or why not.
    pub(in crate::http) async fn enter(&self, req: &mut ServiceRequest) -> Result<(), ApiError> {
        if let Some(connection) = req.conn_data::<Connection>() {
            connection.is_understood();
        }
        let checked = self.check(req).await;
        if checked.is_err() {
            pass_over(req).await;
        }
        checked
    }

    async fn check(&self, req: &ServiceRequest) -> Result<(), ApiError> {
        if *req.method() == Method::CONNECT {
            let text = "this is no proxy: CONNECT leads nowhere";
            return Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, text));
        }
        // A Worker may know the Manager by any name, and shows its credentials only after it has asked who this is.
        if matches!(req.path(), paths::HEALTHZ | paths::FARM_MANAGER_IDENTITY) {
            return Ok(());
        }
        check_room(req).await?;
        // No browser has the credentials of a Worker, and Workers may know the Manager by any name.
        if let Some(name) = self.unknown_name(req)
            && !caller::is_worker(req.request()).await
        {
            return Err(self.other_name(req, name));
        }
        if changes_something(req) {
            self.check_origin(req)?;
            check_type(req)?;
        }
        Ok(())
    }

    /// The name that the request uses for this host, if it is not one of its names. A request names its host in its
    /// first line or in a header. One without either is of no browser.
    fn unknown_name<'a>(&self, req: &'a ServiceRequest) -> Option<&'a str> {
        let in_line = req.uri().authority().map(uri::Authority::as_str);
        let named = [in_line, header(req, HOST)];
        let config = self.config.get();
        named.into_iter().flatten().find(|name| {
            !Authority::of(name).is_some_and(|authority| {
                hosts::is_accepted(authority.host, &self.own_names, &config.allowed_hosts)
            })
        })
    }

    fn other_name(&self, req: &ServiceRequest, name: &str) -> ApiError {
        let host = Authority::of(name).map_or(name, |authority| authority.host);
        let text = format!(
            "the name {host:?} is not known to be one of this Manager; if it is, add it to the Manager's setting \
             allowed_hosts (FARANDOLE_ALLOWED_HOSTS), or use the address of the host"
        );
        if let Ok(warning) = self.warnings.try_acquire() {
            warning.forget();
            tracing::warn!(
                host.name = host,
                peer = caller::peer(req.request()),
                "a request named a host that is not in allowed_hosts and was refused; further ones are not logged"
            );
        }
        ApiError::new(StatusCode::MISDIRECTED_REQUEST, text)
    }

    fn check_origin(&self, req: &ServiceRequest) -> Result<(), ApiError> {
        let Some(value) = req.headers().get(ORIGIN) else {
            return not_from_another_site(req);
        };
        let allowed = &self.config.get().allowed_hosts;
        let accepted = value
            .to_str()
            .is_ok_and(|origin| origin::is_accepted(origin, header(req, HOST), allowed));
        if accepted || self.origins.allowed(req.headers()).is_some() {
            return Ok(());
        }
        let text = format!(
            "web pages of {value:?} may not send this to the Manager; if the page is its own, behind a proxy, add the \
             proxy's name to the Manager's setting allowed_hosts (FARANDOLE_ALLOWED_HOSTS)"
        );
        Err(ApiError::new(StatusCode::FORBIDDEN, text))
    }
}

/// Where too many connections are open, only Workers are served.
async fn check_room(req: &ServiceRequest) -> Result<(), ApiError> {
    let connection = req.conn_data::<Connection>();
    let full = connection.and_then(Connection::only_for_workers);
    let (Some(connection), Some(reason)) = (connection, full) else {
        return Ok(());
    };
    if caller::is_worker(req.request()).await {
        return Ok(());
    }
    connection.refuse(&reason);
    Err(ApiError::overload(reason))
}

fn header(req: &ServiceRequest, name: HeaderName) -> Option<&str> {
    // What is no text is no name of ours, and no origin either.
    Some(req.headers().get(name)?.to_str().unwrap_or("\u{fffd}"))
}

/// Whether it is to change something, or opens a WebSocket, which browsers do for any page.
fn changes_something(req: &ServiceRequest) -> bool {
    !matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || req.headers().contains_key(UPGRADE)
}

/// Browsers say where a request comes from also where they leave the origin out.
fn not_from_another_site(req: &ServiceRequest) -> Result<(), ApiError> {
    match header(req, HeaderName::from_static("sec-fetch-site")) {
        Some("cross-site" | "same-site") => {
            let text = "web pages of other sites may not send this to the Manager";
            Err(ApiError::new(StatusCode::FORBIDDEN, text))
        }
        _ => Ok(()),
    }
}

fn check_type(req: &ServiceRequest) -> Result<(), ApiError> {
    if !OF_BYTES.iter().any(|path| req.path().starts_with(path)) {
        return Ok(());
    }
    let given = header(req, CONTENT_TYPE).unwrap_or_default();
    let plain = given.split(';').next().unwrap_or_default().trim();
    if OF_FORMS.iter().any(|form| form.eq_ignore_ascii_case(plain)) {
        let text = format!("files are sent as application/octet-stream, not {given}");
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    Ok(())
}

/// Reads some of the body of a refused request.
async fn pass_over(req: &mut ServiceRequest) {
    // The body of CONNECT is all that follows on the connection.
    if *req.method() == Method::CONNECT || req.headers().contains_key(UPGRADE) {
        return;
    }
    let (req, payload) = req.parts_mut();
    let mut body = Reading::of(req, payload, 0);
    drop(tokio::time::timeout(PATIENCE, body.pass_over(PASSED_OVER)).await);
}
