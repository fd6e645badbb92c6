//! What the Manager measures of itself, for Prometheus. Each actor counts in plain fields of its own and tells them
//! when asked; nothing is shared, and nothing is counted twice. All begin at zero with the process.

mod histogram;
mod text;

pub use histogram::Histogram;
pub use text::{CONTENT_TYPE, Figures, text};

use crate::ask::Order;
use crate::broadcaster::BroadcasterFigures;
use crate::scheduler::SchedulerFigures;

/// What have you counted? From the HTTP edge, to the Scheduler.
#[derive(Clone, Copy, Debug)]
pub struct MeasureScheduler;

impl Order for MeasureScheduler {
    type Reply = SchedulerFigures;
}

/// What have you counted? From the HTTP edge, to the Broadcaster.
#[derive(Clone, Copy, Debug)]
pub struct MeasureBroadcaster;

impl Order for MeasureBroadcaster {
    type Reply = BroadcasterFigures;
}
