//! Pure: what a Flamenco Manager's texts mean, and which states its jobs and tasks get here.

use chrono::{DateTime, NaiveDateTime};
use farandole_protocol::status::{JobStatus, TaskStatus};
use farandole_protocol::time::Timestamp;

/// A task on its way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct TaskState {
    /// Its state.
    pub(super) status: TaskStatus,
    /// The places of the tasks it waits for, from 0.
    pub(super) waits_for: Vec<usize>,
}

/// The state that a job gets here, and with it its tasks; `None` for one that was never finished being made.
///
/// Nothing runs here yet, so what ran waits again. Where a Manager was ended in the middle of a change, the change is
/// brought to its end; a job with nothing left to run ends.
pub(super) fn settle(status: JobStatus, tasks: &mut [TaskState]) -> Option<JobStatus> {
    use JobStatus as J;
    use TaskStatus as T;
    let (status, changes): (JobStatus, &[(TaskStatus, TaskStatus)]) = match status {
        J::UnderConstruction | J::Unset => return None,
        J::CancelRequested => (
            J::Canceled,
            &[
                (T::Active, T::Canceled),
                (T::Queued, T::Canceled),
                (T::SoftFailed, T::Canceled),
            ],
        ),
        J::PauseRequested => (
            J::Paused,
            &[
                (T::Active, T::Paused),
                (T::Queued, T::Paused),
                (T::SoftFailed, T::Paused),
            ],
        ),
        J::Requeueing => (
            J::Queued,
            &[
                (T::Active, T::Queued),
                (T::Canceled, T::Queued),
                (T::Failed, T::Queued),
                (T::Paused, T::Queued),
                (T::SoftFailed, T::Queued),
            ],
        ),
        J::Paused => (J::Paused, &[(T::Active, T::Paused)]),
        J::Canceled | J::Failed | J::Completed => (status, &[(T::Active, T::Canceled)]),
        J::Active | J::Queued => (status, &[(T::Active, T::Queued)]),
    };
    change(tasks, changes);
    if matches!(status, J::Active | J::Queued) {
        return Some(settle_open(status, tasks));
    }
    Some(status)
}

/// A job that is open goes on if a task is ready, and ends otherwise.
fn settle_open(status: JobStatus, tasks: &mut [TaskState]) -> JobStatus {
    use TaskStatus as T;
    let count = |wanted: TaskStatus| tasks.iter().filter(|task| task.status == wanted).count();
    if count(T::Completed) == tasks.len() {
        return JobStatus::Completed;
    }
    let is_done = |place: &usize| {
        let task = tasks.get(*place);
        task.is_none_or(|task| task.status == T::Completed)
    };
    let is_ready = |task: &TaskState| {
        matches!(task.status, T::Queued | T::SoftFailed) && task.waits_for.iter().all(is_done)
    };
    if tasks.iter().any(is_ready) {
        return status;
    }
    if count(T::Paused) > 0 {
        return JobStatus::Paused;
    }
    let end = if count(T::Failed) > 0 {
        JobStatus::Failed
    } else {
        JobStatus::Canceled
    };
    change(
        tasks,
        &[(T::Queued, T::Canceled), (T::SoftFailed, T::Canceled)],
    );
    end
}

fn change(tasks: &mut [TaskState], changes: &[(TaskStatus, TaskStatus)]) {
    for task in tasks {
        if let Some((_, to)) = changes.iter().find(|(from, _)| *from == task.status) {
            task.status = *to;
        }
    }
}

/// A time as Go prints it, or as SQLite or RFC 3339 have it; without a zone it is UTC.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    // What Go adds of its own clock.
    let text = text.split(" m=").next().unwrap_or(text).trim();
    let zoned = ["%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f%:z"];
    let without_name = text
        .rsplit_once(' ')
        .filter(|(_, name)| name.chars().all(|letter| letter.is_ascii_uppercase()))
        .map_or(text, |(rest, _)| rest);
    if let Some(time) = zoned
        .iter()
        .find_map(|form| DateTime::parse_from_str(without_name, form).ok())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok())
    {
        return Some(time.to_utc());
    }
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    plain
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|time| time.and_utc())
}

/// The days of a sleep schedule, as two letters each; `None` if they are none.
pub(super) fn days(text: &str) -> Option<String> {
    const DAYS: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];
    let known = |word: &str| {
        let word = word.to_lowercase();
        DAYS.into_iter().find(|day| word.starts_with(day))
    };
    let days: Option<Vec<_>> = text.split_whitespace().map(known).collect();
    Some(days?.join(" "))
}

