//! A Worker in memory. Pure.

use std::collections::BTreeSet;

use farandole_protocol::api::WorkerCondition;
use farandole_protocol::headers::Idle;
use farandole_protocol::ids::{RunId, TagId, WorkerId};
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::Timestamp;

use super::identity::Claim;
use super::image::WorkerImage;
use super::keys::{TaskKey, WorkerNo};
use super::lanes::{Lane, Ticket, TypeNo};
use super::sleep::Sleep;
use super::uptime::Uptime;
use super::write::{StatusRequest, WorkerRow};

/// A Worker that is not deleted.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Its number.
    pub no: WorkerNo,
    /// Its public id.
    pub id: WorkerId,
    /// Its name.
    pub name: String,
    /// The address it last signed on from.
    pub address: String,
    /// `linux`, `windows`, …
    pub platform: String,
    /// Its software version.
    pub software: String,
    /// Its state.
    pub status: WorkerStatus,
    /// The state that it is asked to take.
    pub requested: Option<StatusRequest>,
    /// The state to return to when it is heard of again after a time-out.
    pub timed_out_from: Option<WorkerStatus>,
    /// The task types that it takes, trimmed and in lower case.
    pub task_types: Vec<String>,
    /// The tags that it has.
    pub tags: BTreeSet<TagId>,
    /// When it sleeps, if it has a schedule.
    pub sleep: Option<Sleep>,
    /// Whether it can be asked to restart.
    pub can_restart: bool,
    /// Whether it may be forgotten when it is gone for long.
    pub ephemeral: bool,
    /// When it was last heard of.
    pub last_seen: Option<Timestamp>,
    /// The same by the monotonic clock, from which its time-outs count.
    pub(super) heard: Option<Uptime>,
    /// The task that it was given last.
    pub last_task: Option<TaskKey>,
    /// Which run of it signed on last; stock Workers do not say.
    pub run: Option<RunId>,
    /// Another run of it that was refused.
    pub claim: Option<Claim>,
    /// What it has found on its host when it last looked; stock Workers do not say.
    pub condition: Option<WorkerCondition>,
    /// When it last changed.
    pub updated: Timestamp,
    /// The task that it is working on.
    pub running: Option<Running>,
    /// Its place among the Workers that wait for a task.
    pub waiting: Option<Ticket>,
    /// The same types by the farm's numbers.
    pub(super) types: Vec<TypeNo>,
}

/// A task that is being worked on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Running {
    /// Which task.
    pub key: TaskKey,
    /// When it last made progress.
    pub touched: Timestamp,
    /// The same by the monotonic clock, from which its time-out counts.
    pub(super) progress: Uptime,
    /// How long its program has done nothing, as its Worker said last.
    pub idle: Option<Idle>,
}

impl Worker {
    /// The Worker that the image shows. What it is working on is found in the jobs.
    pub(super) fn from_image(image: WorkerImage, types: Vec<TypeNo>) -> Self {
        let WorkerImage {
            id,
            tags,
            sleep,
            condition,
            row,
        } = image;
        Self {
            no: row.no,
            id,
            name: row.name,
            address: row.address,
            platform: row.platform,
            software: row.software,
            status: row.status,
            requested: row.requested,
            timed_out_from: row.timed_out_from,
            task_types: row.task_types,
            tags: tags.into_iter().collect(),
            sleep,
            can_restart: row.can_restart,
            ephemeral: row.ephemeral,
            last_seen: row.last_seen,
            heard: None,
            last_task: row.last_task,
            run: row.run,
            claim: None,
            condition,
            updated: row.updated,
            running: None,
            waiting: None,
            types,
        }
    }

    /// The changeable part, as the store keeps it.
    pub fn row(&self) -> WorkerRow {
        WorkerRow {
            no: self.no,
            name: self.name.clone(),
            address: self.address.clone(),
            platform: self.platform.clone(),
            software: self.software.clone(),
            status: self.status,
            requested: self.requested,
            timed_out_from: self.timed_out_from,
            task_types: self.task_types.clone(),
            can_restart: self.can_restart,
            ephemeral: self.ephemeral,
            last_seen: self.last_seen,
            last_task: self.last_task,
            run: self.run,
            updated: self.updated,
            deleted: None,
        }
    }

    /// The lanes that it can take work from.
    pub(super) fn lanes(&self) -> Vec<Lane> {
        let tags = std::iter::once(None).chain(self.tags.iter().copied().map(Some));
        tags.flat_map(|tag| self.types.iter().map(move |type_no| (tag, *type_no)))
            .collect()
    }

    /// Whether it may work on jobs with this tag.
    pub fn has_tag_for(&self, tag: Option<TagId>) -> bool {
        tag.is_none_or(|tag| self.tags.contains(&tag))
    }
}
