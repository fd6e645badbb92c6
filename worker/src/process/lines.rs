//! Cuts what a program writes into lines of text, whatever the pieces in which it arrives.
//!
//! LF, CR and CR LF end a line; a line that a lone CR ended is one that a terminal would overwrite. Bytes that are
//! no UTF-8 become U+FFFD, everything else arrives as it was written. Knows nothing of pipes or logs.

/// A line longer than this is given out in pieces, so that a program cannot fill the memory with one line.
pub(super) const MAX_LINE: usize = 40_960;

/// How a line ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LineEnd {
    /// A line feed, with or without a carriage return before it.
    Feed,
    /// A lone carriage return: the program means to write over this line.
    Return,
    /// It was too long; the rest follows as the next line.
    Cut,
    /// The output ended without a line end.
    Output,
}

/// A line without its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Line {
    /// The text.
    pub text: String,
    /// How it ended.
    pub end: LineEnd,
}

/// Collects bytes until lines are complete.
#[derive(Debug, Default)]
pub(super) struct LineSplitter {
    partial: Vec<u8>,
    /// A carriage return was seen; the next byte says whether a line feed belongs to it.
    after_return: bool,
}

impl LineSplitter {
    /// Takes the next bytes and appends the lines they complete.
    pub(super) fn feed(&mut self, mut bytes: &[u8], lines: &mut Vec<Line>) {
        while let Some(&first) = bytes.first() {
            if self.after_return {
                match first {
                    b'\n' => self.end_line(LineEnd::Feed, lines),
                    // Several in a row are one: some programs write CR CR LF.
                    b'\r' => {}
                    _ => self.end_line(LineEnd::Return, lines),
                }
                if matches!(first, b'\n' | b'\r') {
                    bytes = bytes.get(1..).unwrap_or_default();
                }
                continue;
            }
            let length = bytes
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'\r'))
                .unwrap_or(bytes.len());
            let room = MAX_LINE.saturating_sub(self.partial.len());
            let (text, rest) = bytes.split_at(length.min(room));
            self.partial.extend_from_slice(text);
            bytes = rest;
            if length > room {
                self.cut(lines);
                continue;
            }
            if let Some((end, rest)) = rest.split_first() {
                bytes = rest;
                match end {
                    b'\n' => self.end_line(LineEnd::Feed, lines),
                    _ => self.after_return = true,
                }
            }
        }
    }

    /// Ends the output: what is left is the last line.
    pub(super) fn finish(&mut self, lines: &mut Vec<Line>) {
        if self.after_return || !self.partial.is_empty() {
            self.end_line(LineEnd::Output, lines);
        }
    }

    fn end_line(&mut self, end: LineEnd, lines: &mut Vec<Line>) {
        lines.push(Line {
            text: String::from_utf8_lossy(&self.partial).into_owned(),
            end,
        });
        self.partial.clear();
        self.after_return = false;
    }

    /// Gives out a piece of a line that is too long; a character that is not complete yet stays for the next.
    fn cut(&mut self, lines: &mut Vec<Line>) {
        let tail = self
            .partial
            .split_off(self.partial.len() - incomplete_tail(&self.partial));
        self.end_line(LineEnd::Cut, lines);
        self.partial = tail;
    }
}

/// How many bytes at the end are the beginning of a character whose rest is still to come.
fn incomplete_tail(bytes: &[u8]) -> usize {
    // A character has at most four bytes, so its beginning is one of the last three.
    (1..=3.min(bytes.len()))
        .find(|length| {
            let tail = &bytes.get(bytes.len() - length..).unwrap_or_default();
            std::str::from_utf8(tail)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(pieces: &[&[u8]]) -> Vec<Line> {
        let mut splitter = LineSplitter::default();
        let mut lines = Vec::new();
        for piece in pieces {
            splitter.feed(piece, &mut lines);
        }
        splitter.finish(&mut lines);
        lines
    }

    #[track_caller]
    fn check(pieces: &[&[u8]], expected: &[(&str, LineEnd)]) {
        let lines = split(pieces);
        let lines: Vec<_> = lines
            .iter()
            .map(|line| (line.text.as_str(), line.end))
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn feeds_returns_and_both_end_lines() {
        check(
            &[b"one\ntwo\r\n\nten%\rall%\rdone"],
            &[
                ("one", LineEnd::Feed),
                ("two", LineEnd::Feed),
                ("", LineEnd::Feed),
                ("ten%", LineEnd::Return),
                ("all%", LineEnd::Return),
                ("done", LineEnd::Output),
            ],
        );
    }

    #[test]
    fn a_line_end_may_be_cut_in_two() {
        check(
            &[b"one\r", b"\ntwo\r", b"\r\n"],
            &[("one", LineEnd::Feed), ("two", LineEnd::Feed)],
        );
        check(&[b"last\r"], &[("last", LineEnd::Output)]);
        check(&[], &[]);
    }

    #[test]
    fn characters_may_be_cut_anywhere() {
        check(
            &[b"gr\xc3", b"\xbcn \xf0\x9f", b"\x90", b"\xb1\n"],
            &[("grün 🐱", LineEnd::Feed)],
        );
    }

    #[test]
    fn the_replacement_character_itself_is_ordinary_text() {
        check(
            &["x\u{fffd}\ny\u{fffd}".as_bytes()],
            &[("x\u{fffd}", LineEnd::Feed), ("y\u{fffd}", LineEnd::Output)],
        );
    }

    #[test]
    fn invalid_bytes_stay_in_their_line() {
        check(
            &[b"a\xe2\x82\nb\xff\n"],
            &[("a\u{fffd}", LineEnd::Feed), ("b\u{fffd}", LineEnd::Feed)],
        );
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let text = "ü".repeat(MAX_LINE);
        let lines = split(&[b"x", text.as_bytes(), b"\n"]);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.text.len() <= MAX_LINE));
        assert_eq!(
            lines
                .iter()
                .map(|line| line.text.as_str())
                .collect::<String>(),
            format!("x{text}")
        );
    }

    /// What a stream says, line ends apart: CR, LF and their runs count as one kind of end.
    fn words(text: &str) -> Vec<String> {
        text.split(['\r', '\n'])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }

    proptest! {
        #[test]
        fn nothing_is_lost_wherever_the_stream_is_cut(
            pieces in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..40),
                    "[a-zü漢🐱\r\n]{0,20}".prop_map(String::into_bytes),
                ],
                0..12,
            ),
        ) {
            let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let whole = pieces.concat();
            let lines = split(&slices);
            prop_assert_eq!(&lines, &split(&[&whole]), "the cuts do not show");
            let heard: Vec<String> = lines.into_iter().map(|line| line.text).filter(|text| !text.is_empty()).collect();
            prop_assert_eq!(heard, words(&String::from_utf8_lossy(&whole)));
        }

        #[test]
        fn a_cut_long_line_reads_as_a_whole(bytes in prop::collection::vec(0x80_u8..=0xff, MAX_LINE - 2..MAX_LINE + 6)) {
            let heard: String = split(&[&bytes]).into_iter().map(|line| line.text).collect();
            prop_assert_eq!(heard, String::from_utf8_lossy(&bytes));
        }
    }
}
