//! Pure: texts in headers, as RFC 2047 writes them: `=?utf-8?q?wood_=C3=A9t=C3=A9.png?=`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A word is in an alphabet that nobody here knows.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the alphabet {0:?} is not known; write UTF-8")]
pub(super) struct UnknownAlphabet(pub(super) String);

/// The text. What only looks like an encoded word stands for itself.
pub(super) fn decode(header: &str) -> Result<String, UnknownAlphabet> {
    let mut text = String::new();
    let mut rest = header;
    let mut after_word = false;
    while let Some((before, from)) = rest.find("=?").map(|at| rest.split_at(at)) {
        let Some((word, behind)) = word(from)? else {
            let (mark, behind) = from.split_at(2);
            text.extend([before, mark]);
            (rest, after_word) = (behind, false);
            continue;
        };
        // Blanks between two words are there for the line's length.
        let is_blank = before.chars().all(|c| c.is_ascii_whitespace());
        if !(after_word && is_blank) {
            text.push_str(before);
        }
        text.push_str(&word);
        (rest, after_word) = (behind, true);
    }
    Ok(text + rest)
}

/// The encoded word at the beginning, and what is behind it.
fn word(text: &str) -> Result<Option<(String, &str)>, UnknownAlphabet> {
    let Some((alphabet, encoding, encoded, behind)) = split(text) else {
        return Ok(None);
    };
    let bytes = match encoding {
        "q" | "Q" => quoted(encoded),
        "b" | "B" => STANDARD.decode(encoded).ok(),
        _ => None,
    };
    let Some(bytes) = bytes else { return Ok(None) };
    let word = match alphabet.to_ascii_lowercase().as_str() {
        "utf-8" | "us-ascii" => String::from_utf8_lossy(&bytes).into_owned(),
        "iso-8859-1" => bytes.iter().copied().map(char::from).collect(),
        _ => return Err(UnknownAlphabet(alphabet.to_owned())),
    };
    Ok(Some((word, behind)))
}

fn split(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (alphabet, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (encoded, behind) = rest.split_once("?=")?;
    Some((alphabet, encoding, encoded, behind))
}

fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(header: &str, text: &str) {
        assert_eq!(decode(header).as_deref(), Ok(text), "{header}");
    }

    #[test]
    fn words_are_decoded() {
        check("scene.blend", "scene.blend");
        check("=?utf-8?q?wood_=C3=A9t=C3=A9.png?=", "wood été.png");
        check("=?utf-8?q?pack-info=2Etxt?=", "pack-info.txt");
        check("=?UTF-8?B?w6l0w6k=?=", "été");
        check("=?iso-8859-1?q?=E9?= b", "é b");
        check("=?utf-8?q?a?= \t=?utf-8?q?b?=  c", "ab  c");
    }

    #[test]
    fn what_is_no_word_stands_for_itself() {
        for text in [
            "",
            "=?",
            "=?utf-8?q?a",
            "=?utf-8?x?a?=",
            "=?utf-8?q?=G1?=",
            "=?utf-8?b?!?=",
            "a=?b",
        ] {
            check(text, text);
        }
        let unknown = decode("=?klingon?q?a?=").unwrap_err();
        assert_eq!(unknown, UnknownAlphabet("klingon".to_owned()));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fall_over(text in "(=\\?|utf-8|\\?q\\?|\\?b\\?|=|\\?=|_|é|[0-9A-F]| ){0,20}") {
            decode(&text).unwrap_or_default();
        }
    }
}
