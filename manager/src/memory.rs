//! The memory that bodies of requests may take together, over all connections and threads of the server.
//!
//! A body reserves what it takes as it grows, so that an announced length alone holds nothing. A quarter is kept for
//! Workers that have proved who they are: strangers who fill the rest do not stop the farm from working.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes that are reserved at a time.
const STEP: usize = 64 << 10;
/// The bytes of each body that are free, about as much as its connection takes anyway: small requests are never refused for
/// want of memory.
const FREE: usize = 16 << 10;
/// The share of the memory that is kept for Workers is one divided by this.
const PARTS: usize = 4;

/// What is left of the memory for bodies. Cheap to clone; all clones share it.
#[derive(Clone, Debug)]
pub struct Memory {
    strangers: Part,
    workers: Part,
}

#[derive(Clone, Debug)]
struct Part {
    steps: Arc<Semaphore>,
    size: usize,
}

/// What one body has reserved. It is given back when this is dropped.
#[derive(Debug)]
pub struct Share {
    from: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    most: usize,
}

/// There is no memory left for the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the bodies of other requests take all the memory that request_memory_limit allows, try again in a moment"
)]
pub struct MemoryUsedUpError;

impl Memory {
    /// Memory of this size, in bytes.
    pub fn new(bytes: usize) -> Self {
        let workers = bytes / PARTS;
        Self {
            strangers: Part::new(bytes - workers),
            workers: Part::new(workers),
        }
    }

    /// A share that has reserved nothing yet.
    pub fn share(&self, is_worker: bool) -> Share {
        let part = if is_worker {
            &self.workers
        } else {
            &self.strangers
        };
        Share {
            from: Arc::clone(&part.steps),
            held: None,
            most: part.size + FREE,
        }
    }
}

impl Part {
    fn new(bytes: usize) -> Self {
        let steps = (bytes / STEP).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            steps: Arc::new(Semaphore::new(steps)),
            size: steps * STEP,
        }
    }
}

impl Share {
    /// The largest body that could ever be reserved.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Reserves what a body of this size takes.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), MemoryUsedUpError> {
        let wanted = bytes.saturating_sub(FREE).div_ceil(STEP);
        let held = self
            .held
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = u32::try_from(wanted.saturating_sub(held)).map_err(|_| MemoryUsedUpError)?;
        if missing == 0 {
            return Ok(());
        }
        let more = Arc::clone(&self.from).try_acquire_many_owned(missing);
        let more = more.map_err(|_| MemoryUsedUpError)?;
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_what_there_is_and_give_it_back() {
        let memory = Memory::new(4 << 20);
        let mut first = memory.share(false);
        let mut second = memory.share(false);
        assert_eq!(first.grow_to(2 << 20), Ok(()));
        assert_eq!(second.grow_to(2 << 20), Err(MemoryUsedUpError));
        assert_eq!(second.grow_to(1 << 20), Ok(()));
        drop(first);
        assert_eq!(second.grow_to(3 << 20), Ok(()));
    }

    #[test]
    fn a_share_grows_by_what_is_missing_alone() {
        let memory = Memory::new(4 << 20);
        let mut share = memory.share(false);
        for size in (0..=3 << 20).step_by(10_000) {
            assert_eq!(share.grow_to(size), Ok(()));
        }
        assert_eq!(share.grow_to(share.most() + 1), Err(MemoryUsedUpError));
    }

    #[test]
    fn small_bodies_and_those_of_workers_are_taken_while_strangers_fill_the_rest() {
        let memory = Memory::new(4 << 20);
        let mut stranger = memory.share(false);
        assert_eq!(stranger.grow_to(3 << 20), Ok(()));
        assert_eq!(memory.share(false).grow_to(FREE), Ok(()));
        assert_eq!(
            memory.share(false).grow_to(FREE + 1),
            Err(MemoryUsedUpError)
        );
        assert_eq!(memory.share(true).grow_to(1 << 20), Ok(()));
    }
}
