//! Of many changes of one row in a batch, only the last is written. Pure.
//!
//! A row change carries the whole changeable part of its row, so whatever happened to the row before it, be it by
//! a change of the whole job, no longer matters: the earlier change is dropped, the last one keeps its place. Two
//! things live on from an earlier one and are put into the later: when a task was last touched, if the later does
//! not say, and the begin of an attempt. Heartbeats touch single columns of rows: what was written before them is
//! kept as it is.

use std::collections::HashMap;

use crate::farm::keys::{JobNo, TaskKey, WorkerNo};
use crate::farm::write::{AttemptRow, TaskRow, Write};

/// What a row change is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Row {
    Job(JobNo),
    Task(TaskKey),
    Attempt(TaskKey, u32),
    Worker(WorkerNo),
}

/// Fewer changes to the same effect, each row written once.
pub(super) fn compact(writes: Vec<Write>) -> Vec<Write> {
    let mut kept = Vec::<Option<Write>>::with_capacity(writes.len());
    let mut places = HashMap::<Row, usize>::with_capacity(writes.len());
    for write in writes {
        if let Write::Heartbeats(heartbeats) = &write {
            for (worker, _) in &heartbeats.seen {
                places.remove(&Row::Worker(*worker));
            }
            for (key, _) in &heartbeats.touched {
                places.remove(&Row::Task(*key));
            }
        }
        let earlier = row_of(&write)
            .and_then(|row| places.insert(row, kept.len()))
            .and_then(|place| kept.get_mut(place)?.take());
        kept.push(Some(match earlier {
            Some(earlier) => merge(earlier, write),
            None => write,
        }));
    }
    kept.into_iter().flatten().collect()
}

fn row_of(write: &Write) -> Option<Row> {
    match write {
        Write::Job(row) => Some(Row::Job(row.no)),
        Write::Task(row) => Some(Row::Task(row.key)),
        Write::Attempt(row) => Some(Row::Attempt(row.key, row.attempt)),
        Write::Worker(row) => Some(Row::Worker(row.no)),
        Write::JobReleased(_)
        | Write::JobRemoved(_)
        | Write::Tasks(_)
        | Write::Outputs(_)
        | Write::OutputsForgotten(_)
        | Write::Finding(_)
        | Write::FindingsCleared(_)
        | Write::Failure(..)
        | Write::TaskFailuresCleared(_)
        | Write::JobFailuresCleared(_)
        | Write::Block(..)
        | Write::Unblock(..)
        | Write::TagAdded(..)
        | Write::Tag(_)
        | Write::TagDeleted(_)
        | Write::WorkerTags(..)
        | Write::Sleep(..)
        | Write::Condition(..)
        | Write::WorkerAdded(_)
        | Write::Heartbeats(_) => None,
    }
}

/// The later change of a row, with what lives on from the earlier.
fn merge(earlier: Write, later: Write) -> Write {
    match (earlier, later) {
        (Write::Task(earlier), Write::Task(later)) => Write::Task(TaskRow {
            touched: later.touched.or(earlier.touched),
            ..later
        }),
        (Write::Attempt(earlier), Write::Attempt(later)) => Write::Attempt(AttemptRow {
            started: earlier.started.or(later.started),
            ended: later.ended.or(earlier.ended),
            ..later
        }),
        (_, later) => later,
    }
}

#[cfg(test)]
mod tests {
    use farandole_protocol::status::TaskStatus::{self, Active, Canceled, Completed, Queued};
    use farandole_protocol::time::Timestamp;

    use super::*;
    use crate::farm::write::{AttemptEnd, Heartbeats, TasksChange};

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
            lost: 0,
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
            [task(2, Active, None), task(1, Completed, Some(5))]
        );
    }

    #[test]
    fn what_was_before_a_change_of_all_tasks_does_not_matter_if_the_row_is_written_after_it() {
        let writes = vec![
            task(1, Queued, None),
            all(Canceled),
            task(1, Queued, None),
            task(1, Active, None),
        ];
        assert_eq!(compact(writes), [all(Canceled), task(1, Active, None)]);
    }

    #[test]
    fn what_was_before_a_heartbeat_is_kept() {
        let touched = vec![(key(1), at(7))];
        let seen = vec![];
        let heartbeats = Write::Heartbeats(Heartbeats { seen, touched });
        let writes = vec![
            task(1, Active, Some(5)),
            heartbeats,
            task(1, Completed, None),
        ];
        assert_eq!(compact(writes.clone()), writes);
    }

    #[test]
    fn the_begin_and_the_end_of_an_attempt_become_one_row() {
        assert_eq!(
            compact(vec![attempt(Some(1), None), attempt(None, Some(2))]),
            [attempt(Some(1), Some(2))]
        );
    }
}
