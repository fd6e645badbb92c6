//! What the attempts at a job's tasks tell: who had which task, and when.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use farandole_tests::harness::Api;
use serde_json::Value;

/// An attempt at a task.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) task: String,
    pub(crate) worker: String,
    pub(crate) started: DateTime<Utc>,
    pub(crate) ended: Option<DateTime<Utc>>,
    pub(crate) outcome: Option<String>,
}

/// All attempts at the tasks of a job, those at one task in their order.
pub(crate) fn of_job(api: &Api, job: &str) -> Vec<Attempt> {
    let mut all = Vec::new();
    for task in api.tasks(job) {
        let id = task["id"].as_str().unwrap();
        let listed = api.get(&format!("/api/farm/v1/tasks/{id}/attempts"));
        let listed = listed["attempts"].as_array().unwrap().iter();
        all.extend(listed.map(|attempt| Attempt {
            task: id.to_owned(),
            worker: attempt["worker_id"].as_str().unwrap().to_owned(),
            started: time(&attempt["started"]).unwrap(),
            ended: time(&attempt["ended"]),
            outcome: attempt["outcome"].as_str().map(str::to_owned),
        }));
    }
    all
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// Who was given a task of this job so far.
pub(crate) fn workers(api: &Api, job: &str) -> BTreeSet<String> {
    of_job(api, job)
        .into_iter()
        .map(|attempt| attempt.worker)
        .collect()
}

/// That of a completed job no task was lost, none failed, and none was in two hands at once.
#[track_caller]
pub(crate) fn assert_nothing_lost(api: &Api, job: &str) {
    let attempts = of_job(api, job);
    for task in api.tasks(job) {
        let of_task: Vec<_> = attempts
            .iter()
            .filter(|attempt| task["id"] == *attempt.task)
            .collect();
        let ends: Vec<_> = of_task
            .iter()
            .map(|attempt| attempt.outcome.as_deref().unwrap())
            .collect();
        assert_eq!(ends.last(), Some(&"completed"), "{task}: {ends:?}");
        let done = ends.iter().filter(|end| **end == "completed").count();
        assert_eq!(done, 1, "{task}: {ends:?}");
        assert!(!ends.contains(&"failed"), "{task}: {ends:?}");
        for pair in of_task.windows(2) {
            assert!(pair[0].ended.unwrap() <= pair[1].started, "{pair:?}");
        }
    }
}
