//! TaskReports: what a Worker reports of its task, in the right order: log text first, then the decision.
//!
//! An update without text is only decided. One with only text is checked, which also counts as a sign of life, and
//! appended. One with both is checked, appended, then decided; the answer waits for all. A repeat may double text,
//! never lose it. A stock Worker drops what is answered 503 and renders again, so an order that a recovering
//! Scheduler refuses is asked again for a while.
//!
//! A task that is completed without a word of its outputs was run by a stock Worker. Its frames are looked at first, and
//! the report counts as a failure if one is missing or broken. Asks the TaskLogs, the Scheduler, Settings, the Store and
//! `FrameChecks`.

mod actor;
mod messages;
mod stock;

pub use actor::{TaskReports, TaskReportsParts};
pub use messages::{TakeReport, TakeReportError};
