//! Ranges of frames, as people and job scripts write them.
//!
//! ```text
//! range  = part *("," part)                 spaces around numbers and parts do not count
//! part   = number                           one frame
//!        | number "-" number                all frames from the first to the last; ".." may stand for "-"
//!        | number "-" number "x" number     every nth frame of these, beginning with the first
//! ```
//!
//! A range is a set: order and repetition do not matter, and a part that runs backwards adds nothing. Flamenco's
//! notation has neither steps nor negative frames, and that of the frames of jobs has only steps, see [`Notation`].
//!
//! Frames are kept as runs, so that a range of consecutive frames costs memory by its length as text. A range of more
//! than [`MAX_FRAMES`] is refused all the same, because tasks and lists are made of its frames.

use std::{fmt, iter};

/// The most frames that a range may have: eleven hours of film, and as many tasks as a job may have.
pub const MAX_FRAMES: u64 = 1_000_000;

/// The rules by which a range is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notation {
    /// Those of Flamenco: no negative frames and no steps.
    Flamenco,
    /// Those of Flamenco, and steps: `1-9x4` are the frames 1, 5 and 9. There are no negative frames, because Blender's
    /// command line takes `-5` for the fifth frame before the last. Each range of Flamenco's notation means the same
    /// here.
    FlamencoWithSteps,
    /// Negative frames and steps are possible: `-5-9x2` are the frames -5, -3 and so on, up to 9. Each range of
    /// Flamenco's notation means the same here.
    Stepped,
}

/// Why a text is not a range of frames.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameRangesError {
    /// A part cannot be read.
    #[error("invalid frame range {range:?}: {part:?} {problem}")]
    Invalid {
        /// The range, or its beginning.
        range: String,
        /// The part.
        part: String,
        /// What is wrong with the part, as in "is no frame number".
        problem: &'static str,
    },
    /// There are too many frames.
    #[error(
        "frame range {range:?} has {frames} frames, more than the {MAX_FRAMES} that are possible"
    )]
    TooMany {
        /// The range, or its beginning.
        range: String,
        /// How many frames it has. Those of parts with steps are counted once for each part.
        frames: u128,
    },
}

/// Consecutive frames, first and last included; the first is not after the last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Run {
    /// The first frame.
    pub first: i64,
    /// The last frame.
    pub last: i64,
}

