//! The batch that gathers while another one's commit is under way, and what waits for either.
//!
//! ```text
//! write, hold ─► open batch ─ close ─► under way ─ ended ─► covered: released in order
//! ```

use std::mem;

use super::release::Release;
use crate::ask::AskError;
use crate::farm::keys::JobNo;
use crate::farm::write::Write;

/// The open batch, and the one that is under way.
#[derive(Debug)]
pub(super) struct Batches {
    /// What the next commit will write, and what waits for it.
    writes: Vec<Write>,
    open: Vec<Release>,
    /// The number of the open batch.
    number: u64,
    /// What waits for the commit that is under way.
    under_way: Option<UnderWay>,
    /// Ended jobs that leave memory once this batch is stored, if they have this version then.
    leaving: Vec<(u64, JobNo, u64)>,
}

#[derive(Debug)]
struct UnderWay {
    covered: Covered,
    /// Signs of life alone may be lost.
    vital: bool,
}

/// What a batch covers: it may be let go.
#[derive(Debug)]
pub(super) struct Covered {
    pub(super) batch: u64,
    pub(super) releases: Vec<Release>,
}

/// A batch that gathers nothing more.
#[derive(Debug)]
#[must_use = "what waits for a batch waits until it is committed or let go"]
pub(super) enum Closed {
    /// It is under way from now on, with these row changes.
    ToCommit(Vec<Write>),
    /// Nothing of it needs a commit.
    NothingToWrite(Covered),
}

/// A commit failed that others than signs of life were in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost;

impl Batches {
    pub(super) fn new() -> Self {
        Self {
            writes: Vec::new(),
            open: Vec::new(),
            number: 1,
            under_way: None,
            leaving: Vec::new(),
        }
    }

    /// Row changes for the open batch.
    pub(super) fn write(&mut self, writes: Vec<Write>) {
        self.writes.extend(writes);
    }

    /// Holds something back until the open batch is stored.
    pub(super) fn hold(&mut self, release: Release) {
        self.open.push(release);
    }

    /// These ended jobs, in these versions, leave memory once the open batch is stored.
    pub(super) fn leave(&mut self, rested: Vec<(JobNo, u64)>) {
        let number = self.number;
        self.leaving.extend(
            rested
                .into_iter()
                .map(|(job, version)| (number, job, version)),
        );
    }

    /// How many wait for a commit.
    pub(super) fn waiting(&self) -> usize {
        let under_way = self
            .under_way
            .as_ref()
            .map_or(0, |under_way| under_way.covered.releases.len());
        self.open.len() + under_way
    }

    /// Closes the open batch, if there is anything in it and no other is under way.
    pub(super) fn close(&mut self) -> Option<Closed> {
        if self.under_way.is_some() || (self.open.is_empty() && self.writes.is_empty()) {
            return None;
        }
        let covered = Covered {
            batch: self.number,
            releases: mem::take(&mut self.open),
        };
        self.number += 1;
        if self.writes.is_empty() {
            return Some(Closed::NothingToWrite(covered));
        }
        let writes = mem::take(&mut self.writes);
        let vital = writes
            .iter()
            .any(|write| !matches!(write, Write::Heartbeats(_)));
        self.under_way = Some(UnderWay { covered, vital });
        Some(Closed::ToCommit(writes))
    }

    /// The commit that was under way has ended: gives what it covers.
    pub(super) fn ended(&mut self, failed: bool) -> Result<Option<Covered>, Lost> {
        match self.under_way.take() {
            Some(under_way) if failed && under_way.vital => {
                self.under_way = Some(under_way);
                Err(Lost)
            }
            under_way => Ok(under_way.map(|under_way| under_way.covered)),
        }
    }

    /// The jobs that leave memory now that this batch is stored, with the versions that were.
    pub(super) fn left_by(&mut self, batch: u64) -> impl Iterator<Item = (JobNo, u64)> {
        self.leaving
            .extract_if(.., move |(covered, _, _)| *covered <= batch)
            .map(|(_, job, version)| (job, version))
    }

    /// Refuses all who wait, and forgets what was to be written.
    pub(super) fn refuse_all(&mut self, error: AskError) {
        let under_way = self
            .under_way
            .take()
            .map(|under_way| under_way.covered.releases)
            .unwrap_or_default();
        for release in under_way.into_iter().chain(mem::take(&mut self.open)) {
            release.refuse(error);
        }
        self.writes.clear();
        self.leaving.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::{Answer, ReplyTo};
    use crate::farm::write::Heartbeats;

    const VITAL: Write = Write::JobReleased(JobNo(1));

    fn signs_of_life() -> Write {
        Write::Heartbeats(Heartbeats {
            seen: Vec::new(),
            touched: Vec::new(),
        })
    }

    /// Closes a batch that writes this.
    fn under_way(write: Write) -> Batches {
        let mut batches = Batches::new();
        batches.write(vec![write]);
        assert!(matches!(batches.close(), Some(Closed::ToCommit(_))));
        batches
    }

    /// Somebody waits for the open batch.
    fn hold(batches: &mut Batches) -> Answer<()> {
        let (reply, answer) = ReplyTo::new();
        batches.hold(Release::reply(reply, ()));
        answer
    }

    #[test]
    fn what_is_held_while_a_commit_is_under_way_belongs_to_the_next_batch() {
        let mut batches = under_way(VITAL);
        let _answer = hold(&mut batches);
        assert!(batches.close().is_none());
        assert_eq!(batches.waiting(), 1);
        let covered = batches.ended(false).unwrap().unwrap();
        assert_eq!((covered.batch, covered.releases.len()), (1, 0));
        let Some(Closed::NothingToWrite(covered)) = batches.close() else {
            panic!("nothing of it is to be written");
        };
        assert_eq!((covered.batch, covered.releases.len()), (2, 1));
    }

    #[test]
    fn only_signs_of_life_may_be_lost() {
        assert!(under_way(VITAL).ended(true).is_err());
        assert!(under_way(signs_of_life()).ended(true).is_ok());
    }

    #[actix::test]
    async fn who_waits_for_a_batch_that_is_lost_is_refused() {
        let mut batches = Batches::new();
        let first = hold(&mut batches);
        batches.write(vec![VITAL]);
        assert!(matches!(batches.close(), Some(Closed::ToCommit(_))));
        let second = hold(&mut batches);
        assert!(batches.ended(true).is_err());
        batches.refuse_all(AskError::Recovering);
        assert_eq!(first.wait().await, Err(AskError::Recovering));
        assert_eq!(second.wait().await, Err(AskError::Recovering));
        assert!(batches.close().is_none());
    }

    #[test]
    fn a_job_leaves_with_the_batch_in_which_it_came_to_rest() {
        let mut batches = under_way(VITAL);
        batches.leave(vec![(JobNo(7), 3)]);
        assert_eq!(batches.left_by(1).count(), 0);
        assert_eq!(batches.left_by(2).collect::<Vec<_>>(), vec![(JobNo(7), 3)]);
        assert_eq!(batches.left_by(2).count(), 0);
    }
}
