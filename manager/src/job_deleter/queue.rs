//! Pure: the jobs that are to be deleted, in order, each once, and how long one that could not be has to wait.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use farandole_protocol::ids::JobId;

/// After the first failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// After many.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The jobs that are to be deleted.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Those whose turn will come, oldest first.
    waiting: VecDeque<JobId>,
    /// All that are not gone yet, with how often that failed.
    failures: HashMap<JobId, u32>,
    /// Whether one is being worked on.
    busy: bool,
}

impl Queue {
    /// Puts a job at the end, unless it is somewhere already.
    pub(super) fn put(&mut self, job: JobId) {
        if let std::collections::hash_map::Entry::Vacant(place) = self.failures.entry(job) {
            place.insert(0);
            self.waiting.push_back(job);
        }
    }

    /// The next job, if none is being worked on.
    pub(super) fn begin(&mut self) -> Option<JobId> {
        if self.busy {
            return None;
        }
        let next = self.waiting.pop_front();
        self.busy = next.is_some();
        next
    }

    /// The job that was worked on is gone.
    pub(super) fn done(&mut self, job: JobId) {
        self.busy = false;
        self.failures.remove(&job);
    }

    /// The job that was worked on is still there. Gives how long it has to wait before it is put [`again`](Self::again).
    pub(super) fn failed(&mut self, job: JobId) -> Duration {
        self.busy = false;
        let failures = self.failures.entry(job).or_default();
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(*failures));
        *failures = failures.saturating_add(1);
        pause.min(LONGEST_PAUSE)
    }

    /// A job that has failed has waited long enough.
    pub(super) fn again(&mut self, job: JobId) {
        self.waiting.push_back(job);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_in_order_and_each_once() {
        let (one, other) = (JobId::random(), JobId::random());
        let mut queue = Queue::default();
        for job in [one, other, one] {
            queue.put(job);
        }
        assert_eq!(queue.begin(), Some(one));
        queue.put(one);
        assert_eq!(queue.begin(), None);
        queue.done(one);
        assert_eq!(queue.begin(), Some(other));
        queue.done(other);
        assert_eq!(queue.begin(), None);
        queue.put(one);
        assert_eq!(queue.begin(), Some(one));
    }

    #[test]
    fn a_job_that_fails_waits_longer_each_time_and_holds_up_nobody() {
        let (bad, good) = (JobId::random(), JobId::random());
        let mut queue = Queue::default();
        queue.put(bad);
        queue.put(good);
        let mut pauses = Vec::new();
        for _ in 0..12 {
            assert_eq!(queue.begin(), Some(bad));
            pauses.push(queue.failed(bad).as_secs());
            if let Some(job) = queue.begin() {
                assert_eq!(job, good);
                queue.done(job);
            }
            queue.put(bad);
            assert_eq!(queue.begin(), None, "it waits");
            queue.again(bad);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    }
}
