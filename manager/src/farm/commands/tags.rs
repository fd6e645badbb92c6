//! Orders about tags, which bind jobs to Workers. Pure.
//!
//! A job with a tag is for the Workers that have it; a job without is for all. Whoever works on a task goes on with it,
//! whatever becomes of tags in the meantime.

use std::collections::BTreeSet;

use farandole_protocol::ids::{JobId, TagId, WorkerId};
use farandole_protocol::time::Timestamp;

use super::workers::UnknownWorker;
use crate::farm::announce;
use crate::farm::decision::{Decision, FarmCommand, Subject};
use crate::farm::keys::{JobNo, WorkerNo};
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::{TagRow, Write};

/// Why an order about a tag changes nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TagError {
    /// There is no such tag.
    #[error("there is no such worker tag")]
    NotFound,
    /// Another tag has this id.
    #[error(
        "there is a worker tag with the id {0} already; leave the id out and the tag is given one"
    )]
    IdTaken(TagId),
    /// Another tag has this name.
    #[error("there is a worker tag with the name {0:?} already; choose another name")]
    NameTaken(String),
}

/// A person makes a tag.
#[derive(Clone, Debug)]
pub struct CreateTag {
    /// The id that it gets.
    pub id: TagId,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

impl FarmCommand for CreateTag {
    type Reply = Result<(), TagError>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let row = TagRow {
                id: self.id,
                name: self.name,
                description: self.description,
            };
            if turn.farm.tag(row.id).is_some() {
                return Err(TagError::IdTaken(row.id));
            }
            name_is_free(turn, &row)?;
            turn.announce(announce::tag(&row));
            turn.write(Write::TagAdded(row.clone(), now));
            turn.farm.tags.insert(row.id, row);
            Ok(())
        })
    }
}

/// A person gives a tag another name or description.
#[derive(Clone, Debug)]
pub struct UpdateTag {
    /// Which tag.
    pub id: TagId,
    /// The name that it shall have.
    pub name: String,
    /// The description that it shall have; `None` leaves the one that it has.
    pub description: Option<String>,
}

impl FarmCommand for UpdateTag {
    type Reply = Result<(), TagError>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let before = turn.farm.tag(self.id).ok_or(TagError::NotFound)?;
            let row = TagRow {
                id: self.id,
                name: self.name,
                description: self
                    .description
                    .unwrap_or_else(|| before.description.clone()),
            };
            name_is_free(turn, &row)?;
            turn.announce(announce::tag(&row));
            turn.write(Write::Tag(row.clone()));
            turn.farm.tags.insert(row.id, row);
            Ok(())
        })
    }
}

fn name_is_free(turn: &Turn<'_>, row: &TagRow) -> Result<(), TagError> {
    let mut others = turn.farm.tags.values().filter(|tag| tag.id != row.id);
    if others.any(|tag| tag.name == row.name) {
        return Err(TagError::NameTaken(row.name.clone()));
    }
    Ok(())
}

/// A person removes a tag. No Worker has it any more, and jobs that asked for it are for everybody.
#[derive(Clone, Copy, Debug)]
pub struct DeleteTag {
    /// Which tag.
    pub id: TagId,
}

impl FarmCommand for DeleteTag {
    type Reply = Result<(), TagError>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            turn.farm.tags.remove(&self.id).ok_or(TagError::NotFound)?;
            // The database takes it away from whoever has it, also from jobs that are not in memory.
            turn.write(Write::TagDeleted(self.id));
            let had_it: Vec<(WorkerNo, BTreeSet<TagId>)> = turn
                .farm
                .workers()
                .filter(|worker| worker.tags.contains(&self.id))
                .map(|worker| (worker.no, worker.tags.clone()))
                .collect();
            for (no, mut tags) in had_it {
                tags.remove(&self.id);
                turn.farm.set_worker_tags(no, tags);
            }
            let asked_for_it: Vec<JobNo> = turn
                .farm
                .jobs()
                .filter(|job| job.tag == Some(self.id))
                .map(|job| job.no)
                .collect();
            for no in asked_for_it {
                turn.set_job_tag(no, None);
            }
            turn.announce(announce::deleted_tag(self.id));
            Ok(())
        })
    }
}

/// A person says which tags a Worker has.
#[derive(Clone, Debug)]
pub struct SetWorkerTags {
    /// Which Worker.
    pub worker: WorkerId,
    /// All tags that it shall have; those that do not exist are passed over.
    pub tags: Vec<TagId>,
}

impl FarmCommand for SetWorkerTags {
    type Reply = Result<(), UnknownWorker>;

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let no = turn.farm.worker_by_id(self.worker).ok_or(UnknownWorker)?.no;
            let known = |tag: &TagId| turn.farm.tag(*tag).is_some();
            let tags: BTreeSet<TagId> = self.tags.into_iter().filter(known).collect();
            turn.write(Write::WorkerTags(no, tags.iter().copied().collect()));
            turn.farm.set_worker_tags(no, tags);
            // Its time of change grows, as with every change.
            turn.worker_mut(no);
            turn.announce_worker(no, None);
            turn.serve_if_waiting(no);
            turn.settle_jobs_with_failures();
            Ok(())
        })
    }
}

/// Which tag a job shall have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TagChoice {
    /// None: the job is for everybody.
    Without,
    /// The one with this id.
    Id(TagId),
    /// The one with this name.
    Name(String),
}

/// Why a job does not get a tag.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JobTagError {
    /// There is no such job.
    #[error("there is no such job")]
    UnknownJob,
    /// There is no such tag.
    #[error("there is no such worker tag")]
    UnknownTag,
}

/// A person says which tag a job has.
#[derive(Clone, Debug)]
pub struct SetJobTag {
    /// Which job.
    pub job: JobId,
    /// Which tag; `None` is one that cannot exist.
    pub tag: Option<TagChoice>,
}

impl FarmCommand for SetJobTag {
    type Reply = Result<(), JobTagError>;

    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let job = turn.farm.job_by_id(self.job);
            let no = job.ok_or(JobTagError::UnknownJob)?.no;
            let mut tags = turn.farm.tags.values();
            let tag = match self.tag.ok_or(JobTagError::UnknownTag)? {
                TagChoice::Without => None,
                TagChoice::Id(id) => Some(tags.find(|tag| tag.id == id)),
                TagChoice::Name(name) => Some(tags.find(|tag| tag.name == name)),
            };
            let tag = match tag {
                None => None,
                Some(found) => Some(found.ok_or(JobTagError::UnknownTag)?.id),
            };
            turn.set_job_tag(no, tag);
            turn.announce_job(no, None, false);
            Ok(())
        })
    }
}

impl Turn<'_> {
    /// Gives a job another tag. At the end of the turn it is placed in other lanes, and those who wait there are served.
    fn set_job_tag(&mut self, no: JobNo, tag: Option<TagId>) {
        if self.job_mut(no).is_some() {
            self.farm.set_job_tag(no, tag);
        }
    }
}
