//! What is known of many jobs that are being watched: read once, then kept up to date by events. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use farandole_protocol::api::Job;
use farandole_protocol::event::{Event, EventJobUpdate};
use farandole_protocol::ids::JobId;
use farandole_protocol::status::JobStatus;
use farandole_protocol::time::Timestamp;
use serde::Serialize;

use crate::table::one_line;

/// Which jobs are watched.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    /// All there are and will be.
    All,
    /// These, until all of them have ended.
    These(Vec<JobId>),
}

/// A job, as it is seen and as a program is told.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Member {
    /// Its id.
    pub(crate) id: JobId,
    /// Its name.
    pub(crate) name: String,
    /// Its state.
    pub(crate) status: JobStatus,
    /// The steps that are done.
    pub(crate) steps_completed: i64,
    /// The steps there are.
    pub(crate) steps_total: i64,
    /// Whether it is no more.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) deleted: bool,
    #[serde(skip)]
    priority: i32,
    /// Or first heard of.
    #[serde(skip)]
    created: Timestamp,
    #[serde(skip)]
    updated: Timestamp,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// The jobs.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    wanted: Option<HashSet<JobId>>,
    jobs: HashMap<JobId, Member>,
}

impl Crowd {
    /// Nothing is known yet.
    pub(crate) fn of(which: &Which) -> Self {
        let wanted = match which {
            Which::All => None,
            Which::These(ids) => Some(ids.iter().copied().collect()),
        };
        Self {
            wanted,
            jobs: HashMap::new(),
        }
    }

    /// Takes in what was read. What changed thereby, in the order of the list; then those that are no more.
    pub(crate) fn read(&mut self, jobs: &[Job]) -> Vec<Member> {
        let mut gone: Vec<JobId> = self.jobs.keys().copied().collect();
        gone.sort();
        let there: HashSet<JobId> = jobs.iter().map(|job| job.id).collect();
        gone.retain(|id| !there.contains(id));
        let mut changed: Vec<Member> = jobs
            .iter()
            .filter_map(|job| self.take_in(member(job)))
            .collect();
        changed.extend(gone.into_iter().filter_map(|id| self.lose(id)));
        changed
    }

    /// Takes an event in. The job that changed, if one did.
    pub(crate) fn hear(&mut self, event: &Event) -> Option<Member> {
        let Event::Job(event) = event else {
            return None;
        };
        if event.was_deleted == Some(true) {
            return self.lose(event.id);
        }
        let name = event.name.clone();
        let name = name.or_else(|| Some(self.jobs.get(&event.id)?.name.clone()));
        self.take_in(told(event, name.unwrap_or_default()))
    }

    fn take_in(&mut self, mut new: Member) -> Option<Member> {
        if self
            .wanted
            .as_ref()
            .is_some_and(|wanted| !wanted.contains(&new.id))
        {
            return None;
        }
        let Some(known) = self.jobs.get_mut(&new.id) else {
            self.jobs.insert(new.id, new.clone());
            return Some(new);
        };
        if new.updated < known.updated {
            return None;
        }
        new.created = known.created;
        // What is not shown is no news.
        let shown = Member {
            priority: known.priority,
            updated: known.updated,
            ..new.clone()
        };
        let is_news = shown != *known;
        *known = new.clone();
        is_news.then_some(new)
    }

    fn lose(&mut self, id: JobId) -> Option<Member> {
        let lost = self.jobs.remove(&id)?;
        if let Some(wanted) = &mut self.wanted {
            wanted.remove(&id);
        }
        Some(Member {
            deleted: true,
            ..lost
        })
    }

    /// Those that were asked for and are not there.
    pub(crate) fn missing(&self) -> Vec<JobId> {
        let wanted = self.wanted.iter().flatten().copied();
        wanted.filter(|id| !self.jobs.contains_key(id)).collect()
    }

    /// Whether nothing more is to come.
    pub(crate) fn is_done(&self) -> bool {
        self.wanted.is_some() && self.jobs.values().all(|job| has_ended(job.status))
    }

    /// Whether a job is one of them.
    pub(crate) fn has(&self, id: JobId) -> bool {
        self.jobs.contains_key(&id)
    }

    /// How many there are.
    pub(crate) fn size(&self) -> usize {
        self.jobs.len()
    }

    /// Those to look at first: at work, then waiting, both in the order in which Workers take them, so that they keep
    /// their places; then what ended last.
    pub(crate) fn most_interesting(&self, count: usize) -> Vec<&Member> {
        let mut jobs: Vec<&Member> = self.jobs.values().collect();
        jobs.sort_by_key(|job| {
            let rank = rank(job.status);
            let ended = (rank > LAST_TO_COME).then_some(Reverse(job.updated));
            (rank, ended, Reverse(job.priority), job.created, job.id)
        });
        jobs.truncate(count);
        jobs
    }

    /// How many jobs are in which state.
    pub(crate) fn tally(&self) -> String {
        let mut counts: BTreeMap<JobStatus, usize> = BTreeMap::new();
        for job in self.jobs.values() {
            *counts.entry(job.status).or_default() += 1;
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(status, count)| format!("{count} {status}"))
            .collect();
        if counts.is_empty() {
            return "no jobs".to_owned();
        }
        counts.join(", ")
    }

    /// Those that came to a bad end, in order of their ids.
    pub(crate) fn bad(&self) -> Vec<&Member> {
        let is_bad = |job: &&Member| matches!(job.status, JobStatus::Failed | JobStatus::Canceled);
        let mut bad: Vec<&Member> = self.jobs.values().filter(is_bad).collect();
        bad.sort_by_key(|job| job.id);
        bad
    }
}