/// A time of day as two digits, a colon, two digits; empty stays empty. `None` if it is none.
pub(super) fn time_of_day(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    let mut parts = text.split(':');
    let hour: u8 = parts.next()?.parse().ok()?;
    let minute: u8 = parts.next()?.parse().ok()?;
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;

    use super::*;
    use JobStatus as J;
    use TaskStatus as T;

    fn settled(status: J, tasks: &[T]) -> (Option<J>, Vec<T>) {
        let mut all: Vec<TaskState> = tasks
            .iter()
            .map(|status| TaskState {
                status: *status,
                waits_for: Vec::new(),
            })
            .collect();
        let job = settle(status, &mut all);
        (job, all.into_iter().map(|task| task.status).collect())
    }

    #[test]
    fn nothing_runs_after_an_import_whatever_the_job() {
        for status in J::ALL {
            for other in T::ALL {
                let (job, tasks) = settled(*status, &[T::Active, *other]);
                if *status == J::UnderConstruction {
                    assert_eq!(job, None);
                } else {
                    assert!(!tasks.contains(&T::Active), "{status} {other}");
                    let rests = [
                        J::Active,
                        J::Canceled,
                        J::Completed,
                        J::Failed,
                        J::Paused,
                        J::Queued,
                    ];
                    assert!(rests.contains(&job.unwrap()), "{status} {other}");
                }
            }
        }
    }

    #[test]
    fn changes_that_were_under_way_are_brought_to_their_end() {
        let all = [T::Active, T::Queued, T::SoftFailed, T::Completed, T::Failed];
        assert_eq!(
            settled(J::CancelRequested, &all),
            (
                Some(J::Canceled),
                vec![
                    T::Canceled,
                    T::Canceled,
                    T::Canceled,
                    T::Completed,
                    T::Failed
                ]
            )
        );
        assert_eq!(
            settled(J::PauseRequested, &all),
            (
                Some(J::Paused),
                vec![T::Paused, T::Paused, T::Paused, T::Completed, T::Failed]
            )
        );
        assert_eq!(
            settled(J::Requeueing, &all),
            (
                Some(J::Queued),
                vec![T::Queued, T::Queued, T::Queued, T::Completed, T::Queued]
            )
        );
    }

    #[test]
    fn a_job_that_was_stuck_ends() {
        assert_eq!(settled(J::Active, &[T::Completed; 2]).0, Some(J::Completed));
        assert_eq!(settled(J::Queued, &[]).0, Some(J::Completed));
        assert_eq!(
            settled(J::Active, &[T::Completed, T::Failed]).0,
            Some(J::Failed)
        );
        assert_eq!(
            settled(J::Active, &[T::Completed, T::Canceled]).0,
            Some(J::Canceled)
        );
        assert_eq!(
            settled(J::Active, &[T::Completed, T::Paused]).0,
            Some(J::Paused)
        );
        assert_eq!(
            settled(J::Active, &[T::Failed, T::SoftFailed]).0,
            Some(J::Active)
        );
        // What waits for a task that has failed will never run.
        let mut tasks = [
            TaskState {
                status: T::Failed,
                waits_for: Vec::new(),
            },
            TaskState {
                status: T::Queued,
                waits_for: vec![0],
            },
        ];
        assert_eq!(settle(J::Active, &mut tasks), Some(J::Failed));
        assert_eq!(tasks[1].status, T::Canceled);
    }

    #[test]
    fn times_are_read_as_they_occur() {
        let expected = "2026-03-04T05:06:07.250Z";
        for text in [
            "2026-03-04 05:06:07.25 +0000 UTC",
            "2026-03-04 05:06:07.25 +0000 UTC m=+0.0123",
            "2026-03-04 07:06:07.25 +0200 CEST",
            "2026-03-04 05:06:07.25+00:00",
            "2026-03-04T05:06:07.25Z",
            "2026-03-04T07:06:07.25+02:00",
            "2026-03-04 05:06:07.25",
            "2026-03-04T05:06:07.25",
        ] {
            let found = time(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                found.to_rfc3339_opts(SecondsFormat::Millis, true),
                expected,
                "{text}"
            );
        }
        for text in ["", "now", "2026-03-04", "1772600767"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn schedules_are_read_or_refused() {
        assert_eq!(days("Mo tuesday  WE").as_deref(), Some("mo tu we"));
        assert_eq!(days("").as_deref(), Some(""));
        assert_eq!(days("mo x"), None);
        assert_eq!(time_of_day("9:05").as_deref(), Some("09:05"));
        assert_eq!(time_of_day("09:05:00").as_deref(), Some("09:05"));
        assert_eq!(time_of_day(" ").as_deref(), Some(""));
        for text in ["24:00", "12:60", "noon", "12"] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
    }
}
