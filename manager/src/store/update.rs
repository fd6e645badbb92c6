//! Changes of rows that are prepared once, not each time.
//!
//! Diesel has every UPDATE parsed anew, since it cannot know whether the same columns are always set. Here they are,
//! and parsing costs twice what the change itself does. A statement is still looked up by its text, so one that does
//! differ is another statement, never a wrong one.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Bool;

/// A change of the rows of a table for which something holds. Made by [`update`].
#[derive(Debug)]
pub(super) struct Update<F, C, W> {
    table: F,
    changes: C,
    which: W,
}

/// Sets columns in the rows for which `which` holds.
pub(super) fn update<T, C, W>(
    table: T,
    which: W,
    changes: C,
) -> Update<T::FromClause, C::Changeset, W>
where
    T: QuerySource,
    C: AsChangeset<Target = T>,
    W: Expression<SqlType = Bool> + AppearsOnTable<T>,
{
    Update {
        table: table.from_clause(),
        changes: changes.as_changeset(),
        which,
    }
}

impl<DB, F, C, W> QueryFragment<DB> for Update<F, C, W>
where
    DB: Backend,
    F: QueryFragment<DB>,
    C: QueryFragment<DB>,
    W: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.which.walk_ast(out)
    }
}

impl<F, C, W> QueryId for Update<F, C, W> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<F, C, W, Conn> RunQueryDsl<Conn> for Update<F, C, W> {}
