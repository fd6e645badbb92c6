//! Ids as people write them: in full, by their beginning, or a task by its job and its place in it. Pure: what there
//! is comes as a parameter.

use std::fmt::Display;

use farandole_protocol::ids::{JobId, TaskId};

/// The characters of an id, dashes among them.
const WHOLE: usize = 36;

/// So many of its first characters a task of ours shares with its job.
pub(crate) const SHARED: usize = 18;

/// Why a text stands for no single thing.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Mismatch {
    /// No id looks like that.
    NotAnId,
    /// Nothing there is begins so.
    Nothing,
    /// All of these begin so, by their places in the list.
    Several(Vec<usize>),
}

/// A task as a person names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TaskName<'a> {
    /// By its id.
    Whole(TaskId),
    /// By its job, and its place in it.
    InJob {
        /// The job's id, or its beginning.
        job: &'a str,
        /// The task's place, counted from 1.
        place: i64,
    },
    /// By the beginning of its id.
    Beginning(&'a str),
}

impl<'a> TaskName<'a> {
    /// Reads `<id>`, `<beginning of an id>`, or `<job>/<place>`.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Mismatch> {
        if let Some((job, place)) = text.split_once('/') {
            let place = place.parse().map_err(|_| Mismatch::NotAnId)?;
            return is_beginning(job)
                .then_some(Self::InJob { job, place })
                .ok_or(Mismatch::NotAnId);
        }
        match text.parse() {
            Ok(id) => Ok(Self::Whole(id)),
            Err(_) if is_beginning(text) => Ok(Self::Beginning(text)),
            Err(_) => Err(Mismatch::NotAnId),
        }
    }
}

/// The place of the one thing whose id begins so.
pub(crate) fn find<T: Display>(
    beginning: &str,
    ids: impl Iterator<Item = T>,
) -> Result<usize, Mismatch> {
    if !is_beginning(beginning) {
        return Err(Mismatch::NotAnId);
    }
    let found: Vec<usize> = ids
        .enumerate()
        .filter(|(_, id)| begins(id, beginning))
        .map(|(place, _)| place)
        .collect();
    match *found.as_slice() {
        [one] => Ok(one),
        [] => Err(Mismatch::Nothing),
        _ => Err(Mismatch::Several(found)),
    }
}

/// Whether an id begins so, in whatever case.
pub(crate) fn begins(id: &impl Display, beginning: &str) -> bool {
    id.to_string().starts_with(&beginning.to_lowercase())
}

/// Whether tasks that our Manager made for this job can have ids that begin so.
pub(crate) fn may_have_task(job: JobId, beginning: &str) -> bool {
    let shared: String = job.to_string().chars().take(SHARED).collect();
    let beginning = beginning.to_lowercase();
    shared.starts_with(&beginning) || beginning.starts_with(&shared)
}

/// Whether an id can begin so.
fn is_beginning(text: &str) -> bool {
    (1..=WHOLE).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 3] = [
        "8fac4efb-c260-4383-9000-000000000001",
        "8fad4efb-c260-4383-9000-000000000001",
        "1fac4efb-c260-4383-9000-000000000001",
    ];

    #[track_caller]
    fn check(text: &str, expected: Result<usize, Mismatch>) {
        assert_eq!(find(text, IDS.iter()), expected, "{text}");
    }

    #[test]
    fn a_beginning_that_is_unmistakable_is_enough() {
        check("1", Ok(2));
        check("8fac", Ok(0));
        check("8FAD", Ok(1));
        check(IDS[0], Ok(0));
    }

    #[test]
    fn what_stands_for_no_single_thing_is_told_apart() {
        check("8fa", Err(Mismatch::Several(vec![0, 1])));
        check("7", Err(Mismatch::Nothing));
        for text in ["", "dance", "8fac/1", "é", &"8".repeat(37)] {
            check(text, Err(Mismatch::NotAnId));
        }
    }

    #[test]
    fn a_task_can_be_named_in_three_ways() {
        let check = |text, expected| assert_eq!(TaskName::parse(text), expected, "{text}");
        check(IDS[0], Ok(TaskName::Whole(IDS[0].parse().unwrap())));
        check("8fac", Ok(TaskName::Beginning("8fac")));
        let third = TaskName::InJob {
            job: "8fac",
            place: 3,
        };
        check("8fac/3", Ok(third));
        for text in ["/3", "8fac/", "8fac/x", "x/3", "8fac/3/4", "render-1"] {
            check(text, Err(Mismatch::NotAnId));
        }
    }

    #[test]
    fn tasks_are_looked_for_in_the_job_whose_half_they_share() {
        let job = JobId::random();
        let task = TaskId::of_job(job, 12).to_string();
        for length in [1, SHARED, SHARED + 1, WHOLE] {
            assert!(may_have_task(job, &task[..length]), "{length}");
        }
        assert!(!may_have_task(JobId::random(), &task));
    }
}
