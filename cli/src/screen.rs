//! What of a text goes to a terminal. Names and logs come from anybody, and a terminal obeys what is hidden in them: it
//! moves, hides and retitles what a person sees, and some send answers as if the person had typed them. Pure.

/// The longest colour that is let through, in bytes: a foreground and a background of three numbers each, with styles.
const LONGEST_COLOUR: usize = 64;

/// Makes what a terminal would obey visible instead, as `\x1b`. Line ends, tabs and colours stay. A text may come in
/// parts that are cut anywhere.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    /// What makes sense only with what follows.
    held: Vec<u8>,
}

/// What begins a text.
enum Beginning {
    /// This number of bytes is shown unchanged.
    AsItIs(usize),
    /// This number of bytes is left out.
    Nothing(usize),
    /// This number of bytes is replaced by the text.
    Visible(usize, String),
    /// Something that is not there in whole yet.
    Incomplete,
}

impl Screen {
    /// What is shown of the next part.
    pub(crate) fn show(&mut self, part: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(part);
        let text = std::mem::take(&mut self.held);
        let (shown, rest) = shown(&text);
        self.held = rest.to_vec();
        shown
    }

    /// What is shown when nothing follows any more.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        let shown = |byte: &u8| match byte {
            b' '..=b'~' => vec![*byte],
            _ => visible(*byte).into_bytes(),
        };
        held.iter().flat_map(shown).collect()
    }
}

/// What is shown of a whole text.
pub(crate) fn on_screen(text: &[u8]) -> Vec<u8> {
    let mut screen = Screen::default();
    let mut shown = screen.show(text);
    shown.extend(screen.rest());
    shown
}

fn shown(mut text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut shown = Vec::with_capacity(text.len());
    while !text.is_empty() {
        let taken = match beginning(text) {
            Beginning::AsItIs(length) => {
                shown.extend(text.iter().take(length));
                length
            }
            Beginning::Nothing(length) => length,
            Beginning::Visible(length, instead) => {
                shown.extend(instead.into_bytes());
                length
            }
            Beginning::Incomplete => break,
        };
        text = text.get(taken..).unwrap_or_default();
    }
    (shown, text)
}

fn beginning(text: &[u8]) -> Beginning {
    match *text {
        [b'\n' | b'\t' | b' '..=b'~', ..] => Beginning::AsItIs(1),
        // The line ends of Windows.
        [b'\r', b'\n', ..] => Beginning::Nothing(1),
        [b'\r'] | [] => Beginning::Incomplete,
        [0x1b, ..] => escape(text),
        [byte @ ..0x80, ..] => Beginning::Visible(1, visible(byte)),
        [byte, ..] => character(text, byte),
    }
}

/// Only what sets colours is let through.
fn escape(text: &[u8]) -> Beginning {
    let unknown = || Beginning::Visible(1, visible(0x1b));
    let rest = match text {
        [_, b'[', rest @ ..] => rest,
        [_, _, ..] => return unknown(),
        _ => return Beginning::Incomplete,
    };
    let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b';';
    let numbers = rest.iter().take_while(|byte| is_number(byte)).count();
    match rest.get(numbers) {
        _ if numbers > LONGEST_COLOUR => unknown(),
        Some(b'm') => Beginning::AsItIs(numbers + 3),
        Some(_) => unknown(),
        None => Beginning::Incomplete,
    }
}

fn character(text: &[u8], first: u8) -> Beginning {
    let four = text.get(..4).unwrap_or(text);
    let valid = match std::str::from_utf8(four) {
        Ok(valid) => valid,
        Err(error) => {
            let valid = four.get(..error.valid_up_to()).unwrap_or_default();
            match std::str::from_utf8(valid) {
                Ok("") if error.error_len().is_none() => return Beginning::Incomplete,
                Ok(valid) => valid,
                Err(_) => "",
            }
        }
    };
    match valid.chars().next() {
        None => Beginning::Visible(1, visible(first)),
        Some(character) if character.is_control() || turns_direction(character) => {
            let instead = character.escape_unicode().to_string();
            Beginning::Visible(character.len_utf8(), instead)
        }
        Some(character) => Beginning::AsItIs(character.len_utf8()),
    }
}

/// What has a text read in another order than it is written in.
const fn turns_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn visible(byte: u8) -> String {
    format!("\\x{byte:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], expected: &str) {
        assert_eq!(String::from_utf8(on_screen(text)).unwrap(), expected);
        // However it is cut.
        for at in 0..=text.len() {
            let (first, second) = text.split_at(at);
            let mut screen = Screen::default();
            let parts = [screen.show(first), screen.show(second), screen.rest()];
            assert_eq!(String::from_utf8(parts.concat()).unwrap(), expected, "{at}");
        }
        // What is shown is shown as it is.
        assert_eq!(on_screen(expected.as_bytes()), expected.as_bytes());
    }

    #[test]
    fn text_and_colours_stay() {
        check(
            "Fra:12 é 日本 👩\u{200d}👧\t|\r\nnext\n".as_bytes(),
            "Fra:12 é 日本 👩\u{200d}👧\t|\nnext\n",
        );
        check(
            b"\x1b[31mred\x1b[0m \x1b[38;2;1;2;3mblue\x1b[m",
            "\x1b[31mred\x1b[0m \x1b[38;2;1;2;3mblue\x1b[m",
        );
    }

    #[test]
    fn what_a_terminal_obeys_is_shown() {
        check(b"\x1b]0;title\x07", "\\x1b]0;title\\x07");
        check(b"\x1b[2J\x1b[1;1H\x1b[?25l", "\\x1b[2J\\x1b[1;1H\\x1b[?25l");
        check(b"\x1bc\x1bP$q\x1b\\", "\\x1bc\\x1bP$q\\x1b\\");
        check(
            b"hidden\rshown\x08\x00\x7f",
            "hidden\\x0dshown\\x08\\x00\\x7f",
        );
        check(b"\x1b[", "\\x1b[");
        check(b"\x1b", "\\x1b");
    }

    #[test]
    fn control_characters_of_other_encodings_are_shown() {
        check(
            "\u{9b}31m\u{85}\u{202e}".as_bytes(),
            "\\u{9b}31m\\u{85}\\u{202e}",
        );
        check(b"\x9b2J \xff\xfe \xe6\x97", "\\x9b2J \\xff\\xfe \\xe6\\x97");
    }

    #[test]
    fn a_colour_without_an_end_is_none() {
        let endless = [b"\x1b[".to_vec(), vec![b'1'; 1 << 16]].concat();
        assert!(Screen::default().show(&endless).starts_with(b"\\x1b[1"));
    }
}
