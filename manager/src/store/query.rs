//! Messages that carry their own execution.

use std::fmt;

use serde::Serialize;

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

/// A query whose answer is written as JSON where it is found, so that a long list holds up nobody but its reader.
pub struct AsJson<Q: Query, T> {
    query: Q,
    shape: Box<dyn FnOnce(Q::Reply) -> T + Send>,
}

/// JSON, ready to be sent.
#[derive(Clone, Debug)]
pub struct JsonText(pub Vec<u8>);

impl<Q: Query, T> AsJson<Q, T> {
    /// A query, and the form that its answer takes on the way out.
    pub fn new(query: Q, shape: impl FnOnce(Q::Reply) -> T + Send + 'static) -> Self {
        Self {
            query,
            shape: Box::new(shape),
        }
    }
}

impl<Q: Query, T> fmt::Debug for AsJson<Q, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsJson").field(&self.query).finish()
    }
}

impl<Q: Query, T: Serialize + 'static> Query for AsJson<Q, T> {
    type Reply = JsonText;

    fn run(self, conn: &mut Connection) -> Result<JsonText, StoreError> {
        let answer = (self.shape)(self.query.run(conn)?);
        let text = serde_json::to_vec(&answer)
            .map_err(|error| StoreError::unreadable("of the answer", error))?;
        Ok(JsonText(text))
    }
}

/// A query as an order to a thread of the store.
#[derive(Debug)]
pub(super) struct Run<Q>(pub(super) Q);

impl<Q: Query> Order for Run<Q> {
    type Reply = Result<Q::Reply, StoreError>;
}
