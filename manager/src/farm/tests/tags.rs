//! Tags: who works on what, and what follows when that changes. And blocks that people take back.

use farandole_protocol::ids::{JobId, WorkerId};
use farandole_protocol::status::JobStatus as J;
use farandole_protocol::status::TaskStatus as T;

use super::build::{JobPlan, farm, tag};
use super::world::World;
use crate::farm::commands::blocklist::RemoveFromBlocklist;
use crate::farm::commands::jobs::ReleaseJob;
use crate::farm::commands::tags::{
    CreateTag, DeleteTag, JobTagError, SetJobTag, SetWorkerTags, TagChoice, TagError, UpdateTag,
};
use crate::farm::commands::worker_mgt::DeleteWorker;
use crate::farm::commands::workers::UnknownWorker;
use crate::farm::decision::{Answer, Fact};
use crate::farm::job::Job;
use crate::farm::write::Write;

impl World {
    fn bind(&mut self, choice: TagChoice) -> Result<(), JobTagError> {
        let (job, tag) = (self.jobs[0], Some(choice));
        self.order(SetJobTag { job, tag })
    }

    fn delete_tag(&mut self, number: u8) -> Result<(), TagError> {
        self.order(DeleteTag { id: tag(number) })
    }

    fn name_tag(
        &mut self,
        number: u8,
        name: &str,
        description: Option<&str>,
    ) -> Result<(), TagError> {
        self.order(UpdateTag {
            id: tag(number),
            name: name.to_owned(),
            description: description.map(str::to_owned),
        })
    }

    /// What the last order told, as JSON.
    fn told(&self) -> Vec<String> {
        let json = |fact: &Fact| match fact {
            Fact::Event(event) => Some(event.to_json().unwrap()),
            Fact::Note(_) => None,
        };
        self.facts.iter().filter_map(json).collect()
    }
}

#[test]
fn a_tagged_job_is_for_those_who_have_the_tag_and_they_take_other_jobs_too() {
    let mut world = farm()
        .worker(&["a"], &[])
        .worker(&["a"], &[0])
        .worker(&["a"], &[1])
        .job(|job| job.tag(1).tasks(1))
        .open();
    let [none, other, tagged] = world.workers[..] else {
        panic!()
    };
    world.fetch_nothing(none);
    world.fetch_nothing(other);
    world.work(tagged, T::Completed);
    world.add_job(&JobPlan::default().tasks(3));
    for worker in [none, other, tagged] {
        world.work(worker, T::Completed);
    }
}

#[test]
fn who_waits_is_served_when_it_gets_the_tag() {
    let mut world = farm().workers(2).job(|job| job.tag(1).tasks(2)).open();
    let [first, second] = world.workers[..] else {
        panic!()
    };
    assert_eq!(
        (world.ask(first, true), world.ask(second, true)),
        (None, None)
    );
    world.set_tags(second, &[tag(1)]);
    assert_eq!(
        (world.handouts.len(), world.handouts[0].worker),
        (1, second)
    );
    assert!(matches!(world.handouts[0].answer, Answer::Task(_)));
    // Without it, it goes on with what it has, and gets no more.
    let grant = world.held[&second].clone();
    world.set_tags(second, &[]);
    world.report(second, &grant, T::Completed).unwrap();
    world.fetch_nothing(second);
}

#[test]
fn who_waits_is_served_when_the_job_is_bound_to_its_tag_or_to_none() {
    for (number, choice) in [
        (0, TagChoice::Name("tag 0".to_owned())),
        (1, TagChoice::Without),
    ] {
        let mut world = farm()
            .worker(&["a"], &[0])
            .job(|job| job.tag(1).tasks(1))
            .open();
        assert_eq!(world.ask(world.workers[0], true), None);
        world.bind(choice).unwrap();
        assert_eq!(world.handouts.len(), 1, "{number}");
    }
}

