//! Recognises the messages of Blender which mean that a picture is missing or differs from what the file describes.
//!
//! The table of messages is in `message_table.rs`. This file knows what precedes a message in a line:
//!
//! - up to Blender 4.5, the kind of a report (`Error: `, `Warning: `, `Info: `), a part of Blender
//!   (`Color management: `), or the severity, category and source location of the log
//!   (`ERROR (bke.modifier): …/modifier.cc:458 BKE_modifier_set_error: `);
//! - from Blender 5.0 on, a timestamp, a category and a severity (`00:00.527  reports          | ERROR `).
//!
//! A pattern has to match at the start of the message, since names that are chosen by users can contain anything.

use farandole_protocol::api::FindingClass;

use super::message_table::{MESSAGES, Message, Pattern};

/// What a traceback of Python begins with.
const TRACEBACK: &str = "Traceback (most recent call last):";

/// The class of trouble that a line of Blender's output means, if it means any.
pub fn finding(line: &str) -> Option<FindingClass> {
    let line = line.trim_end();
    // Nearly all lines tell the progress of a frame.
    if line.is_empty() || is_status(line) {
        return None;
    }
    let text = without_prefix(line);
    MESSAGES
        .iter()
        .find(|message| matches(message, text))
        .map(|message| message.class)
}

/// Reads the output of one run of Blender, line by line.
///
/// Two messages need more than their own line. That a colour configuration lacks something, or that Python fails, is
/// also said about what Blender does at its start, before the file of the job is read; and what went wrong in a script
/// is in the last line of its traceback.
#[derive(Debug, Default)]
pub struct MessageReader {
    has_read_file: bool,
    in_traceback: bool,
}

impl MessageReader {
    /// The class of trouble that this line means, if it means any. The line is then the one to quote.
    pub fn read(&mut self, line: &str) -> Option<FindingClass> {
        self.has_read_file |= without_prefix(line).starts_with("Read blend: ");
        if self.in_traceback && !is_status(line) {
            if line.starts_with([' ', '\t']) || line.trim().is_empty() {
                return None;
            }
            self.in_traceback = false;
            return self.has_read_file.then_some(FindingClass::PythonError);
        }
        let class = finding(line)?;
        self.in_traceback = line.contains(TRACEBACK) && class == FindingClass::PythonError;
        let of_file = matches!(
            class,
            FindingClass::ViewTransform | FindingClass::PythonError
        );
        let is_early = of_file && !self.has_read_file;
        (!self.in_traceback && !is_early).then_some(class)
    }
}

/// Whether the line tells the progress of a frame, which Blender's threads print at any time.
fn is_status(line: &str) -> bool {
    line.starts_with("Fra:") || without_prefix(line).starts_with("Fra: ")
}

fn matches(message: &Message, text: &str) -> bool {
    match message.pattern {
        Pattern::Begins(start) => text.starts_with(start),
        Pattern::BeginsAndHas(start, rest) => text
            .strip_prefix(start)
            .is_some_and(|text| text.contains(rest)),
        Pattern::PathAndEnds(end) => is_absolute_path(text) && text.ends_with(end),
        Pattern::AfterWord(start, rest) => text
            .split_once(' ')
            .and_then(|(_, text)| text.strip_prefix(start))
            .is_some_and(|text| text.contains(rest)),
    }
}

/// Whether the text begins with an absolute path of any platform.
fn is_absolute_path(text: &str) -> bool {
    let drive = text.split_once(':').is_some_and(|(drive, rest)| {
        drive.len() == 1
            && drive.starts_with(|c: char| c.is_ascii_alphabetic())
            && rest.starts_with(['\\', '/'])
    });
    text.starts_with(['/', '\\']) || drive
}

/// The message of a line.
fn without_prefix(line: &str) -> &str {
    let text = after_timestamp_and_category(line)
        .or_else(|| after_location(line))
        .unwrap_or(line)
        .trim_start();
    [
        "Error: ",
        "Warning: ",
        "Info: ",
        "ERROR ",
        "WARNING ",
        "FATAL ",
        "Color management: ",
    ]
    .iter()
    .find_map(|kind| text.strip_prefix(kind))
    .unwrap_or(text)
}

/// What follows `00:00.527  reports          |`, as Blender writes it from 5.0 on.
fn after_timestamp_and_category(line: &str) -> Option<&str> {
    let (head, message) = line.split_once('|')?;
    let mut words = head.split_ascii_whitespace();
    let timestamp = words.next()?;
    let category = words.next()?;
    let is_timestamp = timestamp.contains(':')
        && timestamp
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let is_category = category
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    (is_timestamp && is_category && words.next().is_none()).then_some(message)
}