impl Run {
    /// How many frames these are.
    pub const fn frames(self) -> u64 {
        self.last.abs_diff(self.first).saturating_add(1)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.frames() {
            1 => write!(f, "{}", self.first),
            2 => write!(f, "{},{}", self.first, self.last),
            _ => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

/// A range of frames that was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FrameRanges {
    runs: Vec<Run>,
}

impl FrameRanges {
    /// Reads a range.
    pub fn parse(range: &str, notation: Notation) -> Result<Self, FrameRangesError> {
        let dashed = range.replace("..", "-");
        let mut runs = Vec::new();
        // Stepped frames are single runs, which is why their number is limited before they are made.
        let mut stepped = 0;
        for text in dashed.split(',') {
            let part =
                Part::parse(text, notation).map_err(|problem| FrameRangesError::Invalid {
                    range: excerpt(&dashed),
                    part: excerpt(text),
                    problem,
                })?;
            if part.step > 1 {
                stepped += part.frames();
                check_count(range, stepped)?;
            }
            runs.extend(part.runs());
        }
        runs.sort_unstable();
        runs.dedup_by(|next, kept| {
            let joins = next.first <= kept.last.saturating_add(1);
            if joins {
                kept.last = kept.last.max(next.last);
            }
            joins
        });
        check_count(range, runs.iter().map(|run| u128::from(run.frames())).sum())?;
        Ok(Self { runs })
    }

    /// The runs: ascending, with a gap between each and the next.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The number of frames.
    pub fn count(&self) -> u64 {
        self.runs.iter().map(|run| run.frames()).sum()
    }

    /// The frames in Flamenco's notation, which has no steps, so that every Manager and Blender itself can read it.
    pub fn in_flamencos_notation(&self) -> String {
        let parts: Vec<String> = self.runs.iter().map(Run::to_string).collect();
        parts.join(",")
    }

    /// Each frame once, ascending.
    pub fn frames(&self) -> impl Iterator<Item = i64> {
        self.runs.iter().flat_map(|run| run.first..=run.last)
    }
}

fn check_count(range: &str, frames: u128) -> Result<(), FrameRangesError> {
    if frames <= u128::from(MAX_FRAMES) {
        return Ok(());
    }
    Err(FrameRangesError::TooMany {
        range: excerpt(range),
        frames,
    })
}

/// One part of a range.
#[derive(Clone, Copy)]
struct Part {
    first: i64,
    last: i64,
    step: u64,
}

impl Part {
    /// The error says what is wrong with the text, as a predicate.
    fn parse(text: &str, notation: Notation) -> Result<Self, &'static str> {
        const NO_FRAMES: &str = "is neither a frame number nor a range such as 1-48 or 1-48x4";
        let (bounds, step) = match notation {
            Notation::Flamenco => (text, 1),
            Notation::FlamencoWithSteps | Notation::Stepped => match text.split_once(['x', 'X']) {
                Some((bounds, step)) => (bounds, step.trim().parse().map_err(|_| NO_FRAMES)?),
                None => (text, 1),
            },
        };
        let is_stepped = bounds.len() != text.len();
        let (first, last) = split_bounds(bounds, notation);
        if step == 0 {
            return Err("has a step of 0, and it must be at least 1");
        }
        if is_stepped && last.is_none() {
            return Err("has a step, but names a single frame");
        }
        let first = number(first).ok_or(NO_FRAMES)?;
        let last = last.map_or(Some(first), number).ok_or(NO_FRAMES)?;
        Ok(Self { first, last, step })
    }

    fn frames(self) -> u128 {
        if self.first > self.last {
            return 0;
        }
        u128::from(self.last.abs_diff(self.first) / self.step) + 1
    }

    fn runs(self) -> impl Iterator<Item = Run> {
        let Self { first, last, step } = self;
        let alone = step > 1;
        let next = move |at: &i64| at.checked_add_unsigned(step).filter(|_| alone);
        iter::successors(Some(first), next)
            .take_while(move |at| *at <= last)
            .map(move |at| Run {
                first: at,
                last: if alone { at } else { last },
            })
    }
}

/// The texts on both sides of the dash. Where frames may be negative, a dash at the start is a sign.
fn split_bounds(text: &str, notation: Notation) -> (&str, Option<&str>) {
    let text = text.trim();
    let sign = match notation {
        Notation::Stepped if text.starts_with('-') => 1,
        Notation::Flamenco | Notation::FlamencoWithSteps | Notation::Stepped => 0,
    };
    let dash = text
        .get(sign..)
        .and_then(|rest| rest.find('-'))
        .map(|dash| dash + sign);
    match dash.and_then(|dash| text.split_at_checked(dash)) {
        // Flamenco's first dash divides, so that none is left for a sign.
        Some((first, last)) => {
            let last = last.get(1..).unwrap_or_default();
            match notation {
                Notation::Flamenco | Notation::FlamencoWithSteps if last.contains('-') => {
                    ("", None)
                }
                Notation::Flamenco | Notation::FlamencoWithSteps | Notation::Stepped => {
                    (first, Some(last))
                }
            }
        }
        None => (text, None),
    }
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// The beginning of the text, for an error that people read.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn stepped(text: &str) -> Result<FrameRanges, FrameRangesError> {
        FrameRanges::parse(text, Notation::Stepped)
    }

    #[track_caller]
    fn check(text: &str, expected: &[i64]) {
        let frames: Vec<i64> = stepped(text).unwrap().frames().collect();
        assert_eq!(frames, expected, "{text:?}");
    }