#[test]
fn a_job_whose_tag_is_deleted_is_for_everybody_also_one_that_has_ended() {
    let mut world = farm()
        .workers(1)
        .worker(&["a"], &[0, 1])
        .job(|job| job.tag(1).tasks(1))
        .job(|job| job.tag(1).tasks(1))
        .open();
    let (ended, tagged) = (world.jobs[0], world.workers[1]);
    world.set_job(ended, J::Canceled).unwrap();
    world.commit();
    assert_eq!(world.ask(world.workers[0], true), None);
    world.delete_tag(1).unwrap();
    assert_eq!(world.handouts.len(), 1);
    assert_eq!(
        world.farm.worker_by_id(tagged).unwrap().tags,
        [tag(0)].into()
    );
    assert_eq!(world.set_job(ended, J::Requeueing), Ok(J::Queued));
    assert_eq!(world.farm.job_by_id(ended).unwrap().tag, None);
    assert_eq!(world.delete_tag(1), Err(TagError::NotFound));
}

#[test]
fn a_job_that_arrives_after_its_tag_was_deleted_is_for_everybody() {
    let mut world = farm().workers(1).open();
    let id = world.add_job(&JobPlan::default().tag(1).tasks(1));
    let mut image = world.database.job(id).unwrap().clone();
    world.set_job(id, J::Canceled).unwrap();
    world.commit();
    world.delete_tag(1).unwrap();
    // As if it were another, which was on its way when that happened.
    (image.row.status, image.row.no.0) = (J::UnderConstruction, 9);
    image.id = JobId::from_uuid(uuid::Uuid::from_u128(9 << 64));
    image.tasks[0].state.key.job.0 = 9;
    world.jobs.push(image.id);
    world.database.store(image.clone());
    world.order(ReleaseJob {
        job: Box::new(Job::from_image(image)),
        initial_status: J::Queued,
        findings: Vec::new(),
    });
    world.work(world.workers[0], T::Completed);
}

#[test]
fn a_tag_is_told_of_when_it_is_made_changed_and_deleted() {
    let mut world = farm().open();
    let id = tag(6);
    world.create_tag(6).unwrap();
    assert_eq!(
        world.told(),
        [format!(
            r#"{{"tag":{{"id":"{id}","name":"tag 6","description":""}}}}"#
        )]
    );
    world.name_tag(6, "gpu", Some("fast")).unwrap();
    world.name_tag(6, "GPU", None).unwrap();
    assert_eq!(
        world.told(),
        [format!(
            r#"{{"tag":{{"id":"{id}","name":"GPU","description":"fast"}}}}"#
        )]
    );
    world.name_tag(6, "GPU", Some("")).unwrap();
    assert_eq!(world.farm.tag(id).unwrap().description, "");
    world.delete_tag(6).unwrap();
    assert_eq!(
        world.told(),
        [format!(
            r#"{{"tag":{{"id":"{id}","name":""}},"was_deleted":true}}"#
        )]
    );
}

#[test]
fn no_two_tags_have_one_id_or_name() {
    let mut world = farm().open();
    assert_eq!(world.create_tag(1), Err(TagError::IdTaken(tag(1))));
    world.name_tag(1, "TAG 0", None).unwrap();
    let taken = Err(TagError::NameTaken("tag 0".to_owned()));
    assert_eq!(world.name_tag(1, "tag 0", None), taken);
    let order = CreateTag {
        id: tag(5),
        name: "tag 0".to_owned(),
        description: String::new(),
    };
    assert_eq!(world.order(order), taken);
    assert_eq!(world.name_tag(7, "x", None), Err(TagError::NotFound));
    assert!(world.writes.is_empty() && world.facts.is_empty());
}

