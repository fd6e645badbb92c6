//! The one way in which requests go to a Manager and answers are read: URL, time-outs, credentials, refusals.
//! Which calls there are is said in `worker.rs`, `person.rs` and `events.rs`.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::credentials::Credentials;
use super::error::ClientError;

/// How this program names itself to a Manager.
const USER_AGENT: &str = concat!("Farandole/", env!("CARGO_PKG_VERSION"));

/// A Manager is in the same network, or nearly: what takes longer to connect is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// For a whole call, answer included.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection that waits in silence is asked for signs of life this often, so that a dead peer is noticed.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The longest plain-text reason that is taken over from a refusal.
const MAX_REASON: usize = 500;

/// A Manager, reached over HTTP. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct ManagerHttp {
    client: Client,
    /// Without a slash at its end, so that a path can follow.
    base: String,
    credentials: Option<Credentials>,
}

impl ManagerHttp {
    /// Speaks to the Manager at this base URL, which may have a path of its own. Connects only when asked something.
    ///
    /// # Panics
    /// When the program has not installed a rustls provider, see the [module](super).
    pub fn new(base: &Url) -> Result<Self, ClientError> {
        let mut client = Client::builder();
        if base.scheme() == "http" {
            // Without TLS the host's certificates are not needed, and a small container may have none.
            client = client.tls_certs_only([]);
        }
        let client = client
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_keepalive(KEEPALIVE)
            // A proxy for the world outside would only be in the way.
            .no_proxy()
            // A redirected POST would arrive as a GET.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(unreachable)?;
        Ok(Self {
            client,
            base: base.as_str().trim_end_matches('/').to_owned(),
            credentials: None,
        })
    }

    /// The same Manager, spoken to by this Worker.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// The full URL of a path of the Manager, as in [`paths`](crate::paths) or in what the Manager told.
    pub fn url(&self, path: &str) -> String {
        // A path that a Manager tells must not become a part of the host's name.
        format!("{}/{}", self.base, path.trim_start_matches('/'))
    }

    /// A request without a time-out.
    pub(super) fn open_ended(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, self.url(path));
        match &self.credentials {
            Some(Credentials { worker_id, secret }) => request.basic_auth(worker_id, Some(secret)),
            None => request,
        }
    }

    /// A request with the usual time-out.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.open_ended(method, path).timeout(CALL_TIMEOUT)
    }

    /// Reads a JSON document.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read_json(accept(send(self.request(Method::GET, path)).await?).await?).await
    }

    /// Reads a JSON document that need not be there (204).
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<T>, ClientError> {
        let response = accept(send(self.request(Method::GET, path)).await?).await?;
        if response.status() == reqwest::StatusCode::NO_CONTENT {
            return Ok(None);
        }
        read_json(response).await.map(Some)
    }

    /// Sends a JSON document whose acceptance is all the answer.
    pub(super) async fn tell(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<(), ClientError> {
        accept(send(self.request(Method::POST, path).json(body)).await?)
            .await
            .map(drop)
    }

    /// Sends a JSON document and reads another.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, ClientError> {
        read_json(accept(send(self.request(Method::POST, path).json(body)).await?).await?).await
    }
}

/// Sends a request and waits for the head of its answer, whatever that is.
///
/// A connection from the pool may have been closed by the Manager in this very moment. Where a second time does no
/// harm the request is then sent once more, over a new one.
pub(super) async fn send(request: RequestBuilder) -> Result<Response, ClientError> {
    let (client, request) = request.build_split();
    let request = request.map_err(unreachable)?;
    let again = if request.method().is_idempotent() {
        request.try_clone()
    } else {
        None
    };
    match (client.execute(request).await, again) {
        (Err(error), Some(again)) if was_closed(&error) => {
            client.execute(again).await.map_err(unreachable)
        }
        (result, _) => result.map_err(unreachable),
    }
}

/// Whether a connection was there and then broke before the answer.
fn was_closed(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect() && !error.is_timeout()
}

/// The answer, if it is a yes.
pub(super) async fn accept(response: Response) -> Result<Response, ClientError> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers());
    let is_json = is_json(response.headers());
    // The status says enough when the reason is lost on its way.
    let body = response.bytes().await.unwrap_or_default();
    let message = if is_json {
        json_reason(&body)
    } else {
        text_reason(&body)
    };
    Err(ClientError::Refused {
        status,
        message,
        retry_after,
    })
}

/// The body as a value, if it calls itself JSON and is one.
pub(super) async fn read_json<T: DeserializeOwned>(response: Response) -> Result<T, ClientError> {
    if !is_json(response.headers()) {
        return Err(ClientError::NotUnderstood("it is not JSON".to_owned()));
    }
    let body = response.bytes().await.map_err(unreachable)?;
    serde_json::from_slice(&body).map_err(|error| ClientError::NotUnderstood(error.to_string()))
}

/// The body as it is.
pub(super) async fn read_bytes(response: Response) -> Result<Bytes, ClientError> {
    response.bytes().await.map_err(unreachable)
}

pub(super) fn unreachable(error: reqwest::Error) -> ClientError {
    ClientError::Unreachable(Box::new(error))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.contains("json"))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// The reason in an `Error`, a `SecurityError`, or a bare JSON string: a Flamenco Manager sends all three.
fn json_reason(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(Value::String(message)) => message,
        Ok(Value::Object(mut error)) => match error.remove("message") {
            Some(Value::String(message)) => message,
            _ => String::new(),
        },
        _ => text_reason(body),
    }
}

fn text_reason(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..MAX_REASON).unwrap_or(body));
    text.trim().to_owned()
}
