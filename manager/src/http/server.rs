//! The server: listens, and hands requests to the handlers.

use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::ALLOW;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError as _, web};
use socket2::{Domain, Socket, TcpKeepalive, Type};

use super::body::AnyBody;
use super::caller::OwnEnd;
use super::doors::{Connections, Door};
use super::error::ApiError;
use super::methods::Methods;
use super::outgoing::{self, Origins};
use super::reading::BodyLimits;
use super::{
    addon, configuration, deletion, docs, events, health, job_files, job_types, jobs, meta,
    metrics, output_files, shaman, sleep_schedules, socket_io, tags, tasks, uploads, worker,
    worker_conditions, worker_mgt,
};
use crate::config::InForce;
use crate::descriptors::Descriptors;
use crate::parts::Parts;

/// Connections that wait to be accepted: all Workers of a large farm coming back at once.
const BACKLOG: i32 = 4_096;
/// Connections that are open on each thread: above what [`Connections`] lets in, which says so to those who come.
const CONNECTIONS: usize = 100_000;
/// A connection without a request is kept for so long.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// The head of a request may take so long.
const REQUEST_HEAD: Duration = Duration::from_secs(5);
/// The other end of a connection that says nothing is asked after this time whether it is still there.
const PROBE_AFTER: Duration = Duration::from_mins(1);
/// How long it is asked again and again.
const PROBE_EVERY: Duration = Duration::from_secs(15);
/// Data that the other end does not take for this time end the connection: about what the system waits for it to be
/// acknowledged anyway. Thus nobody holds a connection by not reading.
#[cfg(target_os = "linux")]
const TAKEN_WITHIN: Duration = Duration::from_mins(15);
/// What is being answered may take so long when the Manager ends.
const SHUTDOWN_SECONDS: u64 = 4;

/// Binds an address, also while old connections to it are still dying.
pub(crate) fn bind(address: &str) -> io::Result<TcpListener> {
    let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs()? {
        let bound = (|| {
            let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
            if address.is_ipv6() {
                socket.set_only_v6(false)?;
            }
            socket.set_reuse_address(true)?;
            end_dead_connections(&socket)?;
            socket.bind(&address.into())?;
            socket.listen(BACKLOG)?;
            Ok(TcpListener::from(socket))
        })();
        match bound {
            Ok(listener) => return Ok(listener),
            Err(failed) => error = failed,
        }
    }
    Err(error)
}

/// Connections inherit this from the socket that listens.
fn end_dead_connections(socket: &Socket) -> io::Result<()> {
    let probes = TcpKeepalive::new()
        .with_time(PROBE_AFTER)
        .with_interval(PROBE_EVERY);
    socket.set_tcp_keepalive(&probes)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(TAKEN_WITHIN))?;
    Ok(())
}

/// Starts the server on a listener that is bound already, for requests that name this host by one of these names or by
/// another that is accepted.
pub(crate) fn serve(
    parts: Parts,
    listener: TcpListener,
    config: InForce,
    own_names: Vec<String>,
    descriptors: Descriptors,
) -> io::Result<Server> {
    let connections = Connections::new(descriptors, config.clone(), parts.refusals.clone());
    let accepting = connections.clone();
    let parts = web::Data::new(parts);
    let threads = config.get().http_threads;
    let limits = BodyLimits::of(config.clone());
    let methods = Methods::of(&docs::document());
    let door = Door::new(own_names, config, Origins::of(listener.local_addr()?));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(parts.clone())
            .app_data(limits.clone())
            .app_data(methods.clone())
            .app_data(web::Data::new(connections.clone()))
            .app_data(
                web::PathConfig::default()
                    .error_handler(|error, req| ApiError::bad_path(req.path(), &error).into()),
            )
            .app_data(
                web::QueryConfig::default()
                    .error_handler(|error, _| ApiError::bad_request(error).into()),
            )
            .wrap(from_fn({
                let door = Rc::new(door.clone());
                move |req, next| outgoing::finish(Rc::clone(&door), req, next)
            }))
            .configure(configure)
            .default_service(web::to(not_found))
    })
    .on_connect(move |stream, beside| {
        OwnEnd::note(stream, beside);
        accepting.accept(stream, beside);
    })
    .workers(threads)
    .max_connections(CONNECTIONS)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(REQUEST_HEAD)
    .h1_allow_half_closed(false)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

fn configure(cfg: &mut web::ServiceConfig) {
    cfg.configure(worker::configure)
        .configure(job_types::configure)
        .configure(jobs::configure)
        .configure(deletion::configure)
        .configure(tasks::configure)
        .configure(worker_conditions::configure)
        .configure(worker_mgt::configure)
        .configure(tags::configure)
        .configure(sleep_schedules::configure)
        .configure(meta::configure)
        .configure(configuration::configure)
        .configure(addon::configure)
        .configure(job_files::configure)
        .configure(uploads::configure)
        .configure(shaman::configure)
        .configure(output_files::configure)
        .configure(events::configure)
        .configure(socket_io::configure)
        .configure(health::configure)
        .configure(metrics::configure)
        .configure(docs::configure);
}

/// What no handler takes: a question for options, a path with another method, or a path that leads nowhere.
async fn not_found(req: HttpRequest, _: AnyBody) -> HttpResponse {
    let methods = req.app_data::<Methods>();
    if req.method() == Method::OPTIONS {
        let allowed = methods.map_or("OPTIONS", |methods| methods.allowed(req.path()));
        return HttpResponse::NoContent()
            .insert_header((ALLOW, allowed))
            .finish();
    }
    if let Some(allowed) = methods.and_then(|methods| methods.of_path(req.path())) {
        return other_method(&req, allowed);
    }
    let text = format!("there is nothing at {} for {}", req.path(), req.method());
    ApiError::new(StatusCode::NOT_FOUND, text).error_response()
}

fn other_method(req: &HttpRequest, allowed: &str) -> HttpResponse {
    let text = format!("{} takes {allowed}, not {}", req.path(), req.method());
    let mut response = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, text).error_response();
    if let Ok(allowed) = allowed.parse() {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}