#[test]
fn unknown_tags_are_passed_over_for_workers_and_refused_for_jobs() {
    let mut world = farm().workers(1).job(|job| job.tasks(1)).open();
    let worker = world.workers[0];
    world.set_tags(worker, &[tag(7), tag(1), tag(1)]);
    assert_eq!(
        world.farm.worker_by_id(worker).unwrap().tags,
        [tag(1)].into()
    );
    assert_eq!(world.told().len(), 1, "the Worker is told of");
    let worker = WorkerId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(
        world.order(SetWorkerTags {
            worker,
            tags: vec![]
        }),
        Err(UnknownWorker)
    );

    world.bind(TagChoice::Id(tag(1))).unwrap();
    for choice in [
        TagChoice::Id(tag(7)),
        TagChoice::Name("x".to_owned()),
        TagChoice::Name(String::new()),
    ] {
        assert_eq!(world.bind(choice), Err(JobTagError::UnknownTag));
    }
    assert_eq!(
        world.database.job(world.jobs[0]).unwrap().row.tag,
        Some(tag(1))
    );
    let (job, tag) = (JobId::from_uuid(uuid::Uuid::from_u128(1)), None);
    assert_eq!(
        world.order(SetJobTag { job, tag }),
        Err(JobTagError::UnknownJob)
    );
}

#[test]
fn a_job_that_others_could_have_saved_ends_when_they_lose_its_tag() {
    let mut world = farm()
        .worker(&["a"], &[1])
        .worker(&["a"], &[1])
        .job(|job| job.tag(1).tasks(2))
        .open();
    let [first, second] = world.workers[..] else {
        panic!()
    };
    world.work(first, T::Failed);
    world.work(first, T::Failed);
    assert_eq!(world.job_status(world.jobs[0]), J::Active);
    world.set_tags(second, &[]);
    assert_eq!(world.job_status(world.jobs[0]), J::Failed, "nobody is left");
}

#[test]
fn a_block_that_is_taken_back_gives_work_to_who_waits() {
    let mut world = farm()
        .limits(|limits| limits.blocklist = 1)
        .workers(2)
        .job(|job| job.tasks(3))
        .open();
    let (job, worker) = (world.jobs[0], world.workers[0]);
    world.work(worker, T::Failed);
    assert_eq!(world.ask(worker, true), None, "it is blocked");
    let mut unblock = |blocks: &[(WorkerId, &str)]| {
        let blocks = blocks
            .iter()
            .map(|(who, kind)| (*who, (*kind).to_owned()))
            .collect();
        world.order(RemoveFromBlocklist { job, blocks });
        (world.handouts.len(), world.told().len())
    };
    let nobody = WorkerId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(
        unblock(&[(worker, "b"), (worker, "x"), (nobody, "a")]),
        (0, 0)
    );
    let (handouts, _) = unblock(&[(nobody, "a"), (worker, "a"), (worker, "a")]);
    assert_eq!(handouts, 1);
    let unblocked = |write: &&Write| matches!(write, Write::Unblock(..));
    assert_eq!(world.writes.iter().filter(unblocked).count(), 1);
    let grant = world.held[&worker].clone();
    world.report(worker, &grant, T::Failed).unwrap();
    assert_eq!(
        world.database.job(job).unwrap().blocks.len(),
        1,
        "old failures count on"
    );
    world.order(RemoveFromBlocklist {
        job: JobId::from_uuid(uuid::Uuid::from_u128(1)),
        blocks: vec![(worker, "a".to_owned())],
    });
    assert!(world.writes.is_empty());
}

#[test]
fn a_worker_that_was_deleted_is_taken_off_the_blocklist_too() {
    let mut world = farm()
        .limits(|limits| limits.blocklist = 1)
        .workers(2)
        .job(|job| job.tasks(3))
        .open();
    let (job, worker) = (world.jobs[0], world.workers[0]);
    world.work(worker, T::Failed);
    world.order(DeleteWorker { worker }).unwrap();
    let blocked = |world: &World| world.database.job(job).unwrap().blocks.len();
    assert_eq!(blocked(&world), 1, "the list says what happened");
    for _ in 0..2 {
        let blocks = vec![(worker, "a".to_owned())];
        world.order(RemoveFromBlocklist { job, blocks });
        assert_eq!(blocked(&world), 0);
    }
}
