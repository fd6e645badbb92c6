//! Frame ranges for job scripts: counting their frames and cutting them into chunks. What a range is, is said in
//! [`farandole_protocol::frame_ranges`]; scripts use Flamenco's notation, with steps. Chunks have none, because Blender's
//! command line does not know them.

use farandole_protocol::frame_ranges::{FrameRanges, FrameRangesError, Notation, Run};

/// How much of a range is shown in an error, in characters.
const LONGEST_SHOWN: usize = 100;

/// Why a range of frames cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("empty frame range; write frames as in 1-48, 1,5,10-20 or 1-48x4")]
    Empty,
    #[error("invalid frame range {0:?}: the end comes before the start")]
    Backwards(String),
    #[error("the chunk size must be at least 1, not {0}")]
    ChunkSize(i32),
    #[error(transparent)]
    Range(#[from] FrameRangesError),
}

/// The number of distinct frames in the range; a range that only runs backwards has none.
pub(super) fn count(range: &str) -> Result<u64, FrameError> {
    Ok(parse(range)?.count())
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
    let ranges = parse(range)?;
    if ranges.runs().is_empty() {
        return Err(FrameError::Backwards(
            range.chars().take(LONGEST_SHOWN).collect(),
        ));
    }
    Ok(cut(ranges.runs(), size))
}

fn cut(runs: &[Run], size: u64) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    let mut room = size;
    for run in runs {
        let mut rest = Some(*run);
        while let Some(run) = rest {
            let (taken, left) = split(run, room);
            chunk.push(taken);
            rest = left;
            room -= taken.frames();
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

/// The first frames of the run, at most as many as there is room for, and what is left of it.
fn split(run: Run, room: u64) -> (Run, Option<Run>) {
    let after = run.first.checked_add_unsigned(room);
    match after.filter(|after| *after <= run.last) {
        Some(after) => (
            Run {
                last: after - 1,
                ..run
            },
            Some(Run {
                first: after,
                ..run
            }),
        ),
        None => (run, None),
    }
}

fn notation(runs: &[Run]) -> String {
    let parts: Vec<String> = runs.iter().map(Run::to_string).collect();
    parts.join(",")
}

fn parse(range: &str) -> Result<FrameRanges, FrameRangesError> {
    FrameRanges::parse(range.trim(), Notation::FlamencoWithSteps)
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

    fn is_invalid(error: &FrameError) -> bool {
        matches!(error, FrameError::Range(FrameRangesError::Invalid { .. }))
    }

    fn is_too_many(error: &FrameError) -> bool {
        matches!(error, FrameError::Range(FrameRangesError::TooMany { .. }))
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
    fn the_chunks_of_steps_list_their_frames() {
        check("1-9x4", 1, &["1", "5", "9"]);
        check("1-9x4", 10, &["1,5,9"]);
        check("1-9x4", 2, &["1,5", "9"]);
        check("1-3, 10-20x5", 4, &["1-3,10", "15,20"]);
        check("1-7x2,2-8x2", 100, &["1-8"]);
        check("1-10x1", 5, &["1-5", "6-10"]);
        assert_eq!(count("1-9x4,9"), Ok(3));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for range in [
            "-5",
            "-5--1",
            "1-",
            "1-9x0",
            "-5-9x2",
            "1x2",
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
            assert!(is_invalid(&error), "{range}: {error}");
        }
        for range in ["", " ", "\n\t"] {
            assert_eq!(chunks(range, 1), Err(FrameError::Empty), "{range:?}");
        }
        for range in ["5-1", "5-1,9-8"] {
            let backwards = FrameError::Backwards(range.to_owned());
            assert_eq!(chunks(range, 1), Err(backwards), "{range:?}");
        }
        assert_eq!(chunks("1", 0), Err(FrameError::ChunkSize(0)));
        assert_eq!(chunks("1", -1), Err(FrameError::ChunkSize(-1)));
    }

    #[test]
    fn an_error_quotes_range_and_part() {
        assert_eq!(
            chunks("1..3,x", 1).unwrap_err().to_string(),
            r#"invalid frame range "1-3,x": "x" is neither a frame number nor a range such as 1-48 or 1-48x4"#
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
        assert!(is_invalid(&count("").unwrap_err()));
    }

    #[test]
    fn a_huge_range_is_refused_without_making_its_frames() {
        for range in [
            "1-2000000000",
            "0-9223372036854775807",
            "1-1000001",
            "1-600000,700000-1200000",
        ] {
            assert!(is_too_many(&chunks(range, 1).unwrap_err()), "{range}");
            assert!(is_too_many(&count(range).unwrap_err()), "{range}");
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
            parts in prop::collection::vec((0..60_i64, 0..60_i64), 1..8),
            size in 1..20_i32,
        ) {
            let range: Vec<String> = parts.iter().map(|(a, b)| format!("{a}-{b}")).collect();
            let frames: BTreeSet<i64> = parts.iter().flat_map(|(a, b)| *a..=*b).collect();
            let made = chunks(&range.join(","), size);
            if frames.is_empty() {
                prop_assert!(matches!(made, Err(FrameError::Backwards(_))), "{made:?}");
                return Ok(());
            }
            let made = made.unwrap();
            let read: Vec<Vec<i64>> = made
                .iter()
                .map(|chunk| parse(chunk).unwrap().frames().collect())
                .collect();
            let wanted: Vec<Vec<i64>> = frames
                .iter()
                .copied()
                .collect::<Vec<_>>()
                .chunks(usize::try_from(size).unwrap())
                .map(<[i64]>::to_vec)
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
