//! A client that sends what it is told and shows what it gets.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A request in the making.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    line: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            line: format!("{method} {path} HTTP/1.1"),
            headers: vec!["Host: farm".to_owned()],
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(format!("{name}: {value}"));
        self
    }

    /// Calls the Manager by another name.
    pub(crate) fn host(mut self, name: &str) -> Self {
        self.headers.retain(|header| !header.starts_with("Host:"));
        self.header("Host", name)
    }

    pub(crate) fn basic(self, user: &str, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        self.header("Authorization", &format!("Basic {encoded}"))
    }

    /// A body, with its length.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("Content-Length", &length)
    }

    /// A body that is said to be longer than it is: it ends when the connection does.
    pub(crate) fn cut_body(mut self, body: &[u8], length: usize) -> Self {
        self.body = body.to_vec();
        self.header("Content-Length", &length.to_string())
    }

    /// Sends all of it, and goes away without an answer.
    pub(crate) async fn send_and_go(self, to: SocketAddr) {
        let mut connection = self.open(to).await;
        connection.write(&self.body).await;
    }

    /// A body in two chunks, without its length.
    pub(crate) fn chunked(mut self, body: &[u8]) -> Self {
        let (first, second) = body.split_at(body.len() / 2);
        for chunk in [first, second] {
            let size = format!("{:x}\r\n", chunk.len());
            self.body.extend([size.as_bytes(), chunk, b"\r\n"].concat());
        }
        self.body.extend(b"0\r\n\r\n");
        self.header("Transfer-Encoding", "chunked")
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json")
            .body(body.to_string())
    }

    fn head(&self) -> String {
        format!("{}\r\n{}\r\n\r\n", self.line, self.headers.join("\r\n"))
    }

    /// Sends all of it.
    pub(crate) async fn send(self, to: SocketAddr) -> Answer {
        let mut connection = self.open(to).await;
        connection.write(&self.body).await;
        connection.answer().await
    }

    /// Sends the head only.
    pub(crate) async fn open(&self, to: SocketAddr) -> Connection {
        let stream = TcpStream::connect(to).await.unwrap();
        let mut connection = Connection(BufReader::new(stream));
        connection.write(self.head().as_bytes()).await;
        connection
    }
}

/// A connection to the Manager.
#[derive(Debug)]
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Sends another request.
    pub(crate) async fn again(&mut self, request: Request) -> Answer {
        let bytes = [request.head().as_bytes(), &request.body].concat();
        self.write(&bytes).await;
        self.answer().await
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.unwrap();
    }

    /// The next line without its end; `None` when the connection is closed.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.0.read_line(&mut line).await.unwrap();
        (length > 0).then(|| line.trim_end().to_owned())
    }

    /// So many bytes; `None` when the connection is closed before.
    pub(crate) async fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).await.ok()?;
        Some(bytes)
    }

    /// The head of an answer.
    pub(crate) async fn head(&mut self) -> Answer {
        let line = self.line().await.expect("an answer");
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line().await.unwrap();
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        Answer {
            status,
            headers,
            body: Vec::new(),
        }
    }

    /// An answer with its body.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        if let Some(length) = answer.header("content-length") {
            answer.body = vec![0; length.parse().unwrap()];
            self.0.read_exact(&mut answer.body).await.unwrap();
        }
        answer
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name)?;
        Some(&found.1)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body, which is JSON as the contract has it.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{self:?}"
        );
        assert!(self.text().ends_with('\n'), "{:?}", self.text());
        serde_json::from_str(self.text()).unwrap()
    }

    /// A refusal with this status, a code and a message. Gives the message.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{:?}", self.text());
        let error = self.json();
        assert_eq!(error["code"], status, "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty());
        message.to_owned()
    }

    /// Done, and nothing to say.
    #[track_caller]
    pub(crate) fn nothing(&self) {
        assert_eq!(self.status, 204, "{:?}", self.text());
        assert!(
            self.body.is_empty() && self.header("content-type").is_none(),
            "{self:?}"
        );
    }
}
