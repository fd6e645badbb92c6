//! Turns what a program writes into log text for the task, and lets a listener hear it.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, warn};

use super::chunker::Chunker;
use super::lines::{Line, LineEnd, LineSplitter};
use super::listener::Listener;
use crate::executor::{Cancelled, Site};

/// Of a line that is too long, the Worker's own log shows this many characters.
const SHOWN_OF_LONG_LINE: usize = 256;

/// The log of one program.
#[derive(Debug)]
pub(super) struct LogWriter<'a, L> {
    site: &'a Site,
    listener: &'a mut L,
    /// What the listener wants to be done.
    wishes: Wishes,
    pid: u32,
    /// Whether it was told that a line is too long.
    warned: bool,
    splitter: LineSplitter,
    chunker: Chunker,
}

/// What a listener wants to be done about a program.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wishes {
    /// The program waits for a line on its standard input.
    pub(super) answer: bool,
    /// The program shall end.
    pub(super) end: bool,
}

impl<'a, L: Listener> LogWriter<'a, L> {
    pub(super) fn new(site: &'a Site, listener: &'a mut L) -> Self {
        Self {
            site,
            listener,
            wishes: Wishes::default(),
            pid: 0,
            warned: false,
            splitter: LineSplitter::default(),
            chunker: Chunker::default(),
        }
    }

    /// The program has started.
    pub(super) fn started(&mut self, pid: u32) {
        self.pid = pid;
    }

    /// Adds text that is not the program's.
    pub(super) async fn note(&mut self, text: &str) -> Result<(), Cancelled> {
        let full = self.chunker.append(text, now());
        self.send(full).await
    }

    /// Takes what the program wrote.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Cancelled> {
        let mut lines = Vec::new();
        self.splitter.feed(bytes, &mut lines);
        self.take_lines(lines).await
    }

    /// What the listener wants to be done since this was last asked.
    pub(super) fn take_wishes(&mut self) -> Wishes {
        std::mem::take(&mut self.wishes)
    }

    /// How long the text at hand may still wait.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.chunker
            .due()
            .map(|due| due.saturating_duration_since(now()))
    }

    /// Sends what there is.
    pub(super) async fn flush(&mut self) -> Result<(), Cancelled> {
        let text = self.chunker.take();
        self.send(text).await
    }

    /// The program writes no more: the last line may lack its end.
    pub(super) async fn finish(&mut self) -> Result<(), Cancelled> {
        let mut lines = Vec::new();
        self.splitter.finish(&mut lines);
        self.take_lines(lines).await?;
        self.flush().await
    }

    async fn take_lines(&mut self, lines: Vec<Line>) -> Result<(), Cancelled> {
        for line in lines {
            debug!(process.id = self.pid, "{}", line.text);
            // Once is enough: such a line may have any number of pieces.
            if line.end == LineEnd::Cut && !self.warned {
                self.warned = true;
                let start: String = line.text.chars().take(SHOWN_OF_LONG_LINE).collect();
                warn!(
                    process.id = self.pid,
                    line.start = start,
                    "the program writes a line that is too long, it is cut into pieces"
                );
            }
            let reaction = self.listener.hear(&line.text, self.site).await?;
            self.wishes.answer |= reaction.answer;
            self.wishes.end |= reaction.end;
            let shown = reaction.shown_as.as_ref().unwrap_or(&line.text);
            let text = format!("pid={} > {shown}", self.pid);
            let full = match line.end {
                LineEnd::Return => self.chunker.append_progress(&text, now()),
                LineEnd::Feed | LineEnd::Cut | LineEnd::Output => self.chunker.append(&text, now()),
            };
            self.send(full).await?;
        }
        Ok(())
    }

    async fn send(&self, text: Option<String>) -> Result<(), Cancelled> {
        match text {
            Some(text) => self.site.log(text).await,
            None => Ok(()),
        }
    }
}

/// The runtime's clock, which tests can stop.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}
