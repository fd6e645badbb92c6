//! The store's threads, as actors: one writes, some read.

use actix::{Actor, Handler, SyncContext};
use diesel::Connection as _;
use diesel::result::Error::NotFound;
use tracing::instrument;

use super::commit::{Commit, Committed, carry_out};
use super::connection::{self, Connection, Log};
use super::error::StoreError;
use super::files::DatabaseFiles;
use super::load::LoadFarm;
use super::query::{Query, Run};
use crate::ask::{Ask, Order, Tell};
use crate::disk;
use crate::health::HowAreYou;

/// The thread that writes.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) files: DatabaseFiles,
    pub(super) conn: Connectable,
    pub(super) generation: u64,
    pub(super) log: Log,
}

/// A thread that reads.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) files: DatabaseFiles,
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
            // A file that is gone may be put back, and then all that was in it is there.
            Ok(_) | Err(StoreError::Statement(NotFound) | StoreError::Gone { .. }) => {}
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

    /// Opens the database while its log is surely the right one, or may still be made.
    fn started(&mut self, _: &mut SyncContext<Self>) {
        if let Err(error) = self.conn.get(|| self.files.open(connection::open_reader)) {
            tracing::warn!(%error, "the database cannot be opened for reading yet");
        }
    }
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
        let files = &mut self.files;
        let conn = self.conn.get(|| files.open(connection::open_writer))?;
        // Before the commit, so that nothing is written into a file that has gone, and after it, so that nothing is
        // acknowledged that was.
        let outcome = connection::write(conn, |conn| {
            let changed = change(conn)?;
            files.remember_log();
            files.check()?;
            Ok(changed)
        });
        let outcome = outcome.and_then(|changed| files.check().map(|()| changed));
        if outcome.is_ok() {
            self.log.keep_small(conn);
        }
        let outcome = self.conn.close_after(outcome);
        if self.conn.0.is_none() {
            self.files.forget_log();
        }
        outcome
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
        let conn = self
            .conn
            .get(|| self.files.open_beside(connection::open_reader));
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

impl Handler<Ask<HowAreYou>> for Writer {
    type Result = ();

    #[instrument(name = "store.how_are_you", level = "trace", skip_all)]
    fn handle(&mut self, ask: Ask<HowAreYou>, _: &mut SyncContext<Self>) {
        let found = self.files.check().map_err(|error| error.to_string());
        let room = || disk::check_room(self.files.path()).map_err(|error| error.to_string());
        ask.reply.answer(found.and_then(|()| room()));
    }
}

impl Handler<Ask<HowAreYou>> for Reader {
    type Result = ();

    #[instrument(name = "store.how_are_you", level = "trace", skip_all)]
    fn handle(&mut self, ask: Ask<HowAreYou>, _: &mut SyncContext<Self>) {
        ask.reply.answer(Ok(()));
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
