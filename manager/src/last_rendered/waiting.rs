//! The pictures that wait to be worked on. Pure.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use farandole_protocol::ids::{JobId, TaskId};

/// Pictures of so many jobs wait at a time.
const PLACES: usize = 16;
/// The newest attempts of so many tasks are remembered.
const REMEMBERED: usize = 10_000;

/// A picture that a Worker sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Picture {
    pub(super) job: JobId,
    pub(super) task: TaskId,
    pub(super) attempt: u32,
    pub(super) bytes: Bytes,
}

/// What becomes of a picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// It waits.
    Waits,
    /// It is of an older attempt than one that was already shown: forgotten.
    Outdated,
    /// There is no place for it.
    NoPlace,
}

/// The pictures that wait, oldest first, at most one of each job.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pictures: VecDeque<Picture>,
    attempts: HashMap<TaskId, u32>,
}

impl Waiting {
    pub(super) fn put(&mut self, picture: Picture) -> Outcome {
        if self
            .attempts
            .get(&picture.task)
            .is_some_and(|newest| *newest > picture.attempt)
        {
            return Outcome::Outdated;
        }
        if self.attempts.len() >= REMEMBERED {
            self.attempts.clear();
        }
        self.attempts.insert(picture.task, picture.attempt);
        if let Some(waiting) = self
            .pictures
            .iter_mut()
            .find(|waiting| waiting.job == picture.job)
        {
            *waiting = picture;
        } else if self.pictures.len() < PLACES {
            self.pictures.push_back(picture);
        } else {
            return Outcome::NoPlace;
        }
        Outcome::Waits
    }

    /// The job is gone.
    pub(super) fn forget(&mut self, job: JobId) {
        self.pictures.retain(|picture| picture.job != job);
    }

    pub(super) fn take(&mut self) -> Option<Picture> {
        self.pictures.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(job: JobId, index: u32, attempt: u32) -> Picture {
        Picture {
            job,
            task: TaskId::of_job(job, index),
            attempt,
            bytes: Bytes::new(),
        }
    }

    #[test]
    fn the_newest_picture_of_a_job_takes_the_place_of_an_older_one() {
        let (one, other) = (JobId::random(), JobId::random());
        let mut waiting = Waiting::default();
        for next in [picture(one, 1, 1), picture(other, 1, 1), picture(one, 2, 1)] {
            assert_eq!(waiting.put(next), Outcome::Waits);
        }
        assert_eq!(waiting.take(), Some(picture(one, 2, 1)));
        assert_eq!(waiting.take(), Some(picture(other, 1, 1)));
        assert_eq!(waiting.take(), None);
    }

    #[test]
    fn a_picture_of_an_older_attempt_does_not_replace_a_newer_one() {
        let job = JobId::random();
        let mut waiting = Waiting::default();
        assert_eq!(waiting.put(picture(job, 1, 2)), Outcome::Waits);
        assert_eq!(waiting.put(picture(job, 1, 1)), Outcome::Outdated);
        assert_eq!(waiting.put(picture(job, 1, 2)), Outcome::Waits);
    }

    #[test]
    fn what_waits_of_a_job_that_goes_goes_too() {
        let (gone, other) = (JobId::random(), JobId::random());
        let mut waiting = Waiting::default();
        for job in [gone, other] {
            assert_eq!(waiting.put(picture(job, 1, 1)), Outcome::Waits);
        }
        waiting.forget(gone);
        assert_eq!(waiting.take(), Some(picture(other, 1, 1)));
        assert_eq!(waiting.take(), None);
    }

    #[test]
    fn few_wait_at_a_time() {
        let mut waiting = Waiting::default();
        for _ in 0..PLACES {
            assert_eq!(waiting.put(picture(JobId::random(), 1, 1)), Outcome::Waits);
        }
        assert_eq!(
            waiting.put(picture(JobId::random(), 1, 1)),
            Outcome::NoPlace
        );
    }
}
