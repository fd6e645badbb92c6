//! Registrations that nobody uses.

use std::time::Duration;

use farandole_protocol::ids::WorkerId;

use super::build::{farm, tag};
use super::world::World;
use crate::farm::commands::unused::ForgetUnused;
use crate::farm::commands::workers::RegisterWorker;

const DAY: Duration = Duration::from_hours(24);

fn register(world: &mut World, name: &str) -> WorkerId {
    let id = WorkerId::random();
    world.order(RegisterWorker {
        id,
        secret_hash: String::new(),
        name: name.to_owned(),
        address: String::new(),
        platform: "linux".to_owned(),
        task_types: vec!["a".to_owned()],
    });
    id
}

fn forgotten(world: &mut World, after: Option<Duration>, most: usize) -> Vec<String> {
    let forgotten = world.order(ForgetUnused { after, most });
    forgotten.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn a_worker_that_never_signed_on_is_forgotten_and_told() {
    let mut world = farm().workers(1).open();
    let (used, tagged) = (register(&mut world, "used"), register(&mut world, "tagged"));
    world.set_tags(tagged, &[tag(0)]);
    world.sign_on(used, vec!["a".to_owned()]);
    let unused = register(&mut world, "unused");
    world.now += Duration::from_hours(23);
    assert!(forgotten(&mut world, Some(DAY), 100).is_empty());
    world.now += Duration::from_hours(1);
    assert!(forgotten(&mut world, None, 100).is_empty());
    assert_eq!(forgotten(&mut world, Some(DAY), 100), ["unused"]);
    assert_eq!(world.facts.len(), 1);
    assert!(world.farm.worker_by_id(unused).is_none());
    assert_eq!(world.farm.workers().count(), 3);
}

#[test]
fn the_oldest_of_too_many_go_but_for_those_that_have_just_come() {
    let mut world = farm().open();
    for name in ["first", "second", "third"] {
        register(&mut world, name);
        world.now += Duration::from_mins(1);
    }
    assert_eq!(forgotten(&mut world, None, 2), ["first"]);
    let fresh = register(&mut world, "fresh");
    assert_eq!(forgotten(&mut world, None, 0), ["second", "third"]);
    assert!(world.farm.worker_by_id(fresh).is_some());
}
