//! One kept-alive connection to a Manager, made again when it breaks.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::{self, Answer};
use super::manager::Manager;

/// No answer of a Manager to a Worker is longer; a list of many jobs may be, and is not asked for.
const LONGEST_ANSWER: usize = 256 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("no connection: {}", .0.kind())]
    Connect(io::Error),
    #[error("connection broke: {}", .0.kind())]
    Broken(#[from] io::Error),
    #[error("connection closed without an answer")]
    Closed,
    #[error("{0}")]
    Garbled(#[from] answer::Garbled),
    #[error("no answer in time")]
    TimeIsUp,
}

#[derive(Debug)]
pub(super) struct Connection {
    manager: Manager,
    limit: Duration,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects at the first request. `limit`: how long each may take.
    pub(super) fn to(manager: &Manager, limit: Duration) -> Self {
        Self {
            manager: manager.clone(),
            limit,
            stream: None,
            buffer: Vec::new(),
        }
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<Answer, Fault> {
        let limit = self.limit;
        let answer = timeout(limit, self.ask_again_if_stale(request))
            .await
            .unwrap_or(Err(Fault::TimeIsUp));
        match &answer {
            Ok(answer) if answer.keeps => {}
            // What arrives late would be taken for the answer to the next request.
            Ok(_) | Err(_) => self.stream = None,
        }
        answer
    }

    /// A Manager may close a connection at the very moment in which it is used again; every client asks once more.
    async fn ask_again_if_stale(&mut self, request: &[u8]) -> Result<Answer, Fault> {
        let used = self.stream.is_some();
        match self.ask_once(request).await {
            Err(Fault::Broken(_) | Fault::Closed) if used && self.buffer.is_empty() => {
                self.stream = None;
                self.ask_once(request).await
            }
            answer => answer,
        }
    }

    async fn ask_once(&mut self, request: &[u8]) -> Result<Answer, Fault> {
        self.buffer.clear();
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(connect(&self.manager).await?),
        };
        stream.write_all(request).await?;
        loop {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Fault::Closed);
            }
            if let Some(answer) = answer::read(&self.buffer)? {
                return Ok(answer);
            }
            if self.buffer.len() > LONGEST_ANSWER {
                return Err(answer::Garbled.into());
            }
        }
    }
}

async fn connect(manager: &Manager) -> Result<TcpStream, Fault> {
    let stream = TcpStream::connect(manager.address)
        .await
        .map_err(Fault::Connect)?;
    stream.set_nodelay(true).map_err(Fault::Connect)?;
    Ok(stream)
}
