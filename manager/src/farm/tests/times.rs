//! When a Worker was heard of and its task was touched, as it was recorded: what each thing that a Worker or a person
//! does changes, on a clock that is moved by hand.

use std::time::Duration;

use farandole_protocol::ids::TaskId;
use farandole_protocol::status::TaskStatus as T;
use farandole_protocol::status::WorkerStatus as W;
use serde_json::Value;

use super::build::farm;
use super::world::World;
use crate::farm::commands::reports::{AskMayRun, CheckReport, NotePicture, ReportTask};
use crate::farm::commands::worker_mgt::RequestWorkerStatus;
use crate::farm::commands::workers::{AskState, SignOff};

const RECORDING: &str =
    include_str!("../../../../protocol/tests/contract/recordings/times-worker.json");

/// What is turned away before the farm hears of it: nobody knows yet who sent it, or what it is about.
const TURNED_AWAY: [&str; 4] = [
    "may I run, malformed task",
    "image of the wrong type",
    "invalid body",
    "wrong secret",
];

/// Where ours is meant to differ: a Worker whose report is refused is alive nevertheless, and heard of.
const HEARD_OF: [&str; 3] = [
    "refused task update",
    "update of somebody else's task",
    "update of an unknown task",
];

/// Where ours is meant to differ, too: a Worker may be alive while its program hangs, so its question is no progress.
const NO_PROGRESS: [&str; 1] = ["may I run"];

impl World {
    /// A task of the only job.
    fn task(&self, index: u32) -> TaskId {
        TaskId::of_job(self.jobs[0], index)
    }

    /// The first Worker asks about a task.
    fn may_run(&mut self, index: u32) {
        let (worker, task) = (self.workers[0], self.task(index));
        self.order(AskMayRun {
            worker,
            task,
            attempt: None,
            idle: None,
        });
    }

    /// The first Worker reports about a task. Whether that is refused is not the subject.
    fn say(&mut self, index: u32, status: Option<T>, activity: Option<&str>) {
        let report = ReportTask {
            worker: self.workers[0],
            task: self.task(index),
            attempt: None,
            status,
            activity: activity.map(str::to_owned),
            steps_completed: None,
            findings: Vec::new(),
            outputs: Vec::new(),
        };
        // As the edge does: a report with a log is checked first.
        let refused = self.order(CheckReport(report.clone())).err();
        assert_eq!(self.order(report).err(), refused);
    }

    fn show(&mut self, index: u32) {
        let (worker, task) = (self.workers[0], self.task(index));
        self.order(NotePicture {
            worker,
            task,
            attempt: None,
        })
        .ok();
    }

    /// Does what was recorded. The first Worker has the first task, the second the second.
    fn perform(&mut self, what: &str) {
        let (worker, job) = (self.workers[0], self.jobs[0]);
        match what {
            "nothing" => {}
            "worker state" => {
                self.order(AskState { worker }).unwrap();
            }
            "state changed" => self.set_worker(worker, W::Awake),
            "task request"
            | "task request with a request pending"
            | "task request while asleep" => {
                self.ask(worker, false);
            }
            "may I run" | "may I run with a request pending" => self.may_run(1),
            "may I run, task of nobody" => self.may_run(3),
            "may I run, unknown task" => self.may_run(99),
            "empty task update" | "log" => self.say(1, None, None),
            "activity" => self.say(1, None, Some("busy")),
            "refused task update" => self.say(1, Some(T::SoftFailed), None),
            "update of somebody else's task" => self.say(2, None, Some("busy")),
            "update of an unknown task" => self.say(99, None, Some("busy")),
            "image" => self.show(1),
            "image for an unknown task" => self.show(99),
            "status request by the user" => {
                let request = RequestWorkerStatus {
                    worker,
                    status: W::Asleep,
                    lazy: false,
                };
                self.order(request).unwrap();
            }
            "tags by the user" => self.set_tags(worker, &[]),
            "task status by the user" => self.set_task(job, 3, T::Paused).unwrap(),
            "asleep" => self.set_worker(worker, W::Asleep),
            "sign-off" => self.order(SignOff { worker }).unwrap(),
            "sign-on" => {
                self.sign_on(worker, vec!["a".to_owned()]);
            }
            other => panic!("nobody knows what this is: {other}"),
        }
    }
}

#[test]
fn each_sign_of_life_counts_as_recorded() {
    let recording: Value = serde_json::from_str(RECORDING).unwrap();
    let recorded = recording["exchanges"][0]["value"].as_object().unwrap();
    let mut world = farm().workers(2).job(|job| job.tasks(20)).open();
    let mut played = 0;
    for (what, expected) in recorded {
        if TURNED_AWAY.contains(&what.as_str()) {
            assert_eq!(expected["last_seen"], false, "{what}");
            continue;
        }
        world.now += Duration::from_secs(1);
        world.perform(what);
        let now = world.now;
        let no = world.no_of(world.workers[0]);
        let worker = world.farm.worker(no).unwrap();
        let seen = worker.last_seen == Some(now);
        let touched = worker.running.is_some_and(|running| running.touched == now);
        let expected_seen = expected["last_seen"] == true || HEARD_OF.contains(&what.as_str());
        let expected_touched =
            expected["last_touched"] == true && !NO_PROGRESS.contains(&what.as_str());
        assert_eq!((seen, touched), (expected_seen, expected_touched), "{what}");
        if what == "task request" {
            world.fetch(world.workers[1]);
        }
        played += 1;
    }
    assert_eq!(played + TURNED_AWAY.len(), recorded.len());
}
