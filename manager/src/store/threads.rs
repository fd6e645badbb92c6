//! The store's threads, as actors: one writes, some read.

use std::path::PathBuf;

use actix::{Actor, Handler, SyncContext};
use diesel::Connection as _;
use diesel::result::Error::NotFound;
use tracing::instrument;

use super::commit::{Commit, Committed, carry_out};
use super::connection::{self, Connection, Log};
use super::error::StoreError;
use super::load::LoadFarm;
use super::query::{Query, Run};
use crate::ask::{Ask, Order, Tell};

/// The thread that writes.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) conn: Connectable,
    pub(super) generation: u64,
    pub(super) log: Log,
}

/// A thread that reads.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) path: PathBuf,
    pub(super) conn: Connectable,
}

/// A connection that is opened when it is first needed, and again after it was lost.
#[derive(Default)]
pub(super) struct Connectable(Option<Connection>);

impl std::fmt::Debug for Connectable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Connectable")
            .field(&self.0.is_some())
            .finish()
    }
}

impl Connectable {
    fn get(
        &mut self,
        open: impl FnOnce() -> Result<Connection, StoreError>,
    ) -> Result<&mut Connection, StoreError> {
        match &mut self.0 {
            Some(conn) => Ok(conn),
            empty => Ok(empty.insert(open()?)),
        }
    }

    /// After an error nothing is taken for granted: the next use opens the database anew.
    fn close_after<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match outcome {
            Ok(_) | Err(StoreError::Statement(NotFound)) => {}
            Err(_) => self.0 = None,
        }
        outcome
    }
}

impl Actor for Writer {
    type Context = SyncContext<Self>;
}

impl Actor for Reader {
    type Context = SyncContext<Self>;
}

impl Writer {
    fn run<Q: Query>(&mut self, query: Q) -> Result<Q::Reply, StoreError> {
        self.change(|conn| query.run(conn))
    }

    fn commit(&mut self, commit: Commit) -> Result<(), StoreError> {
        if commit.generation != self.generation {
            return Err(StoreError::Outdated);
        }
        self.change(|conn| carry_out(conn, commit.writes))
    }

    fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let conn = self.conn.get(|| connection::open_writer(&self.path))?;
        let outcome = connection::write(conn, change);
        if outcome.is_ok() {
            self.log.keep_small(conn);
        }
        self.conn.close_after(outcome)
    }
}

impl<Q: Query> Handler<Ask<Run<Q>>> for Writer {
    type Result = ();

    #[instrument(name = "store.run", level = "debug", skip_all, fields(query = std::any::type_name::<Q>()))]
    fn handle(&mut self, ask: Ask<Run<Q>>, _: &mut SyncContext<Self>) {
        let answer = self.run(ask.order.0);
        ask.reply.answer(answer);
    }
}

impl<Q: Query> Handler<Ask<Run<Q>>> for Reader {
    type Result = ();

    #[instrument(name = "store.run", level = "debug", skip_all, fields(query = std::any::type_name::<Q>()))]
    fn handle(&mut self, ask: Ask<Run<Q>>, _: &mut SyncContext<Self>) {
        let conn = self.conn.get(|| connection::open_reader(&self.path));
        let answer = conn.and_then(|conn| conn.transaction(|conn| ask.order.0.run(conn)));
        ask.reply.answer(self.conn.close_after(answer));
    }
}

impl Handler<Tell<Commit>> for Writer {
    type Result = ();

    #[instrument(name = "store.commit", level = "debug", skip_all, fields(generation = tell.fact.generation, writes = tell.fact.writes.len()))]
    fn handle(&mut self, tell: Tell<Commit>, _: &mut SyncContext<Self>) {
        let commit = tell.fact;
        let (generation, done) = (commit.generation, commit.done.clone());
        let outcome = self.commit(commit);
        if let Err(error) = &outcome {
            tracing::error!(
                error = error as &dyn std::error::Error,
                generation,
                "a commit failed"
            );
        }
        done.do_send(Committed {
            generation,
            failed: outcome.is_err(),
        });
    }
}

/// The farm as it is stored, for a new life of the Scheduler: from now on only its commits are taken.
impl Handler<Ask<BeginGeneration>> for Writer {
    type Result = ();

    #[instrument(name = "store.begin_generation", level = "debug", skip_all, fields(generation = ask.order.0.generation))]
    fn handle(&mut self, ask: Ask<BeginGeneration>, _: &mut SyncContext<Self>) {
        let generation = ask.order.0.generation;
        self.generation = self.generation.max(generation);
        let answer = self.run(ask.order.0);
        ask.reply.answer(answer);
    }
}

/// [`LoadFarm`], which the writer does not treat like any other query.
#[derive(Debug)]
pub(super) struct BeginGeneration(pub(super) LoadFarm);

impl Order for BeginGeneration {
    type Reply = Result<<LoadFarm as Query>::Reply, StoreError>;
}
