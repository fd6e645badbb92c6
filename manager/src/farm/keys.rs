//! Numbers by which the farm and its store know jobs, tasks and Workers. Pure: no randomness, no clock.
//!
//! Ids (UUIDs) are for the world; the hot tables are narrow and keyed by integers, which cost a third of the time
//! and a twenty-seventh of the log. A number is given once and never used again.

use std::fmt;

/// A job's number: rises with creation, so that "oldest first" is "lowest first".
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct JobNo(pub i64);

/// A Worker's number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WorkerNo(pub i64);

/// A task: its job's number and its 1-based index in the job.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TaskKey {
    /// The job.
    pub job: JobNo,
    /// 1-based index in the job, below [`TaskKey::MAX_TASKS`].
    pub index: u32,
}

impl TaskKey {
    /// Bits of the packed form that hold the index.
    const INDEX_BITS: u32 = 24;
    /// More tasks than this no job may have.
    pub const MAX_TASKS: u32 = (1 << Self::INDEX_BITS) - 1;

    /// The key as one integer, ordered as (job, index).
    pub fn pack(self) -> i64 {
        (self.job.0 << Self::INDEX_BITS) | i64::from(self.index)
    }

    /// The key that was packed into this integer.
    pub fn unpack(packed: i64) -> Self {
        let index = u32::try_from(packed & i64::from(Self::MAX_TASKS)).unwrap_or(0);
        Self {
            job: JobNo(packed >> Self::INDEX_BITS),
            index,
        }
    }

    /// What concerns the job as a whole is kept under this key: the indices of tasks begin with 1.
    pub fn of_whole(job: JobNo) -> Self {
        Self { job, index: 0 }
    }

    /// The packed keys of all tasks that the job can have.
    pub fn range_of(job: JobNo) -> std::ops::RangeInclusive<i64> {
        let first = Self { job, index: 0 };
        let last = Self {
            job,
            index: Self::MAX_TASKS,
        };
        first.pack()..=last.pack()
    }
}

impl fmt::Display for TaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.job.0, self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_key_unpacks_to_itself_and_lies_in_its_jobs_range() {
        for (job, index) in [(1, 1), (7, TaskKey::MAX_TASKS), (1 << 38, 12)] {
            let key = TaskKey {
                job: JobNo(job),
                index,
            };
            assert_eq!(TaskKey::unpack(key.pack()), key);
            assert!(TaskKey::range_of(key.job).contains(&key.pack()));
            assert!(!TaskKey::range_of(JobNo(job + 1)).contains(&key.pack()));
        }
    }
}
