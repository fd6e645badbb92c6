//! The text format of event streams (`text/event-stream`): bytes in, events out, wherever the bytes are cut.
//!
//! `retry:` and comments are read over.

use std::collections::VecDeque;
use std::mem;

/// One event of a stream.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SseEvent {
    /// The last id that the stream named, with this event or before it.
    pub id: Option<String>,
    /// The event's name; `message` when it has none.
    pub name: String,
    /// Its data, lines joined.
    pub data: String,
}

/// A parser that is fed with bytes as they come.
#[derive(Debug, Default)]
pub struct SseParser {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// Whether the last byte was a carriage return, whose line feed may follow.
    after_return: bool,
    /// Whether a line was read, so that no byte order mark can come any more.
    begun: bool,
    last_id: Option<String>,
    name: String,
    data: Option<String>,
    ready: VecDeque<SseEvent>,
}

impl SseParser {
    /// Takes in the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let ends_return = mem::replace(&mut self.after_return, byte == b'\r') && byte == b'\n';
            match byte {
                _ if ends_return => {}
                b'\r' | b'\n' => self.end_line(),
                _ => self.line.push(byte),
            }
        }
    }

    /// The next event that is complete.
    pub fn next_event(&mut self) -> Option<SseEvent> {
        self.ready.pop_front()
    }

    fn end_line(&mut self) {
        let line = mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let is_first = !mem::replace(&mut self.begun, true);
        let text = if is_first {
            text.trim_start_matches('\u{feff}')
        } else {
            &text
        };
        if text.is_empty() {
            return self.end_event();
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "id" if !value.contains('\0') => self.last_id = Some(value.to_owned()),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            _ => {}
        }
    }

    /// An event without data is none; but an id that came with it counts.
    fn end_event(&mut self) {
        let name = mem::take(&mut self.name);
        if let Some(data) = self.data.take() {
            self.ready.push_back(SseEvent {
                id: self.last_id.clone(),
                name: if name.is_empty() {
                    "message".to_owned()
                } else {
                    name
                },
                data,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str = "\u{feff}event: hello\r\nid: a-1\r\ndata: {\"resumed\":false}\r\n\r\n: still here\n\n\
        event:job\ndata:ü first\ndata: second\n\nid: a-2\n\nretry: 5\rdata\r\rdata: cut off";

    fn expected() -> Vec<SseEvent> {
        let event = |id: &str, name: &str, data: &str| SseEvent {
            id: Some(id.to_owned()),
            name: name.to_owned(),
            data: data.to_owned(),
        };
        vec![
            event("a-1", "hello", "{\"resumed\":false}"),
            event("a-1", "job", "ü first\nsecond"),
            event("a-2", "message", ""),
        ]
    }

    fn parse<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<SseEvent> {
        let mut parser = SseParser::default();
        let mut events = Vec::new();
        for chunk in chunks {
            parser.push(chunk);
            events.extend(std::iter::from_fn(|| parser.next_event()));
        }
        events
    }

    #[test]
    fn a_stream_is_read_in_one_piece() {
        assert_eq!(parse([STREAM.as_bytes()]), expected());
    }

    #[test]
    fn a_stream_is_read_byte_by_byte() {
        assert_eq!(parse(STREAM.as_bytes().chunks(1)), expected());
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_a_stream_is_cut(cuts in prop::collection::vec(0..STREAM.len(), 0..6)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let bytes = STREAM.as_bytes();
            let starts = std::iter::once(0).chain(cuts.iter().copied());
            let ends = cuts.iter().copied().chain([bytes.len()]);
            prop_assert_eq!(parse(starts.zip(ends).map(|(start, end)| &bytes[start..end])), expected());
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            parse([bytes.as_slice()]);
        }
    }
}
