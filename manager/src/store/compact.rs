//! Of many changes of one row in a batch, only the last is written. Pure.
//!
//! Changes keep their order. A row change replaces an earlier one of the same row, in the earlier one's place, as
//! long as no change of the whole job came between the two: that must find the row as it was then.

use std::collections::HashMap;

use crate::farm::keys::{JobNo, TaskKey, WorkerNo};
use crate::farm::write::{AttemptRow, TaskRow, Write};

/// What a row change is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Row {
    Job(JobNo),
    Task(TaskKey, u32),
    Attempt(TaskKey, u32),
    Worker(WorkerNo),
}

/// The same changes, each row written once.
pub(super) fn compact(writes: Vec<Write>) -> Vec<Write> {
    let mut kept: Vec<Write> = Vec::with_capacity(writes.len());
    let mut places = HashMap::<Row, usize>::with_capacity(writes.len());
    // How often a job's tasks were changed all at once so far: rows before and after are different rows here.
    let mut epochs = HashMap::<JobNo, u32>::new();
    for write in writes {
        if let Write::Tasks(change) = &write {
            *epochs.entry(change.job).or_default() += 1;
        }
        let place = row_of(&write, &epochs).map(|row| *places.entry(row).or_insert(kept.len()));
        match place.and_then(|place| kept.get_mut(place)) {
            Some(earlier) => replace(earlier, write),
            None => kept.push(write),
        }
    }
    kept
}

fn row_of(write: &Write, epochs: &HashMap<JobNo, u32>) -> Option<Row> {
    let epoch = |job: &JobNo| epochs.get(job).copied().unwrap_or(0);
    match write {
        Write::Job(row) => Some(Row::Job(row.no)),
        Write::Task(row) => Some(Row::Task(row.key, epoch(&row.key.job))),
        Write::Attempt(row) => Some(Row::Attempt(row.key, row.attempt)),
        Write::Worker(row) => Some(Row::Worker(row.no)),
        Write::JobReleased(_)
        | Write::Tasks(_)
        | Write::Failure(..)
        | Write::TaskFailuresCleared(_)
        | Write::JobFailuresCleared(_)
        | Write::Block(..)
        | Write::WorkerAdded(_)
        | Write::Heartbeats(_) => None,
    }
}

fn replace(earlier: &mut Write, later: Write) {
    *earlier = match (&*earlier, later) {
        (Write::Task(before), Write::Task(after)) => Write::Task(TaskRow {
            touched: after.touched.or(before.touched),
            ..after
        }),
        (Write::Attempt(before), Write::Attempt(after)) => Write::Attempt(AttemptRow {
            started: before.started.or(after.started),
            ended: after.ended.or(before.ended),
            ..after
        }),
        (_, later) => later,
    };
}

#[cfg(test)]
mod tests {
    use farandole_protocol::status::TaskStatus::{self, Active, Canceled, Completed, Queued};
    use farandole_protocol::time::Timestamp;

    use super::*;
    use crate::farm::write::{AttemptEnd, TasksChange};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
    }

    fn key(index: u32) -> TaskKey {
        TaskKey {
            job: JobNo(1),
            index,
        }
    }

    fn task(index: u32, status: TaskStatus, touched: Option<i64>) -> Write {
        Write::Task(TaskRow {
            key: key(index),
            status,
            worker: None,
            attempt: 1,
            ended: None,
            steps_completed: 0,
            activity: String::new(),
            updated: at(0),
            touched: touched.map(at),
        })
    }

    fn all(to: TaskStatus) -> Write {
        let from = vec![Queued];
        Write::Tasks(TasksChange {
            job: JobNo(1),
            from,
            to,
            activity: String::new(),
            updated: at(0),
        })
    }

    fn attempt(started: Option<i64>, ended: Option<i64>) -> Write {
        Write::Attempt(AttemptRow {
            key: key(1),
            attempt: 1,
            worker: WorkerNo(1),
            started: started.map(at),
            ended: ended.map(|second| (at(second), AttemptEnd::Completed)),
        })
    }

    #[test]
    fn a_row_is_written_once_with_its_last_value() {
        let writes = vec![
            task(1, Active, Some(5)),
            task(2, Active, None),
            task(1, Completed, None),
        ];
        assert_eq!(
            compact(writes),
            [task(1, Completed, Some(5)), task(2, Active, None)]
        );
    }

    #[test]
    fn a_change_of_all_tasks_keeps_its_place_between_changes_of_one() {
        let writes = vec![
            task(1, Queued, None),
            all(Canceled),
            task(1, Queued, None),
            task(1, Active, None),
        ];
        assert_eq!(
            compact(writes),
            [task(1, Queued, None), all(Canceled), task(1, Active, None)]
        );
    }

    #[test]
    fn the_begin_and_the_end_of_an_attempt_become_one_row() {
        assert_eq!(
            compact(vec![attempt(Some(1), None), attempt(None, Some(2))]),
            [attempt(Some(1), Some(2))]
        );
    }
}