fn member(job: &Job) -> Member {
    Member {
        id: job.id,
        name: one_line(&job.name),
        status: job.status,
        steps_completed: job.steps_completed,
        steps_total: job.steps_total,
        deleted: false,
        priority: job.priority,
        created: job.created,
        updated: job.updated,
    }
}

fn told(event: &EventJobUpdate, name: String) -> Member {
    Member {
        id: event.id,
        name: one_line(&name),
        status: event.status,
        steps_completed: event.steps_completed,
        steps_total: event.steps_total,
        deleted: false,
        priority: event.priority,
        created: event.updated,
        updated: event.updated,
    }
}

const fn has_ended(status: JobStatus) -> bool {
    matches!(
        status,
        JobStatus::Completed | JobStatus::Failed | JobStatus::Canceled
    )
}

/// The rank of those that something is still to come of.
const LAST_TO_COME: u8 = 2;

const fn rank(status: JobStatus) -> u8 {
    match status {
        JobStatus::Active | JobStatus::CancelRequested | JobStatus::PauseRequested => 0,
        JobStatus::Queued | JobStatus::Requeueing | JobStatus::UnderConstruction => 1,
        JobStatus::Paused => 2,
        JobStatus::Failed => 3,
        JobStatus::Canceled | JobStatus::Completed | JobStatus::Unset => 4,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(number: u32) -> String {
        format!("8fac4efb-c260-4383-9000-{number:012x}")
    }

    fn job(number: u32, status: &str, second: u32) -> Job {
        serde_json::from_value(json!({
            "id": id(number), "name": format!("shot_{number}"), "type": "t", "priority": 50, "submitter_platform": "",
            "status": status, "activity": "", "created": "2026-01-01T00:00:00Z",
            "updated": format!("2026-01-01T00:00:{second:02}Z"), "steps_completed": 1, "steps_total": 4,
        }))
        .unwrap()
    }

    fn event(number: u32, status: &str, second: u32, deleted: bool) -> Event {
        Event::Job(
            serde_json::from_value(json!({
                "id": id(number), "updated": format!("2026-01-01T00:00:{second:02}Z"), "status": status, "type": "t",
                "priority": 50, "refresh_tasks": false, "steps_completed": 1, "steps_total": 4,
                "was_deleted": deleted,
            }))
            .unwrap(),
        )
    }

    fn names(members: &[Member]) -> Vec<&str> {
        members.iter().map(|member| member.name.as_str()).collect()
    }

    #[test]
    fn only_what_changed_is_told() {
        let mut crowd = Crowd::of(&Which::All);
        let first = [job(1, "active", 1), job(2, "queued", 1)];
        assert_eq!(names(&crowd.read(&first)), ["shot_1", "shot_2"]);
        assert_eq!(crowd.read(&first), []);
        let heard = crowd.hear(&event(2, "active", 2, false)).unwrap();
        assert_eq!(
            (heard.name.as_str(), heard.status),
            ("shot_2", JobStatus::Active)
        );
        assert_eq!(crowd.hear(&event(2, "queued", 1, false)), None, "old news");
        assert_eq!(crowd.tally(), "2 active");
        assert!(crowd.hear(&event(1, "", 0, true)).unwrap().deleted);
        let lost = crowd.read(&[]);
        assert!(lost.len() == 1 && lost[0].deleted, "{lost:?}");
        assert_eq!(crowd.tally(), "no jobs");
        assert!(!crowd.is_done(), "others may come");
    }

    #[test]
    fn some_are_watched_until_all_have_ended() {
        let ids = [1, 2, 9].map(|number| id(number).parse().unwrap());
        let mut crowd = Crowd::of(&Which::These(ids.to_vec()));
        crowd.read(&[
            job(1, "completed", 1),
            job(2, "active", 1),
            job(3, "active", 1),
        ]);
        assert_eq!(crowd.missing(), [ids[2]]);
        assert!(!crowd.is_done());
        assert_eq!(
            crowd.hear(&event(3, "completed", 2, false)),
            None,
            "nobody asked for it"
        );
        crowd.hear(&event(2, "failed", 2, false));
        assert!(crowd.is_done());
        assert_eq!(crowd.bad().len(), 1);
    }

    fn order(crowd: &Crowd, count: usize) -> Vec<&str> {
        let jobs = crowd.most_interesting(count);
        jobs.iter().map(|job| job.name.as_str()).collect()
    }

    #[test]
    fn those_at_work_come_first_and_keep_their_places() {
        let mut crowd = Crowd::of(&Which::All);
        crowd.read(&[
            job(1, "completed", 8),
            job(2, "completed", 9),
            job(3, "active", 1),
            job(4, "active", 2),
        ]);
        assert_eq!(order(&crowd, 3), ["shot_3", "shot_4", "shot_2"]);
        crowd.hear(&event(4, "active", 3, false));
        assert_eq!(order(&crowd, 2), ["shot_3", "shot_4"]);
    }

    #[test]
    fn those_that_wait_come_in_the_order_in_which_they_will_be_taken() {
        let mut crowd = Crowd::of(&Which::All);
        let mut jobs = [7, 8, 9].map(|number| job(number, "queued", 1));
        jobs[0].created = jobs[0].updated;
        crowd.read(&jobs);
        assert_eq!(order(&crowd, 3), ["shot_8", "shot_9", "shot_7"]);
        jobs[2].priority = 80;
        assert_eq!(crowd.read(&jobs), [], "a priority is not shown");
        assert_eq!(order(&crowd, 3), ["shot_9", "shot_8", "shot_7"]);
    }
}
