//! Gathers log lines into chunks that are worth sending: when there is enough text, or when the oldest of it has
//! waited long enough. Time is an argument; who sends a chunk, and where, is not known here.

use std::mem;
use std::time::{Duration, Instant};

/// A chunk of more than this many bytes is sent at once.
pub(super) const CHUNK_BYTES: usize = 10_240;

/// Text never waits longer than this: whoever follows a log wants to see that something goes on.
pub(super) const CHUNK_AGE: Duration = Duration::from_secs(5);

/// The lines that were not sent yet.
#[derive(Debug, Default)]
pub(super) struct Chunker {
    text: String,
    /// Where the last line begins, if the next one of its kind takes its place.
    overwritable: Option<usize>,
    oldest: Option<Instant>,
}

impl Chunker {
    /// Appends a line; a chunk that is now large enough comes back.
    pub(super) fn append(&mut self, line: &str, now: Instant) -> Option<String> {
        self.overwritable = None;
        self.push(line, now)
    }

    /// Appends a line of progress. Of several in a row only the newest is kept, as on a terminal.
    pub(super) fn append_progress(&mut self, line: &str, now: Instant) -> Option<String> {
        if let Some(start) = self.overwritable {
            self.text.truncate(start);
        }
        self.overwritable = Some(self.text.len());
        self.push(line, now)
    }

    /// When the text at hand has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.oldest.map(|oldest| oldest + CHUNK_AGE)
    }

    /// Hands out what there is, if anything.
    pub(super) fn take(&mut self) -> Option<String> {
        self.overwritable = None;
        self.oldest = None;
        (!self.text.is_empty()).then(|| mem::take(&mut self.text))
    }

    fn push(&mut self, line: &str, now: Instant) -> Option<String> {
        self.text.push_str(line);
        self.text.push('\n');
        self.oldest.get_or_insert(now);
        if self.text.len() > CHUNK_BYTES {
            self.take()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_chunker_has_nothing_to_send() {
        let mut chunker = Chunker::default();
        assert_eq!(chunker.take(), None);
        assert_eq!(chunker.due(), None);
    }

    #[test]
    fn a_chunk_is_sent_when_it_is_larger_than_the_limit_in_bytes() {
        let mut chunker = Chunker::default();
        let now = Instant::now();
        let exactly = "ü".repeat(CHUNK_BYTES / 2 - 1) + "x";
        assert_eq!(exactly.len() + 1, CHUNK_BYTES);
        assert_eq!(chunker.append(&exactly, now), None);
        assert_eq!(chunker.append("", now), Some(format!("{exactly}\n\n")));
        assert_eq!(chunker.due(), None);
    }

    #[test]
    fn the_oldest_line_says_when_the_chunk_is_due() {
        let mut chunker = Chunker::default();
        let start = Instant::now();
        assert_eq!(chunker.append("one", start), None);
        assert_eq!(chunker.append("two", start + Duration::from_secs(3)), None);
        assert_eq!(chunker.due(), Some(start + CHUNK_AGE));
        assert_eq!(chunker.take().as_deref(), Some("one\ntwo\n"));
        assert_eq!(chunker.due(), None);
    }

    #[test]
    fn progress_is_overwritten_by_progress_only() {
        let mut chunker = Chunker::default();
        let now = Instant::now();
        for percent in ["10%", "50%", "90%"] {
            assert_eq!(chunker.append_progress(percent, now), None);
        }
        assert_eq!(chunker.append("done", now), None);
        assert_eq!(chunker.append_progress("next 10%", now), None);
        assert_eq!(chunker.take().as_deref(), Some("90%\ndone\nnext 10%\n"));
        assert_eq!(chunker.append_progress("next 20%", now), None);
        assert_eq!(chunker.take().as_deref(), Some("next 20%\n"));
    }
}
