//! Pure: reads an answer of HTTP/1.1 out of the bytes that have come so far.
//!
//! Only what a Manager's answers need: a length or chunks, no trailers worth keeping, no compression (none is asked
//! for), no upgrade.

use std::ops::Range;

/// An answer that is there as a whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Answer {
    /// The status code.
    pub(super) status: u16,
    /// The body; unpacked when it came in chunks.
    pub(super) body: Vec<u8>,
    /// How many bytes it took.
    pub(super) length: usize,
    /// Whether the connection can be used again.
    pub(super) keeps: bool,
}

/// What came is not HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an answer of HTTP/1.1")]
pub(super) struct Garbled;

/// No head is longer; more would be a peer that never ends it.
const LONGEST_HEAD: usize = 64 * 1024;

/// The answer at the front of the bytes; none: more is needed.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Answer>, Garbled> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return if bytes.len() > LONGEST_HEAD {
            Err(Garbled)
        } else {
            Ok(None)
        };
    };
    let head = Head::read(bytes.get(..end).unwrap_or_default())?;
    let start = end + 4;
    let rest = bytes.get(start..).unwrap_or_default();
    let (body, length) = match head.framing {
        Framing::Length(length) => match rest.get(..length) {
            Some(body) => (body.to_vec(), length),
            None => return Ok(None),
        },
        Framing::Chunks => match unchunk(rest)? {
            Some(unpacked) => unpacked,
            None => return Ok(None),
        },
    };
    Ok(Some(Answer {
        status: head.status,
        body,
        length: start + length,
        keeps: head.keeps,
    }))
}

enum Framing {
    Length(usize),
    Chunks,
}

struct Head {
    status: u16,
    framing: Framing,
    keeps: bool,
}

impl Head {
    fn read(bytes: &[u8]) -> Result<Self, Garbled> {
        let text = str::from_utf8(bytes).map_err(|_| Garbled)?;
        let mut lines = text.split("\r\n");
        let first = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 "))
            .ok_or(Garbled)?;
        let status = first
            .get(..3)
            .and_then(|code| code.parse().ok())
            .ok_or(Garbled)?;
        let mut head = Self {
            status,
            framing: Framing::Length(0),
            keeps: true,
        };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.framing = Framing::Length(value.parse().map_err(|_| Garbled)?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.framing = Framing::Chunks;
            } else if name.eq_ignore_ascii_case("connection") {
                head.keeps = !value.eq_ignore_ascii_case("close");
            }
        }
        if matches!(status, 204 | 304) {
            head.framing = Framing::Length(0); // whatever it says
        }
        Ok(head)
    }
}

/// The unpacked body and how many bytes its chunks took.
fn unchunk(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Garbled> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(line) = find(rest, b"\r\n") else {
            return Ok(None);
        };
        let size = chunk_size(rest.get(..line).unwrap_or_default())?;
        at += line + 2;
        let chunk: Range<usize> = at..at.checked_add(size).ok_or(Garbled)?;
        at = chunk.end.checked_add(2).ok_or(Garbled)?;
        let Some(content) = bytes.get(chunk.clone()) else {
            return Ok(None);
        };
        match bytes.get(chunk.end..at) {
            None => return Ok(None),
            Some(b"\r\n") => body.extend_from_slice(content),
            Some(_) => return Err(Garbled),
        }
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}

fn chunk_size(line: &[u8]) -> Result<usize, Garbled> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let digits = str::from_utf8(digits).map_err(|_| Garbled)?;
    usize::from_str_radix(digits.trim(), 16).map_err(|_| Garbled)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    const CHUNKED: &[u8] =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n";
    const NOTHING: &[u8] = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";

    fn answer(status: u16, body: &[u8], length: usize, keeps: bool) -> Answer {
        Answer {
            status,
            body: body.to_vec(),
            length,
            keeps,
        }
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(
            read(PLAIN),
            Ok(Some(answer(200, b"hello", PLAIN.len(), true)))
        );
        assert_eq!(
            read(CHUNKED),
            Ok(Some(answer(200, b"hello", CHUNKED.len(), false)))
        );
        assert_eq!(
            read(NOTHING),
            Ok(Some(answer(204, b"", NOTHING.len(), true)))
        );
        assert_eq!(
            read(&[NOTHING, PLAIN].concat()),
            Ok(Some(answer(204, b"", NOTHING.len(), true)))
        );
    }

    #[test]
    fn a_part_of_an_answer_is_waited_for() {
        for whole in [PLAIN, CHUNKED, NOTHING] {
            for length in 0..whole.len() {
                assert_eq!(read(&whole[..length]), Ok(None), "{length}");
            }
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for bytes in [
            &b"x\r\n\r\n"[..],
            b"HTTP/1.1 2\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        ] {
            assert_eq!(read(bytes), Err(Garbled));
        }
        for size in ["x", "-1", "ffffffffffffffff", "2\r\nhello"] {
            let bytes = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{size}\r\n");
            assert_eq!(read(bytes.as_bytes()), Err(Garbled), "{size}");
        }
        assert_eq!(read(&vec![b'x'; LONGEST_HEAD + 1]), Err(Garbled));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), head in any::<bool>()) {
            let head = if head { &b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"[..] } else { b"" };
            drop(read(&[head, &bytes].concat()));
        }
    }
}
