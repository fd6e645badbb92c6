//! The Scheduler: owns the farm in memory, and is the only place where a status changes. Its mailbox is the farm's
//! one queue of decisions.
//!
//! ```text
//! Ask<Decide<C>> ─► decide ─► writes ──► open batch ──► Commit ─► Store
//!                         └─► reply, hand-outs, facts ─► wait for that commit ─► released in order
//! ```
//!
//! One commit is under way at a time; what is decided meanwhile gathers as the next. Nobody may see memory ahead of
//! disk, so even a "no" waits. If a commit fails, all who wait are refused, the farm is dropped and read again.
//! Asks the Store; tells the Broadcaster and the TaskLogs.

mod actor;
mod aside;
mod batches;
mod clock;
mod figures;
mod messages;
mod recovery;
mod release;

pub use actor::{Scheduler, SchedulerParts};
pub use figures::SchedulerFigures;
pub use messages::{Decide, RequestTask, give_order, hand_over};
