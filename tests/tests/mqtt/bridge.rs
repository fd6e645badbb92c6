//! `WebSockets` before a broker that speaks none, as that of Debian: each is passed on to it by TCP.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::HeaderValue;
use tungstenite::{Error, Message, WebSocket};

use super::certificates::Identity;

/// So long one side is listened to before it is the other's turn.
const TURN: Duration = Duration::from_millis(5);

/// Where `WebSockets` are taken, to the end of the test.
pub(crate) struct Bridge {
    pub(crate) port: u16,
}

impl Bridge {
    /// Takes `WebSockets` for the broker at this port, by TLS if there is an identity.
    pub(crate) fn start(broker: u16, identity: Option<&Identity>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let tls = identity.map(tls);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tls = tls.clone();
                std::thread::spawn(move || connect(stream, tls, broker));
            }
        });
        Self { port }
    }
}

fn tls(identity: &Identity) -> Arc<ServerConfig> {
    let key = PrivatePkcs8KeyDer::from(identity.key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![identity.certificate.der().clone()],
            PrivateKeyDer::from(key),
        );
    Arc::new(config.unwrap())
}

fn connect(stream: TcpStream, tls: Option<Arc<ServerConfig>>, broker: u16) {
    let broker = TcpStream::connect(("127.0.0.1", broker)).unwrap();
    let line = stream.try_clone().unwrap();
    match tls {
        None => pass_on(stream, &line, broker),
        Some(config) => {
            let connection = ServerConnection::new(config).unwrap();
            pass_on(StreamOwned::new(connection, stream), &line, broker);
        }
    }
}

/// Passes on what either side says, until one of them has gone. `line` is what carries the client's stream.
fn pass_on(client: impl Read + Write, line: &TcpStream, mut broker: TcpStream) {
    let mut client = tungstenite::accept_hdr(client, speak_mqtt).unwrap();
    line.set_read_timeout(Some(TURN)).unwrap();
    broker.set_read_timeout(Some(TURN)).unwrap();
    while hear(&mut client, &mut broker).is_ok() && answer(&mut client, &mut broker).is_ok() {}
}

fn speak_mqtt(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let mqtt = HeaderValue::from_static("mqtt");
    response
        .headers_mut()
        .insert("sec-websocket-protocol", mqtt);
    Ok(response)
}

/// One turn of the client.
fn hear(client: &mut WebSocket<impl Read + Write>, broker: &mut TcpStream) -> io::Result<()> {
    match client.read() {
        Ok(Message::Binary(bytes)) => broker.write_all(&bytes),
        Ok(_) => Ok(()),
        Err(Error::Io(error)) => unless_silent(error),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// One turn of the broker.
fn answer(client: &mut WebSocket<impl Read + Write>, broker: &mut TcpStream) -> io::Result<()> {
    let mut bytes = vec![0; 1 << 16];
    match broker.read(&mut bytes) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(length) => {
            bytes.truncate(length);
            client
                .send(Message::Binary(bytes.into()))
                .map_err(io::Error::other)
        }
        Err(error) => unless_silent(error),
    }
}

fn unless_silent(error: io::Error) -> io::Result<()> {
    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
        Ok(())
    } else {
        Err(error)
    }
}
