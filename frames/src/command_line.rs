//! Reads which frames a Blender command line will render, and where to, as far as the command line itself says so.
//!
//! What only the .blend file knows (its output path, its format, its frame range) stays unknown here; so do frames
//! given relative to the file's range.

use std::ops::RangeInclusive;

/// A request on the command line to render frames.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Render {
    /// The output path as given; `None` when the .blend file has it.
    pub output: Option<String>,
    /// The format as given, in capitals; `None` when the .blend file has it.
    pub format: Option<String>,
    /// Whether Blender appends the format's extension.
    pub adds_extension: bool,
    /// The frames that are known.
    pub frames: Vec<RangeInclusive<i32>>,
}

/// All render requests of a command line. Blender carries out its arguments in order, so each request knows only
/// the options before it.
pub fn renders<'a>(args: impl IntoIterator<Item = &'a str>) -> Vec<Render> {
    let mut args = args.into_iter();
    let mut found = Vec::new();
    let mut next = Render {
        output: None,
        format: None,
        adds_extension: true,
        frames: Vec::new(),
    };
    let (mut start, mut end) = (None, None);
    while let Some(arg) = args.next() {
        match arg {
            "-o" | "--render-output" => next.output = args.next().map(str::to_owned),
            "-F" | "--render-format" => next.format = args.next().map(str::to_uppercase),
            "-x" | "--use-extension" => next.adds_extension = args.next() != Some("0"),
            "-s" | "--frame-start" => start = args.next().and_then(frame),
            "-e" | "--frame-end" => end = args.next().and_then(frame),
            "-f" | "--render-frame" => {
                let frames = args.next().map(frame_list).unwrap_or_default();
                found.push(Render {
                    frames,
                    ..next.clone()
                });
            }
            "-a" | "--render-anim" => {
                let frames = start
                    .zip(end)
                    .map(|(start, end)| start..=end)
                    .into_iter()
                    .collect();
                found.push(Render {
                    frames,
                    ..next.clone()
                });
            }
            "--" => break,
            _ => {}
        }
    }
    found
}

/// A list such as `1,2,5..7`. Parts that are relative or no numbers are left out.
fn frame_list(text: &str) -> Vec<RangeInclusive<i32>> {
    text.split(',')
        .filter_map(|part| match part.split_once("..") {
            Some((first, last)) => Some(frame(first)?..=frame(last)?),
            None => frame(part).map(|only| only..=only),
        })
        .filter(|range| !range.is_empty())
        .collect()
}

/// A frame number; one with a sign is relative to the file's range, which is not known.
fn frame(text: &str) -> Option<i32> {
    text.trim()
        .parse()
        .ok()
        .filter(|_| !text.trim().starts_with(['+', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, expected: &[Render]) {
        assert_eq!(renders(command.split(' ')), expected);
    }

    fn render(output: &str, format: &str, frames: &[RangeInclusive<i32>]) -> Render {
        Render {
            output: Some(output.to_owned()),
            format: Some(format.to_owned()),
            adds_extension: true,
            frames: frames.to_vec(),
        }
    }

    #[test]
    fn the_command_of_the_stock_job_type() {
        check(
            "-b -y /f/a.blend --render-output /out/f-###### --render-format PNG --render-frame 1..3",
            &[render("/out/f-######", "PNG", &[1..=3])],
        );
    }

    #[test]
    fn lists_mix_frames_and_ranges() {
        check(
            "-o //x -F jpeg -f 1,2,5..7",
            &[render("//x", "JPEG", &[1..=1, 2..=2, 5..=7])],
        );
        check(
            "-o //x -F PNG -f 7..5,+1,-1,x,4..",
            &[render("//x", "PNG", &[])],
        );
    }

    #[test]
    fn only_options_before_a_request_count() {
        check(
            "-o /a -F PNG -f 1 -o /b -x 0 -f 2",
            &[
                render("/a", "PNG", &[1..=1]),
                Render {
                    adds_extension: false,
                    ..render("/b", "PNG", &[2..=2])
                },
            ],
        );
    }

    #[test]
    fn an_animation_is_known_when_both_ends_are_given() {
        check(
            "-o /a -F PNG -s 3 -e 9 -a",
            &[render("/a", "PNG", &[3..=9])],
        );
        check("-o /a -F PNG -e 9 -a", &[render("/a", "PNG", &[])]);
    }

    #[test]
    fn what_the_file_knows_stays_unknown() {
        check(
            "-f 1",
            &[Render {
                output: None,
                format: None,
                adds_extension: true,
                frames: vec![1..=1],
            }],
        );
        check("-o", &[]);
        check("-- -f 1", &[]);
    }
}