/// What follows `ERROR (bke.modifier): …/modifier.cc:458 BKE_modifier_set_error: `, as Blender writes it up to 4.5.
fn after_location(line: &str) -> Option<&str> {
    let rest = ["ERROR (", "WARN (", "FATAL ("]
        .iter()
        .find_map(|severity| line.strip_prefix(severity))?;
    let (_, location) = rest.split_once("): ")?;
    // The source file and the function contain no blank, so that the message is the third part.
    let (_, function) = location.split_once(' ')?;
    let (_, message) = function.split_once(": ")?;
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_recognised_by_its_own_row() {
        for message in MESSAGES {
            let text = without_prefix(message.example);
            let first = MESSAGES.iter().find(|message| matches(message, text));
            assert_eq!(
                first.map(|first| first.pattern),
                Some(message.pattern),
                "{}",
                message.example
            );
            assert_eq!(finding(message.example), Some(message.class));
            for version in message.seen_in {
                assert!(["3.4", "4.3", "5.2"].contains(version), "{version}");
            }
        }
    }

    #[test]
    fn a_message_is_recognised_behind_the_prefix_of_every_version() {
        let message = "Engine 'MYENGINE' not available for scene 'Scene'";
        for prefix in [
            "",
            "Error: ",
            "\t",
            "00:01.769  reports          | ERROR ",
            "01:00:01.769  reports          | ",
            "ERROR (bke.x): /home/me/blender/source/x.cc:12 BKE_x: ",
        ] {
            let line = format!("{prefix}{message}\r");
            assert_eq!(finding(&line), Some(FindingClass::Engine), "{line}");
        }
    }

    #[test]
    fn words_that_users_chose_are_not_messages() {
        for line in [
            "Fra:1 Mem:8.41M (Peak 10.19M) | Time:00:00.00 | Error: engine not found 'X'",
            "00:00.525  render           | Start rendering: Error: Out of memory in a queue, ViewLayer",
            "00:00.532  render           | Fra: 1 | Mem: 0M | Cannot render, no camera",
            "Saved: '/out/Traceback (most recent call last): No space left on device'",
            "Read blend: /film/Error: engine not found 'X'.blend",
            "00:01.813  reports          | Read library: '/a/LIB: ' missing from 'x.blend', '//x.blend', parent '<direct>'",
            "Error: Not freed memory blocks: 1, total unfreed memory 0.000183 MB",
            "I print: Render error (x) cannot save: 'y'",
            "libraries and cameras",
            "Two libraries and one camera",
            "Color management: sequencer colorspace \"sRGB\" not found, will use default instead.",
        ] {
            assert_eq!(finding(line), None, "{line}");
        }
    }

    #[test]
    fn what_ordinary_renders_say_is_harmless() {
        for line in include_str!("harmless_lines.txt").lines() {
            assert_eq!(finding(line), None, "{line}");
        }
    }

    #[track_caller]
    fn check_run(lines: &[&str], expected: &[(&str, FindingClass)]) {
        let mut reader = MessageReader::default();
        let found: Vec<_> = lines
            .iter()
            .filter_map(|line| Some((*line, reader.read(line)?)))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn colours_of_the_startup_file_do_not_matter() {
        let line =
            "Color management: scene view \"Filmic\" not found, setting default \"Standard\".";
        for read in [
            "Read blend: /film/shot.blend",
            "00:00.516  blend            | Read blend: \"/film/shot.blend\"",
        ] {
            check_run(&[line, read], &[]);
            check_run(&[read, line], &[(line, FindingClass::ViewTransform)]);
        }
    }

    #[test]
    fn a_traceback_is_quoted_by_its_last_line() {
        check_run(
            &[
                "Traceback (most recent call last):",
                "ModuleNotFoundError: an optional module of Blender's own",
                "Read blend: /film/shot.blend",
                "Error: Python: Traceback (most recent call last):",
                "  File \"/film/shot.blend/startup.py\", line 2, in <module>",
                "Fra:1 Mem:8.41M (Peak 10.19M) | Time:00:00.00 | Scene, ViewLayer | Initializing",
                "RuntimeError: boom",
                "Saved: '/out/000001.png'",
            ],
            &[("RuntimeError: boom", FindingClass::PythonError)],
        );
    }

    #[test]
    fn paths_are_those_of_any_platform() {
        for (line, is_path) in [
            ("/o/a.png: No space left on device", true),
            ("C:\\o\\a.png: No space left on device", true),
            ("\\\\nas\\o\\a.png: No space left on device", true),
            ("ü: No space left on device", false),
            ("He said: No space left on device", false),
        ] {
            assert_eq!(finding(line).is_some(), is_path, "{line}");
        }
    }
}
