//! Frame ranges: reading them, counting their frames and cutting them into chunks.
//!
//! ```text
//! range  = part *("," part)        spaces around numbers and parts do not count
//! part   = number                  one frame
//!        | number "-" number       all frames from the first to the last; ".." may stand for "-"
//! ```
//!
//! A range is a set: order and repetition do not matter, and a part that runs backwards adds nothing. There are no
//! negative frames and no steps. Frames are kept as runs, so a range costs memory by its length as text, not by its
//! frames; still, one of more than [`MAX_FRAMES`] is refused, since the chunks made from it would be as many.

/// The most frames that a range may have: eleven hours of film, and as many tasks as a job may have.
pub(super) const MAX_FRAMES: u64 = 1_000_000;

/// Why a range of frames cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("empty frame range")]
    Empty,
    #[error("chunk size must be at least 1, not {0}")]
    ChunkSize(i32),
    #[error("invalid frame range {range:?}, at {part:?}")]
    Invalid { range: String, part: String },
    #[error(
        "frame range {range:?} has {frames} frames, more than the {MAX_FRAMES} that are possible"
    )]
    TooMany { range: String, frames: u128 },
}

/// Frames in a row, first and last included; the first is not after the last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Run {
    first: u64,
    last: u64,
}

impl Run {
    fn len(self) -> u64 {
        // Only a run of all 2^64 numbers would overflow, and a number has at most 63 bits.
        self.last - self.first + 1
    }
}

/// The number of distinct frames in the range; a range that only runs backwards has none.
pub(super) fn count(range: &str) -> Result<u64, FrameError> {
    Ok(parse(range.trim())?.into_iter().map(Run::len).sum())
}

/// The range cut into chunks of `size` frames, each in the shortest notation: `1-3,5,7,8`.
pub(super) fn chunks(range: &str, size: i32) -> Result<Vec<String>, FrameError> {
    let range = range.trim();
    if range.is_empty() {
        return Err(FrameError::Empty);
    }
    let size = u64::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .ok_or(FrameError::ChunkSize(size))?;
    let runs = parse(range)?;
    if runs.is_empty() {
        return Err(FrameError::Empty);
    }
    Ok(cut(&runs, size))
}

fn cut(runs: &[Run], size: u64) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    let mut room = size;
    for run in runs {
        let mut first = run.first;
        while first <= run.last {
            let taken = room.min(run.last - first + 1);
            chunk.push(Run {
                first,
                last: first + (taken - 1),
            });
            first += taken;
            room -= taken;
            if room == 0 {
                chunks.push(notation(&chunk));
                chunk.clear();
                room = size;
            }
        }
    }
    if !chunk.is_empty() {
        chunks.push(notation(&chunk));
    }
    chunks
}

fn notation(runs: &[Run]) -> String {
    let parts: Vec<String> = runs
        .iter()
        .map(|run| match run.len() {
            1 => run.first.to_string(),
            2 => format!("{},{}", run.first, run.last),
            _ => format!("{}-{}", run.first, run.last),
        })
        .collect();
    parts.join(",")
}

/// The runs of the range: ascending, with a gap between each and the next.
fn parse(range: &str) -> Result<Vec<Run>, FrameError> {
    let dashed = range.replace("..", "-");
    let mut runs = Vec::new();
    for part in dashed.split(',') {
        let (first, last) = bounds(part).ok_or_else(|| FrameError::Invalid {
            range: excerpt(&dashed),
            part: excerpt(part),
        })?;
        if first <= last {
            runs.push(Run { first, last });
        }
    }
    runs.sort_unstable();
    runs.dedup_by(|next, kept| {
        let joins = next.first <= kept.last.saturating_add(1);
        if joins {
            kept.last = kept.last.max(next.last);
        }
        joins
    });
    let frames: u128 = runs.iter().map(|run| u128::from(run.len())).sum();
    if frames > u128::from(MAX_FRAMES) {
        return Err(FrameError::TooMany {
            range: excerpt(range),
            frames,
        });
    }
    Ok(runs)
}

fn bounds(part: &str) -> Option<(u64, u64)> {
    let mut ends = part.split('-').map(number);
    let first = ends.next()??;
    let last = match ends.next() {
        Some(last) => last?,
        None => first,
    };
    ends.next().is_none().then_some((first, last))
}

