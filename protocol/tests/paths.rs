//! Every path of the contract has a template, and the clients' functions fill in what the templates say.

use std::collections::BTreeSet;

use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::paths;
use serde_json::Value;

/// All templates of the contract.
const TEMPLATES: [&str; 46] = [
    paths::VERSION,
    paths::STATUS,
    paths::CONFIGURATION,
    paths::CONFIGURATION_FILE,
    paths::SETUP_ASSISTANT,
    paths::CHECK_SHARED_STORAGE,
    paths::CHECK_BLENDER,
    paths::VARIABLES,
    paths::SHARED_STORAGE,
    paths::REGISTER_WORKER,
    paths::SIGN_ON,
    paths::SIGN_OFF,
    paths::WORKER_STATE,
    paths::WORKER_STATE_CHANGED,
    paths::WORKER_TASK,
    paths::TASK_UPDATE,
    paths::MAY_I_RUN,
    paths::OUTPUT_PRODUCED,
    paths::WORKERS,
    paths::WORKER,
    paths::WORKER_SET_STATUS,
    paths::WORKER_SET_TAGS,
    paths::WORKER_SLEEP_SCHEDULE,
    paths::TAGS,
    paths::TAG,
    paths::JOB_TYPES,
    paths::JOB_TYPE,
    paths::JOBS,
    paths::JOBS_CHECK,
    paths::JOBS_MASS_DELETE,
    paths::LAST_RENDERED,
    paths::JOB,
    paths::JOB_WHAT_WOULD_DELETE_DO,
    paths::JOB_LAST_RENDERED,
    paths::JOB_SET_STATUS,
    paths::JOB_SET_PRIORITY,
    paths::JOB_SET_TAG,
    paths::JOB_TASKS,
    paths::JOB_BLOCKLIST,
    paths::TASK,
    paths::TASK_LOG_TAIL,
    paths::TASK_LOG,
    paths::TASK_SET_STATUS,
    paths::SHAMAN_REQUIREMENTS,
    paths::SHAMAN_CHECKOUT,
    paths::SHAMAN_FILE,
];

#[test]
fn the_templates_are_the_contracts() {
    let contract: Value =
        serde_json::from_str(include_str!("contract/openapi-v3.json")).expect("it is JSON");
    let expected: BTreeSet<&str> = contract["paths"]
        .as_object()
        .expect("there are paths")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(BTreeSet::from(TEMPLATES), expected);
}

#[test]
fn all_are_below_the_root() {
    assert!(
        TEMPLATES
            .iter()
            .chain([&paths::OPENAPI, &paths::SWAGGER_UI])
            .all(|path| path.starts_with(paths::API_V3))
    );
    assert!(paths::FARM_EVENTS.starts_with(paths::API_FARM_V1));
}

#[test]
fn what_is_filled_in_takes_the_parameters_place() {
    let (job, task, worker) = (JobId::random(), TaskId::random(), WorkerId::random());
    let filled = [
        (
            paths::TASK_UPDATE,
            "{task_id}",
            task.to_string(),
            paths::task_update(task),
        ),
        (
            paths::MAY_I_RUN,
            "{task_id}",
            task.to_string(),
            paths::may_i_run(task),
        ),
        (
            paths::OUTPUT_PRODUCED,
            "{task_id}",
            task.to_string(),
            paths::output_produced(task),
        ),
        (
            paths::WORKER,
            "{worker_id}",
            worker.to_string(),
            paths::worker(worker),
        ),
        (
            paths::JOB_SET_STATUS,
            "{job_id}",
            job.to_string(),
            paths::job_set_status(job),
        ),
        (
            paths::TASK_LOG,
            "{task_id}",
            task.to_string(),
            paths::task_log(task),
        ),
        (
            paths::JOB_TYPE,
            "{typeName}",
            "echo-sleep-test".to_owned(),
            paths::job_type("echo-sleep-test"),
        ),
        (paths::TAG, "{tag_id}", "x".to_owned(), paths::tag("x")),
    ];
    for (template, parameter, value, path) in filled {
        assert_eq!(path, template.replace(parameter, &value));
    }
}
