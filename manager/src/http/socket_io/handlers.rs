//! How a session begins, or does not.

use actix_web::guard::{self, Guard, GuardContext};
use actix_web::http::StatusCode;
use actix_web::http::header::UPGRADE;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use farandole_protocol::paths;

use super::rooms::Rooms;
use super::session::Session;
use crate::ask;
use crate::http::body::AnyBody;
use crate::http::error::ApiError;
use crate::http::events;
use crate::http::outgoing::AsItIs;
use crate::parts::Parts;

pub(in crate::http) fn configure(cfg: &mut web::ServiceConfig) {
    let socket = web::get().guard(WantsWebSocket).to(get_socket);
    cfg.service(
        web::resource(paths::SOCKET_IO)
            .guard(guard::Not(guard::Options()))
            .route(socket)
            .default_service(web::to(no_socket)),
    );
}

/// A request that wants to go on as a WebSocket.
struct WantsWebSocket;

impl Guard for WantsWebSocket {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        let wanted = context.head().headers().get(UPGRADE);
        wanted.is_some_and(|wanted| wanted.as_bytes().eq_ignore_ascii_case(b"websocket"))
    }
}

async fn get_socket(
    req: HttpRequest,
    body: web::Payload,
    parts: web::Data<Parts>,
) -> Result<HttpResponse, ApiError> {
    let Ok((response, outgoing, incoming)) = actix_ws::handle(&req, body) else {
        return Ok(refusal(&req));
    };
    let rooms = Rooms::default();
    let subscription = events::subscribe(&req, &parts, rooms.topics(), None).await?;
    let session = Session::new(parts, rooms, subscription.listener, outgoing);
    ask::in_background(session.talk(subscription.live, incoming));
    Ok(response)
}

/// Other ways to travel than WebSocket are refused, as in the reference.
async fn no_socket(req: HttpRequest, _: AnyBody) -> HttpResponse {
    refusal(&req)
}

fn refusal(req: &HttpRequest) -> HttpResponse {
    req.extensions_mut().insert(AsItIs);
    HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE)
        .content_type("text/plain; charset=utf-8")
        .body("only WebSocket is spoken here: set the client's transports to websocket\n")
}
