//! Tags, who has them, and who sleeps when: stored, shown and loaded.

use farandole_protocol::api::WorkerSleepSchedule;
use farandole_protocol::ids::{TagId, WorkerId};
use farandole_protocol::status::JobStatus;

use super::world::{World, at, job_row};
use crate::farm::sleep::{Sleep, SleepSchedule};
use crate::farm::write::{JobRow, TagRow, Write};
use crate::store::*;

const FARM: LoadFarm = LoadFarm { generation: 1 };

fn row(id: TagId, name: &str, description: &str) -> TagRow {
    TagRow {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
    }
}

/// Name and description of each tag, in the order of the list.
fn listed(world: &mut World) -> Vec<(String, Option<String>)> {
    let tags = world.run(ListTags);
    tags.into_iter()
        .map(|tag| (tag.name, tag.description))
        .collect()
}

#[test]
fn tags_are_listed_as_they_were_made_and_shown_as_they_are() {
    let mut world = World::new();
    let (zebra, ant) = (TagId::random(), TagId::random());
    world.write(vec![
        Write::TagAdded(row(zebra, "zebra", "striped"), at(1)),
        Write::TagAdded(row(ant, "ant", ""), at(2)),
    ]);
    let striped = Some("striped".to_owned());
    assert_eq!(
        listed(&mut world),
        [
            ("zebra".to_owned(), striped.clone()),
            ("ant".to_owned(), None)
        ]
    );
    world.write(vec![Write::Tag(row(ant, "aardvark", "eats ants"))]);
    let found = world.run(FindTag { id: ant }).unwrap();
    assert_eq!(
        (found.id, found.name.as_str(), found.description.as_deref()),
        (Some(ant.to_string()), "aardvark", Some("eats ants"))
    );
    let mut loaded = world.run(FARM).tags;
    loaded.sort_by_key(|tag| tag.name.clone());
    assert_eq!(
        loaded,
        [
            row(ant, "aardvark", "eats ants"),
            row(zebra, "zebra", "striped")
        ]
    );
    let twice = Write::TagAdded(row(TagId::random(), "zebra", ""), at(3));
    assert!(world.try_write(vec![twice]).is_err(), "no name twice");
}

#[test]
fn a_deleted_tag_is_taken_from_whoever_has_it() {
    let mut world = World::new();
    let (gone, stays) = (TagId::random(), TagId::random());
    let ((id, anna), (job, no)) = (world.worker(1, "anna"), world.job(1));
    let tagged = JobRow {
        tag: Some(gone),
        ..job_row(no, JobStatus::Completed)
    };
    world.write(vec![
        Write::TagAdded(row(gone, "gone", ""), at(1)),
        Write::TagAdded(row(stays, "stays", ""), at(1)),
        Write::WorkerTags(anna, vec![gone, stays]),
        Write::Job(tagged),
    ]);
    let names = |world: &mut World| -> Vec<String> {
        let tags = world.run(FindWorker { id }).unwrap().tags;
        tags.into_iter().flatten().map(|tag| tag.name).collect()
    };
    assert_eq!(names(&mut world), ["gone", "stays"]);
    let shown = world.run(FindJob { id: job }).unwrap().worker_tag;
    assert_eq!(shown, Some(gone.to_string()));

    world.write(vec![Write::TagDeleted(gone)]);
    assert_eq!(names(&mut world), ["stays"]);
    assert_eq!(world.run(FindJob { id: job }).unwrap().worker_tag, None);
    assert_eq!(world.run(FARM).workers[0].tags, [stays]);
    assert_eq!(world.run(FindTag { id: gone }), None);
    world.write(vec![Write::WorkerTags(anna, vec![])]);
    assert_eq!(world.run(FindWorker { id }).unwrap().tags, None);
}

#[test]
fn a_schedule_is_stored_once_per_worker_shown_and_loaded() {
    let mut world = World::new();
    let (id, anna) = world.worker(1, "anna");
    let find = FindSleepSchedule { worker: id };
    assert_eq!(world.run(find), None);
    let written = WorkerSleepSchedule {
        is_active: true,
        days_of_week: "mo su".to_owned(),
        start_time: "22:00".to_owned(),
        end_time: String::new(),
    };
    let schedule = SleepSchedule::read(&written).unwrap();
    for in_force_since in [None, Some(at(77).naive_utc())] {
        let sleep = Sleep {
            schedule,
            in_force_since,
        };
        world.write(vec![Write::Sleep(anna, sleep)]);
        assert_eq!(world.run(find), Some(written.clone()));
        assert_eq!(world.run(FARM).workers[0].sleep, Some(sleep));
    }
    let worker = WorkerId::random();
    assert_eq!(world.run(FindSleepSchedule { worker }), None);
}

#[test]
fn a_schedule_that_cannot_be_read_is_named() {
    let mut world = World::new();
    world.worker(1, "anna");
    world.sql("INSERT INTO sleep_schedules VALUES (1, 1, 'mo', '25:00', '', NULL)");
    let refusal = world.refusal(FARM);
    assert!(refusal.contains("sleep_schedules.start_time"), "{refusal}");
}

#[test]
fn one_block_is_taken_back() {
    let mut world = World::new();
    let ((_, anna), (_, bert)) = (world.worker(1, "anna"), world.worker(2, "bert"));
    let (job, no) = world.job(1);
    let block = |worker, kind: &str| Write::Block(no, worker, kind.to_owned());
    world.write(vec![
        block(anna, "blender"),
        block(anna, "misc"),
        block(bert, "blender"),
        Write::Unblock(no, anna, "blender".to_owned()),
    ]);
    let left = world.run(FARM).jobs.remove(0).blocks;
    let left: Vec<_> = left
        .iter()
        .map(|block| (block.worker, block.task_type.as_str()))
        .collect();
    assert_eq!(left, [(anna, "misc"), (bert, "blender")]);
    assert_eq!(world.run(ListBlocklist { id: job }).0[0].task_type, "misc");
}
