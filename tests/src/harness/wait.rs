//! Waiting for something that other processes do. A test never waits for a fixed time, but until something is so, or
//! for so long that it never will be.

use std::time::{Duration, Instant};

/// How long anything may take on a slow, busy machine. Blender alone may take ten seconds for a small frame there.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What `look` finds, once it finds something.
///
/// # Panics
/// If it finds nothing for five minutes.
#[track_caller]
pub fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// What `look` finds, once it finds something within this time.
///
/// # Panics
/// If it finds nothing.
#[track_caller]
pub fn eventually_within<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            Instant::now() < until,
            "gave up after {limit:?} waiting until: {what}"
        );
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Tries something again until it succeeds, at most for this time. Gives the last failure.
pub fn retried<E>(limit: Duration, mut attempt: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let until = Instant::now() + limit;
    loop {
        let result = attempt();
        if result.is_ok() || Instant::now() >= until {
            return result;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
