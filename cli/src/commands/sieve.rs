//! The lines of a text in which something is found, wherever the text is cut. Pure.

use regex::Regex;

/// Lets lines pass.
#[derive(Debug)]
pub(super) struct Sieve {
    pattern: Regex,
    /// The line that has not ended yet.
    line: Vec<u8>,
}

impl Sieve {
    /// Lines in which this is found.
    pub(super) const fn new(pattern: Regex) -> Self {
        Self {
            pattern,
            line: Vec::new(),
        }
    }

    /// For another text.
    pub(super) fn anew(self) -> Self {
        Self::new(self.pattern)
    }

    /// What passes of the next part of the text: whole lines.
    pub(super) fn pass(&mut self, part: &[u8]) -> Vec<u8> {
        let mut passed = Vec::new();
        for piece in part.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                passed.extend(self.take());
            }
        }
        passed
    }

    /// The last line, if the text ends without an end of it.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let mut passed = self.take();
        if !passed.is_empty() {
            passed.push(b'\n');
        }
        passed
    }

    fn take(&mut self) -> Vec<u8> {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        if !line.is_empty() && self.pattern.is_match(text.trim_end_matches(['\n', '\r'])) {
            return line;
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_matter_where_a_text_is_cut() {
        let text = "Fra:1 ok\nerror: no\r\nmore\nError at the end";
        let pattern = Regex::new("(?i)^error").unwrap();
        for cut in 0..text.len() {
            let mut sieve = Sieve::new(pattern.clone());
            let (head, tail) = text.as_bytes().split_at(cut);
            let mut passed = sieve.pass(head);
            passed.extend(sieve.pass(tail));
            passed.extend(sieve.end());
            assert_eq!(
                String::from_utf8(passed).unwrap(),
                "error: no\r\nError at the end\n"
            );
        }
    }

    #[test]
    fn the_end_of_a_line_belongs_to_it() {
        let mut sieve = Sieve::new(Regex::new("no$").unwrap());
        assert_eq!(sieve.pass(b"no\r\nyes\n"), b"no\r\n");
        assert_eq!(sieve.end(), b"");
    }
}
