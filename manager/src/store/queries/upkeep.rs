//! What is not about jobs, tasks or Workers: room to write, and whose picture was made last.

use diesel::prelude::*;
use farandole_protocol::ids::JobId;

use crate::disk;
use crate::store::codes::parse;
use crate::store::connection::{Connection, damage};
use crate::store::error::StoreError;
use crate::store::query::Query;
use crate::store::schema::{jobs, last_rendered, probe};

/// Finds out whether there is room, by writing and removing something large. From a Scheduler that recovers.
#[derive(Clone, Copy, Debug)]
pub struct Probe;

/// What [`Probe`] wrote goes again.
#[derive(Clone, Copy, Debug)]
pub struct EndProbe;

impl Query for Probe {
    type Reply = ();

    fn run(self, conn: &mut Connection) -> Result<(), StoreError> {
        diesel::insert_into(probe::table)
            .values(probe::filling.eq(vec![0_u8; disk::ROOM]))
            .execute(conn)?;
        Ok(())
    }
}

impl Query for EndProbe {
    type Reply = ();

    fn run(self, conn: &mut Connection) -> Result<(), StoreError> {
        diesel::delete(probe::table).execute(conn)?;
        Ok(())
    }
}

/// The newest picture is of this job. From LastRendered. `false` if there is no such job any more.
#[derive(Clone, Copy, Debug)]
pub struct SetLastRenderedJob {
    /// Which job.
    pub id: JobId,
}

impl Query for SetLastRenderedJob {
    type Reply = bool;

    fn run(self, conn: &mut Connection) -> Result<bool, StoreError> {
        let job: Option<i64> = jobs::table
            .filter(jobs::id.eq(self.id.to_string()))
            .filter(jobs::released.eq(true))
            .select(jobs::no)
            .first(conn)
            .optional()?;
        let Some(job) = job else { return Ok(false) };
        diesel::delete(last_rendered::table).execute(conn)?;
        diesel::insert_into(last_rendered::table)
            .values((last_rendered::id.eq(1), last_rendered::job.eq(job)))
            .execute(conn)?;
        Ok(true)
    }
}

/// Of which job is the newest picture? From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct FindLastRenderedJob;

impl Query for FindLastRenderedJob {
    type Reply = Option<JobId>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let id: Option<String> = last_rendered::table
            .inner_join(jobs::table.on(jobs::no.eq(last_rendered::job)))
            .select(jobs::id)
            .first(conn)
            .optional()?;
        id.map(|id| parse("jobs.id", &id)).transpose()
    }
}

/// Whether the database file is as it should be: what is wrong with it, and nothing if it is sound. From
/// `DatabaseCheck`.
#[derive(Clone, Copy, Debug)]
pub struct CheckIntegrity;

impl Query for CheckIntegrity {
    type Reply = Vec<String>;

    fn run(self, conn: &mut Connection) -> Result<Vec<String>, StoreError> {
        Ok(damage(conn)?)
    }
}