    #[test]
    fn ranges_have_steps_and_signs() {
        check("1-9x4, 12", &[1, 5, 9, 12]);
        check("1..10x4", &[1, 5, 9]);
        check("12,1-3", &[1, 2, 3, 12]);
        check(" 1 - 3 X 2 ", &[1, 3]);
        check("-3", &[-3]);
        check("-3--1", &[-3, -2, -1]);
        check("-1..1", &[-1, 0, 1]);
        check("-5-5x5", &[-5, 0, 5]);
        check("1-5x2,2-4x2,3", &[1, 2, 3, 4, 5]);
        check("1-3x100", &[1]);
        check("5-1,7", &[7]);
        check("5-1x2", &[]);
        check("1-3x1", &[1, 2, 3]);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "1-",
            "-",
            "--1",
            "1-9x",
            "1-9x0",
            "1-9x-2",
            "1x2",
            "x2",
            "1-9x2x2",
            "1:3",
            "a",
            "1.5",
            "1,,2",
            "1-2-3",
            "1 10",
            "9223372036854775808",
        ] {
            let error = stepped(text).unwrap_err();
            assert!(
                matches!(error, FrameRangesError::Invalid { .. }),
                "{text}: {error}"
            );
        }
        for text in ["-5", "-5--1", "1-9x2", "1--2"] {
            assert!(
                FrameRanges::parse(text, Notation::Flamenco).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn the_frames_of_jobs_have_steps_and_no_signs() {
        let read = |text| FrameRanges::parse(text, Notation::FlamencoWithSteps);
        assert_eq!(read("1-9x4,20..22"), stepped("1-9x4,20..22"));
        for text in ["-5", "-5--1", "1--2", "-5-9x2", "1-9x0", "1x2"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn steps_are_written_out_for_those_who_do_not_know_them() {
        let written = |text| stepped(text).unwrap().in_flamencos_notation();
        assert_eq!(written("1-9x4"), "1,5,9");
        assert_eq!(written("1-4,7,8,20-24x2"), "1-4,7,8,20,22,24");
        assert_eq!(written("3..1,5"), "5");
    }

    #[test]
    fn a_huge_range_is_refused_without_making_its_frames() {
        for text in [
            "1-2000000000x2",
            "-9223372036854775808-9223372036854775807x2",
            "-9223372036854775808-9223372036854775807",
            "1-1800000x2,1-1800000x3",
        ] {
            assert!(
                matches!(stepped(text), Err(FrameRangesError::TooMany { .. })),
                "{text}"
            );
        }
        assert_eq!(
            stepped("1-9223372036854775807x9223372036854775806")
                .unwrap()
                .count(),
            2
        );
    }

    proptest! {
        #[test]
        fn frames_are_those_of_the_parts_in_order(
            parts in prop::collection::vec((-60..60_i64, -60..60_i64, 1..9_usize), 1..8),
        ) {
            let text: Vec<String> = parts.iter().map(|(a, b, step)| format!("{a}-{b}x{step}")).collect();
            let expected: BTreeSet<i64> = parts.iter().flat_map(|(a, b, step)| (*a..=*b).step_by(*step)).collect();
            let read = stepped(&text.join(",")).unwrap();
            prop_assert_eq!(read.count(), expected.len() as u64);
            prop_assert!(read.frames().eq(expected));
        }

        #[test]
        fn flamencos_ranges_mean_the_same_with_steps(text in "[0-9 ,.-]{0,12}") {
            if let Ok(read) = FrameRanges::parse(&text, Notation::Flamenco) {
                let with_steps = FrameRanges::parse(&text, Notation::FlamencoWithSteps);
                prop_assert_eq!(with_steps.as_ref(), Ok(&read));
                prop_assert_eq!(stepped(&text), Ok(read));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            drop(stepped(&text));
            drop(FrameRanges::parse(&text, Notation::Flamenco));
        }
    }
}
