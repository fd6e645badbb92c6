//! The web site of a stranger: one page, and a place to which its scripts report.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How long a report may take, with a browser that starts on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// A web site that listens on a port of this host until the process ends.
#[derive(Debug)]
pub(super) struct Site {
    port: u16,
    reports: Receiver<Value>,
}

impl Site {
    /// Has this page at every path.
    pub(super) fn start(html: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let page: Arc<str> = html.into();
        let (tell, reports) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (page, tell) = (Arc::clone(&page), tell.clone());
                // A browser opens connections ahead of time, so each gets a thread.
                thread::spawn(move || answer(&stream, &page, &tell));
            }
        });
        Self { port, reports }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// What a script reports next.
    #[track_caller]
    pub(super) fn next_report(&self) -> Value {
        let report = self.reports.recv_timeout(PATIENCE);
        report.unwrap()
    }
}

fn answer(stream: &TcpStream, page: &str, tell: &Sender<Value>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let text = if first.starts_with("POST /report ") {
        tell.send(serde_json::from_slice(&body).ok()?).ok()?;
        String::new()
    } else {
        page.to_owned()
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n",
        text.len()
    );
    let mut stream = stream;
    stream
        .write_all(format!("{head}Connection: close\r\n\r\n{text}").as_bytes())
        .ok()
}