/// A number of 63 bits: the reference's are signed, and no minus sign can get here.
fn number(text: &str) -> Option<u64> {
    let number: i64 = text.trim().parse().ok()?;
    u64::try_from(number).ok()
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

    #[track_caller]
    fn check(range: &str, size: i32, expected: &[&str]) {
        assert_eq!(chunks(range, size).unwrap(), expected, "{range:?}");
    }

    #[test]
    fn ranges_are_cut_into_chunks() {
        let mixed = ["1-4", "5-8", "9,10,20,21", "22-25", "40"];
        check("1..10,20..25,40,3..8", 4, &mixed);
        check(" 1  .. 10,\t20..25\n,40 ", 4, &mixed);
        check(
            "0-12,34-56,78-90",
            20,
            &["0-12,34-40", "41-56,78-81", "82-90"],
        );
        check("10,1,2,3", 10, &["1-3,10"]);
        check("1 - 3", 2, &["1,2", "3"]);
        check("5-1,3", 2, &["3"]);
        check("1-10", 3, &["1-3", "4-6", "7-9", "10"]);
        check("+05", 1, &["5"]);
        check("1-3,4-6", 100, &["1-6"]);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for range in [
            "-5",
            "-5--1",
            "1-",
            "1-9x2",
            "1:3",
            "a",
            "1.5",
            "0x10",
            "1,,2",
            "1,",
            ",1",
            "1...3",
            "1 10",
            "1-2-3",
            "9223372036854775808",
        ] {
            let error = chunks(range, 1).unwrap_err();
            assert!(
                matches!(error, FrameError::Invalid { .. }),
                "{range}: {error}"
            );
        }
        for range in ["", " ", "\n\t", "5-1", "5-1,9-8"] {
            assert_eq!(chunks(range, 1), Err(FrameError::Empty), "{range:?}");
        }
        assert_eq!(chunks("1", 0), Err(FrameError::ChunkSize(0)));
        assert_eq!(chunks("1", -1), Err(FrameError::ChunkSize(-1)));
    }

    #[test]
    fn an_error_quotes_range_and_part() {
        assert_eq!(
            chunks("1..3,x", 1).unwrap_err().to_string(),
            r#"invalid frame range "1-3,x", at "x""#
        );
        assert!(
            chunks(&"x".repeat(100_000), 1)
                .unwrap_err()
                .to_string()
                .len()
                < 1_000
        );
    }

    #[test]
    fn frames_are_counted_once() {
        assert_eq!(count("1-10,5-12,40"), Ok(13));
        assert_eq!(count("5-1"), Ok(0));
        assert!(matches!(count(""), Err(FrameError::Invalid { .. })));
    }

    #[test]
    fn a_huge_range_is_refused_without_making_its_frames() {
        for range in [
            "1-2000000000",
            "0-9223372036854775807",
            "1-1000001",
            "1-600000,700000-1200000",
        ] {
            assert!(
                matches!(chunks(range, 1), Err(FrameError::TooMany { .. })),
                "{range}"
            );
            assert!(
                matches!(count(range), Err(FrameError::TooMany { .. })),
                "{range}"
            );
        }
        assert_eq!(chunks("1-1000000", 1_000_000).unwrap(), ["1-1000000"]);
        check(
            "9223372036854775806-9223372036854775807",
            1,
            &["9223372036854775806", "9223372036854775807"],
        );
    }

    proptest! {
        #[test]
        fn chunks_hold_exactly_the_frames_in_order(
            parts in prop::collection::vec((0..60_u64, 0..60_u64), 1..8),
            size in 1..20_i32,
        ) {
            let range: Vec<String> = parts.iter().map(|(a, b)| format!("{a}-{b}")).collect();
            let frames: BTreeSet<u64> = parts.iter().flat_map(|(a, b)| *a..=*b).collect();
            let made = chunks(&range.join(","), size);
            if frames.is_empty() {
                prop_assert_eq!(made, Err(FrameError::Empty));
                return Ok(());
            }
            let made = made.unwrap();
            let read: Vec<Vec<u64>> = made
                .iter()
                .map(|chunk| parse(chunk).unwrap().iter().flat_map(|run| run.first..=run.last).collect())
                .collect();
            let wanted: Vec<Vec<u64>> = frames
                .iter()
                .copied()
                .collect::<Vec<_>>()
                .chunks(usize::try_from(size).unwrap())
                .map(<[u64]>::to_vec)
                .collect();
            prop_assert_eq!(read, wanted);
        }

        #[test]
        fn no_text_makes_it_panic(range in ".*", size in any::<i32>()) {
            drop(chunks(&range, size));
            drop(count(&range));
        }
    }
}
