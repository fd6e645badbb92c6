//! How the file descriptors that the process may have are shared out, so that connections leave some for the database,
//! for logs and for files.

use nix::sys::resource::{Resource, getrlimit};

/// The most connections, however many descriptors there are.
const MOST_CONNECTIONS: usize = 50_000;
/// What is kept for all but connections is one divided by this, and at least [`LEAST_KEPT`].
const KEPT_PART: usize = 4;
/// The database, its readers, and the threads take about forty.
const LEAST_KEPT: usize = 64;
/// What is kept of the connections for Workers is one divided by this.
const WORKERS_PART: usize = 4;
/// The most log files that are kept open.
const MOST_LOG_FILES: usize = 512;

/// How many descriptors each purpose has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Descriptors {
    /// Connections of anybody.
    pub(crate) connections: usize,
    /// Further connections, for Workers that prove who they are.
    pub(crate) for_workers: usize,
    /// Listeners to events, which are connections of anybody.
    pub(crate) listeners: usize,
    /// Task logs that are kept open for more text.
    pub(crate) log_files: usize,
}

impl Descriptors {
    /// Those of a process that may have `limit` files open.
    pub(crate) fn of(limit: usize) -> Self {
        let kept = (limit / KEPT_PART).max(LEAST_KEPT).min(limit / 2);
        let all = (limit - kept).min(MOST_CONNECTIONS);
        let for_workers = all / WORKERS_PART;
        let connections = all - for_workers;
        Self {
            connections,
            for_workers,
            listeners: connections / 2,
            log_files: (kept / 2).clamp(1, MOST_LOG_FILES),
        }
    }

    /// Those of this process, by the limit that is in force for it.
    pub(crate) fn of_this_process() -> Self {
        let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(1_024, |(soft, _)| soft);
        Self::of(usize::try_from(limit).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_limit_leaves_descriptors_for_files_and_places_for_workers() {
        let few = Descriptors::of(200);
        assert_eq!((few.connections, few.for_workers), (102, 34));
        assert_eq!((few.listeners, few.log_files), (51, 32));
    }

    #[test]
    fn no_purpose_takes_what_is_kept_for_others() {
        for limit in [0, 1, 20, 64, 200, 1_024, 4_096, 1 << 20, usize::MAX] {
            let it = Descriptors::of(limit);
            let connections = it.connections + it.for_workers;
            assert!(connections <= limit - limit.min(LEAST_KEPT).min(limit / 2));
            assert!(connections <= MOST_CONNECTIONS && it.listeners <= it.connections);
        }
    }
}
