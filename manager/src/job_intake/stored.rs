//! A compiled job on its way into the store, and from there into memory. Pure.

use farandole_protocol::api::{self, FindingClass, TaskFinding};
use farandole_protocol::ids::{JobId, TagId};
use farandole_protocol::status::{JobStatus, TaskStatus};
use farandole_protocol::time::Timestamp;

use crate::compiler::{CompiledJob, CompiledTask};
use crate::farm::findings::Findings;
use crate::farm::image::{JobImage, TaskImage};
use crate::farm::job::Job;
use crate::farm::keys::{JobNo, TaskKey};
use crate::farm::write::{JobRow, TaskRow};
use crate::store::NewTask;

/// What is known of a job beside what its script made.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) id: JobId,
    pub(super) created: Timestamp,
    pub(super) tag: Option<TagId>,
    pub(super) allow: Vec<FindingClass>,
    pub(super) keep_existing: bool,
    /// What the submitter has found and allows.
    pub(super) findings: Vec<TaskFinding>,
}

/// A task as the store takes it.
pub(super) fn new_task(task: &CompiledTask) -> NewTask {
    NewTask {
        name: task.name.clone(),
        task_type: task.task_type.clone(),
        priority: task.priority,
        commands: task.commands.clone(),
        dependencies: task.dependencies.clone(),
        steps_total: task.steps_total,
        optional: task.optional,
    }
}

/// What a job says of itself before anything has happened: what in its settings does not fit its type.
fn activity(remarks: &[String]) -> String {
    remarks.join("; ")
}

/// The job in memory, still under construction.
pub(super) fn in_memory(no: JobNo, origin: Origin, compiled: CompiledJob) -> Job {
    let Origin {
        id, created, tag, ..
    } = origin;
    let activity = activity(&compiled.remarks);
    let tasks = (1..).zip(compiled.tasks).map(|(index, task)| TaskImage {
        name: task.name,
        task_type: task.task_type,
        priority: task.priority,
        dependencies: task.dependencies,
        steps_total: task.steps_total,
        optional: task.optional,
        state: TaskRow {
            key: TaskKey { job: no, index },
            status: TaskStatus::Queued,
            worker: None,
            attempt: 0,
            ended: None,
            steps_completed: 0,
            activity: String::new(),
            updated: created,
            touched: None,
            lost: 0,
        },
    });
    Job::from_image(JobImage {
        id,
        name: compiled.name,
        job_type: compiled.job_type,
        created,
        tasks: tasks.collect(),
        task_ids: Vec::new(),
        row: JobRow {
            no,
            status: JobStatus::UnderConstruction,
            activity,
            priority: compiled.priority,
            tag,
            updated: created,
            steps_completed: 0,
            delete_requested: None,
            keep_existing: origin.keep_existing,
            findings: Vec::new(),
        },
        failures: Vec::new(),
        blocks: Vec::new(),
        allow: origin.allow,
        findings: Vec::new(),
    })
}

/// The job as its submitter sees it right after its release.
pub(super) fn answer(origin: &Origin, compiled: &CompiledJob, status: JobStatus) -> api::Job {
    let findings = Findings::of_whole(&origin.findings).summary();
    api::Job {
        id: origin.id,
        name: compiled.name.clone(),
        job_type: compiled.job_type.clone(),
        type_etag: None,
        priority: compiled.priority,
        settings: Some(compiled.settings.clone()),
        metadata: Some(compiled.metadata.clone()),
        submitter_platform: String::new(),
        storage: compiled
            .shaman_checkout_id
            .clone()
            .map(|id| api::JobStorageInfo {
                shaman_checkout_id: Some(id),
            }),
        worker_tag: origin.tag.map(|tag| tag.to_string()),
        initial_status: None,
        created: origin.created,
        updated: origin.created,
        status,
        activity: activity(&compiled.remarks),
        steps_completed: 0,
        steps_total: compiled.tasks.iter().map(|task| task.steps_total).sum(),
        delete_requested_at: None,
        findings: Some(findings).filter(|findings| !findings.is_empty()),
    }
}
