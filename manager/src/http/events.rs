//! The event stream: what happens, as it happens, for whoever listens.
//!
//! A connection begins with `hello`. Events have ids; a listener that comes back names the last one it knows
//! (`Last-Event-ID`, which browsers send by themselves, or `last_event_id`) and goes on there. Log text is not part of
//! the stream unless its topic is asked for; a log is read on by its byte offset.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, ContentEncoding};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use farandole_protocol::event::{EventId, HELLO, Topic};
use farandole_protocol::paths;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::caller;
use super::error::ApiError;
use crate::ask;
use crate::broadcaster::{Live, MOST_TOPICS, Sent, Subscribe, Subscription};
use crate::parts::Parts;
use crate::refusal_log::Refusal;

/// After so long without an event a comment is sent, so that both sides notice a dead connection.
const SILENCE: Duration = Duration::from_secs(15);

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::FARM_EVENTS, web::get().to(get_events));
}

/// Listen to the farm. `topic` may be repeated; without one everything but logs is told.
#[utoipa::path(get, path = paths::FARM_EVENTS, tag = "farm", operation_id = "getEvents",
    params(("topic" = Option<Vec<String>>, Query), ("last_event_id" = Option<String>, Query)),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = farandole_protocol::api::Error)))]
pub(super) async fn get_events(
    req: HttpRequest,
    parts: web::Data<Parts>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, ApiError> {
    let (topics, last) = (topics(&query)?, last_event(&req, &query));
    let subscription = subscribe(&req, &parts, topics, last).await?;
    let hello = serde_json::to_string(&subscription.hello).unwrap_or_default();
    let hello = frame(&subscription.hello.id, HELLO, &hello);
    let hello = stream::once(std::future::ready(hello));
    let body = hello.chain(told(subscription.missed, subscription.live));
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header(("X-Accel-Buffering", "no"))
        .insert_header(ContentEncoding::Identity)
        .streaming(body.map(Ok::<_, std::convert::Infallible>)))
}

/// Asks the Broadcaster for a place among the listeners.
pub(super) async fn subscribe(
    req: &HttpRequest,
    parts: &Parts,
    topics: Vec<Topic>,
    last: Option<EventId>,
) -> Result<Subscription, ApiError> {
    let subscribe = Subscribe {
        topics,
        last,
        address: caller::peer_address(req),
    };
    let subscribed = ask::ask(&parts.broadcaster, subscribe).await?;
    subscribed.map_err(|error| {
        let (peer, reason) = (caller::peer(req), error.to_string());
        parts.refusals.note(Refusal::Listener, peer, reason.clone());
        ApiError::overload(reason)
    })
}

fn topics(query: &[(String, String)]) -> Result<Vec<Topic>, ApiError> {
    let named: Result<Vec<Topic>, _> = query
        .iter()
        .filter(|(name, _)| name == "topic")
        .map(|(_, topic)| topic.parse())
        .collect();
    let named = named.map_err(ApiError::bad_request)?;
    if named.len() > MOST_TOPICS {
        let text = format!(
            "{} topics are named, and {MOST_TOPICS} is the most",
            named.len()
        );
        return Err(ApiError::bad_request(text));
    }
    Ok(named)
}

fn last_event(req: &HttpRequest, query: &[(String, String)]) -> Option<EventId> {
    let header = req
        .headers()
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let named = || {
        query
            .iter()
            .find(|(name, _)| name == "last_event_id")
            .map(|(_, id)| id.as_str())
    };
    header.or_else(named)?.parse().ok()
}

/// What was missed, and what happens from now on, with a comment where nothing does.
fn told(missed: Vec<Arc<Sent>>, live: Live) -> impl Stream<Item = Bytes> {
    stream::unfold(
        (missed.into_iter(), live),
        |(mut missed, mut live)| async move {
            if let Some(sent) = missed.next() {
                live.turn_for(&sent).await;
                return Some((sent_frame(&sent), (missed, live)));
            }
            let told = match tokio::time::timeout(SILENCE, live.recv()).await {
                Ok(Some(sent)) => sent_frame(&sent),
                Ok(None) => return None,
                Err(_) => Bytes::from_static(b":\n\n"),
            };
            Some((told, (missed, live)))
        },
    )
}

fn sent_frame(sent: &Sent) -> Bytes {
    frame(&sent.id, sent.kind.as_str(), &sent.json)
}

/// An event as it goes over the wire. JSON of ours has no line ends.
fn frame(id: &EventId, name: &str, data: &str) -> Bytes {
    format!("id: {id}\nevent: {name}\ndata: {data}\n\n").into()
}
