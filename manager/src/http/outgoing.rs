//! What every request meets on its way in, and every answer gets on its way out: a body if it is an error without one,
//! none if only the head was asked for, and what browsers want to know about other origins and about what they show.
//!
//! Cross-origin, as in Flamenco: only the development server of a web client on one of our own hosts, which has its
//! fixed port, may read answers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN, UPGRADE, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, ResponseError as _};
use bytes::Bytes;
use farandole_discovery::interfaces;
use farandole_discovery::own_urls::own_urls;

use super::browsers;
use super::doors::Door;
use super::error::ApiError;
use super::respond::JSON;

/// Where web clients are developed.
const DEVELOPMENT_PORT: u16 = 8081;
const METHODS: HeaderValue = HeaderValue::from_static("POST,GET,OPTIONS,PUT,DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Accept,Accept-Encoding,Access-Control-Allow-Origin,Access-Control-Request-Headers,\
     Access-Control-Request-Method,Authorization,Content-Length,Content-Type,Origin,X-CSRF-Token,X-Requested-With,\
     Cache-Control,Connection,Host,Referer,User-Agent,X-header",
);

/// Put beside a request whose refusal is to stay as it is: clients of another protocol than ours read it.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsItIs;

/// The origins whose pages may read our answers.
#[derive(Clone, Debug)]
pub(super) struct Origins(Arc<[HeaderValue]>);

impl Origins {
    /// Those of a Manager that listens at this address.
    pub(super) fn of(address: SocketAddr) -> Self {
        let interfaces = interfaces::list().unwrap_or_default();
        let own = own_urls(&address.to_string(), &interfaces).unwrap_or_default();
        let origin = |host: &str| format!("http://{host}:{DEVELOPMENT_PORT}").parse().ok();
        let hosts = own.iter().filter_map(|url| url.host_str());
        Self(hosts.chain(["localhost"]).filter_map(origin).collect())
    }

    /// The origin of the request, if its pages may read our answers.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        self.0.contains(origin).then(|| origin.clone())
    }
}

/// Has the request answered, if it may come in, and finishes the answer.
pub(super) async fn finish(
    door: Rc<Door>,
    mut req: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (origin, method) = (door.origins.allowed(req.headers()), req.method().clone());
    // HEAD is answered as GET is, without the body. A connection that would become a WebSocket is not one to look at.
    let is_head = method == Method::HEAD && !req.headers().contains_key(UPGRADE);
    if is_head {
        req.head_mut().method = Method::GET;
    }
    let answered = match door.enter(&mut req).await {
        Ok(()) => next.call(req).await?,
        Err(refusal) => req.into_response(refusal.error_response()),
    };
    let mut response = with_reason(answered);
    if is_head {
        response = response.map_body(|_, body| BoxBody::new(Left(body.size())));
    }
    let headers = response.headers_mut();
    browsers::add_policies(headers);
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else {
        return Ok(response);
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if method == Method::OPTIONS {
        let asked = "Access-Control-Request-Method, Access-Control-Request-Headers";
        headers.append(VARY, HeaderValue::from_static(asked));
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    }
    Ok(response)
}

/// A body that is left out, with the size that it would have.
struct Left(BodySize);

impl MessageBody for Left {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

/// Errors that did not come from a handler say nothing of themselves: parts of files, files of the API's page.
fn with_reason(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    tracing::debug!(
        http.status = status.as_u16(),
        http.method = %response.request().method(),
        http.path = response.request().path(),
        "a request is refused"
    );
    let stays = response.request().extensions().contains::<AsItIs>();
    let found = response.headers().get(CONTENT_TYPE);
    if stays || found.is_some_and(|found| found == JSON) {
        return response;
    }
    let mut reasoned = ApiError::new(status, reason(status)).error_response();
    if let Some(range) = response.headers().get(CONTENT_RANGE) {
        reasoned.headers_mut().insert(CONTENT_RANGE, range.clone());
    }
    response.into_response(reasoned)
}

fn reason(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "there is no such file",
        StatusCode::PRECONDITION_FAILED => "the file has changed",
        StatusCode::RANGE_NOT_SATISFIABLE => "the file does not have this part",
        _ => status
            .canonical_reason()
            .unwrap_or("the request was refused"),
    }
}
