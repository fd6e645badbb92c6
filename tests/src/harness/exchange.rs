//! Requests exactly as they are said, byte by byte: nothing is added, normalised or left out, as a client would.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// How long an answer may take: long enough for a slow machine, short enough to see that there is none.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request in the making.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    headers: String,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: String::new(),
            body: Vec::new(),
        }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }

    /// The same with credentials.
    #[must_use]
    pub fn basic(self, user: &str, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        self.header("Authorization", &format!("Basic {encoded}"))
    }

    /// The same with a body and its length.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("Content-Length", &length)
    }

    /// The same with a body in two chunks, without its length.
    #[must_use]
    pub fn chunked(mut self, body: &[u8]) -> Self {
        let (first, second) = body.split_at(body.len() / 2);
        for chunk in [first, second]
            .into_iter()
            .filter(|chunk| !chunk.is_empty())
        {
            let size = format!("{:x}\r\n", chunk.len());
            self.body.extend([size.as_bytes(), chunk, b"\r\n"].concat());
        }
        self.body.extend(b"0\r\n\r\n");
        self.header("Transfer-Encoding", "chunked")
    }

    /// The same with a body of JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json")
            .body(body.to_string())
    }

    /// Method and path, for messages.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Sends it, and reads the answer.
    pub fn send(&self, address: &str) -> Answer {
        self.open(address).finish()
    }

    /// Sends its first half only: all of the head and half of the body.
    pub fn open(&self, address: &str) -> Opened {
        let mut stream = TcpStream::connect(address).expect("the server takes connections");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout can be set");
        let head = format!(
            "{} {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{}\r\n",
            self.method, self.path, self.headers
        );
        let (first, rest) = self.body.split_at(self.body.len() / 2);
        // A server that has seen enough answers and closes; its answer tells.
        drop(stream.write_all(&[head.as_bytes(), first].concat()));
        Opened {
            stream,
            rest: rest.to_vec(),
            has_body: self.method != "HEAD",
        }
    }
}

/// A request that was sent by half.
#[derive(Debug)]
pub struct Opened {
    stream: TcpStream,
    rest: Vec<u8>,
    has_body: bool,
}

impl Opened {
    /// Sends the rest, and reads the answer.
    pub fn finish(mut self) -> Answer {
        drop(self.stream.write_all(&self.rest));
        let mut bytes = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        // The answer ends with the connection, whichever way that ends.
        while let Ok(length @ 1..) = self.stream.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..length]);
        }
        Answer::read(&bytes, self.has_body).expect("the server answers")
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8], has_body: bool) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Self {
            status,
            headers,
            body: Vec::new(),
        };
        let body = &bytes[end + 4..];
        if has_body && answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunked(body)?;
        } else if has_body {
            answer.body = body.to_vec();
        }
        Some(answer)
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 2 + size + 2..)?;
    }
}
