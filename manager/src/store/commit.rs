//! A batch of decisions on its way to the disk.

use actix::{Message, Recipient};

use super::apply;
use super::compact::compact;
use super::connection::Connection;
use super::error::StoreError;
use crate::farm::write::Write;

/// The row changes of a batch of decisions, stored in one transaction. From the Scheduler, one at a time. It is
/// answered by [`Committed`]; a failed one has changed nothing.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Commit {
    /// The row changes, in order.
    pub writes: Vec<Write>,
    /// Which life of the Scheduler made them; those of an earlier one are refused.
    pub generation: u64,
    /// Who hears of the outcome.
    pub done: Recipient<Committed>,
}

/// A commit is stored, or has failed.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Committed {
    /// As in the [`Commit`].
    pub generation: u64,
    /// Whether nothing of it is stored.
    pub failed: bool,
}

/// Carries out a batch of row changes, in a transaction of the caller's.
pub(super) fn carry_out(conn: &mut Connection, writes: Vec<Write>) -> Result<(), StoreError> {
    for write in compact(writes) {
        apply::apply(conn, write)?;
    }
    Ok(())
}
