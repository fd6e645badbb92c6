//! Points in time, as the whole farm writes them: UTC, RFC 3339, microseconds.

use chrono::{DateTime, SubsecRound, Utc};

/// A point in time in UTC.
pub type Timestamp = DateTime<Utc>;

/// The wall clock, cut to the microseconds that the database keeps, so that a stamp reads back as it was written.
/// Only the shells call this; the pure farm is told the time.
pub fn now() -> Timestamp {
    Utc::now().trunc_subsecs(6)
}
