//! Recognises what a line of Blender's output says about the frames.
//!
//! Up to Blender 4.5 the messages begin their line (the time after a blank); from 5.0 on they follow a time stamp
//! and the category `render`.

/// What a line of Blender's output says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notice<'a> {
    /// A file was written completely.
    Saved(&'a str),
    /// A frame is done.
    FrameDone,
    /// A frame's file was there already.
    FrameSkipped,
}

/// What the line says, if it is one that says something.
pub fn notice(line: &str) -> Option<Notice<'_>> {
    message(line.trim_start()).or_else(|| after_category(line).find_map(message))
}

/// The texts that follow `render |` in the line.
fn after_category(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("render")
        .filter_map(|(start, category)| {
            let bar = skip_blanks(line.get(start + category.len()..)?)?;
            skip_blanks(bar.strip_prefix('|')?)
        })
}

/// The text after one or more blanks.
fn skip_blanks(text: &str) -> Option<&str> {
    let rest = text.trim_start();
    (rest.len() < text.len()).then_some(rest)
}

fn message(text: &str) -> Option<Notice<'_>> {
    if let Some(quoted) = text.strip_prefix("Saved: '") {
        // A path may contain quotes itself, so the last one is the end.
        return quoted
            .rfind('\'')
            .and_then(|end| quoted.get(..end))
            .filter(|path| !path.is_empty())
            .map(Notice::Saved);
    }
    if let Some(time) = text.strip_prefix("Time: ") {
        return time
            .starts_with(|c: char| c.is_ascii_digit() || c == ':' || c == '.')
            .then_some(Notice::FrameDone);
    }
    ["Skipping existing frame", "skipping existing frame"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
        .then_some(Notice::FrameSkipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<Notice<'_>>) {
        assert_eq!(notice(line), expected, "{line}");
    }

    #[test]
    fn the_format_up_to_4_5() {
        check(
            "Saved: '/path/to/file.exr'",
            Some(Notice::Saved("/path/to/file.exr")),
        );
        check(
            "Saved: '/it's/here.png'",
            Some(Notice::Saved("/it's/here.png")),
        );
        check("Time: 00:01.06", Some(Notice::FrameDone));
        check(
            "Skipping existing frame \"/x.jpg\"",
            Some(Notice::FrameSkipped),
        );
    }

    #[test]
    fn lines_of_a_real_blender_3_4() {
        check(
            "Saved: '/tmp/out/f-000001.png'",
            Some(Notice::Saved("/tmp/out/f-000001.png")),
        );
        check(
            " Time: 00:00.19 (Saving: 00:00.14)",
            Some(Notice::FrameDone),
        );
        check(
            "skipping existing frame \"/tmp/out/f-000001.png\"",
            Some(Notice::FrameSkipped),
        );
        check(
            "Fra:1 Mem:9.04M (Peak 10.83M) | Time:00:00.31 | Mem:0.00M, Peak:0.00M | Scene | Sample 1/1",
            None,
        );
        check("Info: No frames rendered, skipped to not overwrite", None);
    }

    #[test]
    fn the_format_from_5_0() {
        check(
            "00:00.327  render           | Saved: '/path/to/file.exr'",
            Some(Notice::Saved("/path/to/file.exr")),
        );
        check(
            "00:00.419  render           | Time: 00:01.06 (Saving: 00:00.02)",
            Some(Notice::FrameDone),
        );
        check(
            "00:00.419  render           | Skipping existing frame \"/x.jpg\"",
            Some(Notice::FrameSkipped),
        );
        check("renderer render | Time: 00:01", Some(Notice::FrameDone));
    }

    #[test]
    fn other_text_says_nothing() {
        for line in [
            "",
            "not Saved: '/a.png'",
            "Saved: /a.png",
            "Saved: ''",
            "Time: soon",
            "render| Time: 00:01",
            "render |Time: 00:01",
            "Time:00:00.31",
            "I said: Skipping existing frame",
        ] {
            check(line, None);
        }
    }
}
