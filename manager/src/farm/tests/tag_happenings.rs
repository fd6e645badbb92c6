//! What people do about tags, blocks and schedules, at random.

use farandole_protocol::api::WorkerSleepSchedule;
use proptest::prelude::*;

use super::build::tag;
use super::happenings::{JOBS, whatever};
use super::world::World;
use crate::farm::commands::blocklist::RemoveFromBlocklist;
use crate::farm::commands::sleep::SetSleepSchedule;
use crate::farm::commands::tags::{DeleteTag, SetJobTag, TagChoice, UpdateTag};

/// Something that a person does about tags, blocks or schedules.
#[derive(Clone, Debug)]
pub(super) enum OfTags {
    /// A tag is made, if it does not exist; else it is removed.
    Make { number: u8 },
    /// A tag is named anew, perhaps like another.
    Name { number: u8, other: u8 },
    /// A Worker has these tags from now on, by bits; perhaps some that do not exist.
    Give { worker: usize, bits: u8 },
    /// A job has this tag from now on, perhaps one that does not exist.
    Bind { job: usize, tag: Option<u8> },
    /// A Worker may have tasks of a type of a job again.
    Unblock { job: usize, worker: usize, b: bool },
    /// A Worker sleeps in these seconds of the day.
    Sleep {
        worker: usize,
        active: bool,
        start: u32,
        end: u32,
    },
}

pub(super) fn of_tags() -> impl Strategy<Value = OfTags> {
    // The farm's life begins at 13:46, and lasts for minutes.
    let minute = || 820..840_u32;
    prop_oneof![
        2 => (0..3_u8).prop_map(|number| OfTags::Make { number }),
        1 => (0..3_u8, 0..3_u8).prop_map(|(number, other)| OfTags::Name { number, other }),
        3 => (0..5_usize, 0..8_u8).prop_map(|(worker, bits)| OfTags::Give { worker, bits }),
        3 => (0..JOBS, prop::option::of(0..3_u8)).prop_map(|(job, tag)| OfTags::Bind { job, tag }),
        2 => (0..JOBS, 0..5_usize, any::<bool>())
            .prop_map(|(job, worker, b)| OfTags::Unblock { job, worker, b }),
        2 => (0..5_usize, any::<bool>(), minute(), minute())
            .prop_map(|(worker, active, start, end)| OfTags::Sleep { worker, active, start, end }),
    ]
}

impl World {
    /// Lets a person do something.
    pub(super) fn live_tags(&mut self, happening: OfTags) {
        match happening {
            OfTags::Make { number } => {
                if self.create_tag(number).is_err() {
                    whatever(self.order(DeleteTag { id: tag(number) }));
                }
            }
            OfTags::Name { number, other } => whatever(self.order(UpdateTag {
                id: tag(number),
                name: format!("tag {other}"),
                description: None,
            })),
            OfTags::Give { worker, bits } => {
                let worker = self.any_worker(worker);
                let tags: Vec<_> = (0..3).filter(|n| bits >> n & 1 == 1).map(tag).collect();
                self.set_tags(worker, &tags);
            }
            OfTags::Bind { job, tag: number } => {
                if let Some(job) = self.any_job(job) {
                    let tag = Some(number.map_or(TagChoice::Without, |n| TagChoice::Id(tag(n))));
                    whatever(self.order(SetJobTag { job, tag }));
                }
            }
            OfTags::Unblock { job, worker, b } => {
                if let Some(job) = self.any_job(job) {
                    let task_type = if b { "b" } else { "a" }.to_owned();
                    let blocks = vec![(self.any_worker(worker), task_type)];
                    self.order(RemoveFromBlocklist { job, blocks });
                }
            }
            OfTags::Sleep {
                worker,
                active,
                start,
                end,
            } => {
                let worker = self.any_worker(worker);
                let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
                let schedule = WorkerSleepSchedule {
                    is_active: active,
                    days_of_week: String::new(),
                    start_time: time(start),
                    end_time: time(end),
                };
                let clock = self.clock();
                let order = SetSleepSchedule {
                    worker,
                    schedule,
                    clock,
                };
                self.order(order).unwrap();
            }
        }
    }
}
