//! Random lives of random farms. Each bug that was found this way has a test with a name, beside the rule that it
//! broke.

use proptest::prelude::*;

use super::build::{WorkerPlan, tag};
use super::happenings::{TYPES, happening, limits};
use super::world::World;

/// So many farms are lived through.
const CASES: u32 = 10_000;

pub(super) fn worker() -> impl Strategy<Value = WorkerPlan> {
    let tags = prop::collection::vec(0..2_u8, 0..2);
    (0..3_usize, tags, any::<bool>()).prop_map(|(types, tags, ephemeral)| WorkerPlan {
        types: TYPES[types].to_vec(),
        tags: tags.into_iter().map(tag).collect(),
        ephemeral,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_farm_stays_true_to_itself(
        limits in limits(),
        workers in prop::collection::vec(worker(), 1..6),
        happenings in prop::collection::vec(happening(), 1..50),
    ) {
        let mut world = World::new(limits);
        for plan in &workers {
            world.add_worker(plan);
        }
        for happening in happenings {
            world.live(happening);
        }
        for worker in world.workers.clone() {
            world.end_wait(worker);
        }
        world.commit();
        world.restart();
        prop_assert!(world.pending.is_empty(), "every request is answered in the end");
    }
}
