//! What the Manager measures of itself, for Prometheus. Each actor counts in plain fields of its own and tells them
//! when asked; nothing is shared, and nothing is counted twice. All begin at zero with the process.

mod histogram;
mod messages;
mod text;

pub use histogram::Histogram;
pub use messages::{MeasureBroadcaster, MeasureMqtt, MeasureRefusals, MeasureScheduler};
pub use text::{CONTENT_TYPE, Figures, text};
