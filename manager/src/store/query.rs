//! Messages that carry their own execution.

use std::fmt;

use super::connection::Connection;
use super::error::StoreError;
use crate::ask::Order;

/// A question to the database, or a change of what is not the farm's state. Each is one transaction.
pub trait Query: fmt::Debug + Send + 'static {
    /// The answer.
    type Reply: Send + 'static;

    /// Carries it out.
    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError>;
}

/// A query as an order to a thread of the store.
#[derive(Debug)]
pub(super) struct Run<Q>(pub(super) Q);

impl<Q: Query> Order for Run<Q> {
    type Reply = Result<Q::Reply, StoreError>;
}
