//! A Manager of another version, and of another kind: a real one, of which no more is seen than a Flamenco Manager 3.7
//! has. Requests for anything else are answered as that one answers them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

const VERSION: &str =
    r#"{"git": "v3.7", "name": "Flamenco", "shortversion": "3.7", "version": "3.7"}"#;

/// Stands before the Manager at this address. Gives its own.
pub(crate) fn stand_before(manager: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let manager = manager.clone();
            thread::spawn(move || answer(client, &manager));
        }
    });
    address
}

/// Answers one request; whatever breaks ends the connection, as it would end anywhere.
fn answer(client: TcpStream, manager: &str) -> Option<()> {
    let mut client = BufReader::new(client);
    let (head, body) = request(&mut client)?;
    let path = head.split(' ').nth(1)?.to_owned();
    let mut client = client.into_inner();
    if path == "/api/v3/version" {
        return said(&mut client, "200 OK", VERSION);
    }
    if !path.starts_with("/api/v3/") && !path.starts_with("/job-files/") {
        return said(&mut client, "404 Not Found", r#"{"message":"Not Found"}"#);
    }
    let mut manager = TcpStream::connect(manager).ok()?;
    manager.write_all(head.as_bytes()).ok()?;
    manager.write_all(b"Connection: close\r\n\r\n").ok()?;
    manager.write_all(&body).ok()?;
    std::io::copy(&mut manager, &mut client).ok()?;
    Some(())
}

/// A request: its head without what it says of the connection, and its body.
fn request(client: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        client.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().trim_end() {
            "" => break,
            "connection" => continue,
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
        head += &line;
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn said(client: &mut TcpStream, status: &str, body: &str) -> Option<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    client.write_all((head + body).as_bytes()).ok()
}
