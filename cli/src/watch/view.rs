//! What is known of a job that is being watched: read once, then kept up to date by events. Pure.

use std::collections::{BTreeSet, HashMap};

use farandole_protocol::api::{Job, JobFinding, TaskSummary};
use farandole_protocol::event::{Event, EventJobUpdate, EventTaskUpdate};
use farandole_protocol::ids::{JobId, TaskId};
use farandole_protocol::status::{JobStatus, TaskStatus};
use farandole_protocol::time::Timestamp;

/// A job, as it is seen.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// Its id.
    pub(crate) id: JobId,
    /// Its name.
    pub(crate) name: String,
    /// Its state.
    pub(crate) status: JobStatus,
    /// The steps that are done.
    pub(crate) done: i64,
    /// The steps there are.
    pub(crate) total: i64,
    /// The warnings about its outputs, as they were when it was last read: events do not have them.
    pub(crate) findings: Vec<JobFinding>,
    updated: Timestamp,
    tasks: HashMap<TaskId, TaskView>,
}

#[derive(Clone, Debug)]
struct TaskView {
    status: TaskStatus,
    worker: String,
    /// What it says of itself; known as soon as that changes.
    activity: String,
    updated: Timestamp,
}

/// What a task that makes progress says of itself.
const USUAL: [&str; 3] = ["", "Started", "Progress"];

/// What an event did to the view.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Heard {
    /// Nothing: it is about something else, or old.
    Nothing,
    /// It shows something new.
    Changed,
    /// More changed than was told.
    ReadAgain,
    /// The job is no more.
    Deleted,
}

impl View {
    /// What was read.
    pub(crate) fn new(job: &Job, tasks: &[TaskSummary]) -> Self {
        let view = |task: &TaskSummary| TaskView {
            status: task.status,
            worker: task
                .worker
                .as_ref()
                .map_or_else(String::new, |worker| worker.name.clone()),
            activity: String::new(),
            updated: task.updated,
        };
        Self {
            id: job.id,
            name: job.name.clone(),
            status: job.status,
            done: job.steps_completed,
            total: job.steps_total,
            findings: job.findings.clone().unwrap_or_default(),
            updated: job.updated,
            tasks: tasks.iter().map(|task| (task.id, view(task))).collect(),
        }
    }

    /// The same, with what tasks said of themselves before it was read again: only events tell that.
    pub(crate) fn after(mut self, before: Option<&Self>) -> Self {
        for (id, task) in &mut self.tasks {
            let before = before.and_then(|view| view.tasks.get(id));
            if let Some(before) = before.filter(|before| before.updated == task.updated) {
                task.activity.clone_from(&before.activity);
            }
        }
        self
    }

    /// Takes an event in.
    pub(crate) fn hear(&mut self, event: &Event) -> Heard {
        match event {
            Event::Job(event) if event.id == self.id => self.hear_of_job(event),
            Event::Task(event) if event.job_id == self.id => self.hear_of_task(event),
            Event::Job(_)
            | Event::Task(_)
            | Event::Lifecycle(_)
            | Event::Status(_)
            | Event::TaskLog(_)
            | Event::LastRendered(_)
            | Event::Worker(_)
            | Event::WorkerTag(_) => Heard::Nothing,
        }
    }

    fn hear_of_job(&mut self, event: &EventJobUpdate) -> Heard {
        if event.was_deleted == Some(true) {
            return Heard::Deleted;
        }
        if event.updated < self.updated {
            return Heard::Nothing;
        }
        self.updated = event.updated;
        self.status = event.status;
        self.done = event.steps_completed;
        self.total = event.steps_total;
        if event.refresh_tasks {
            Heard::ReadAgain
        } else {
            Heard::Changed
        }
    }

    fn hear_of_task(&mut self, event: &EventTaskUpdate) -> Heard {
        if let Some(known) = self.tasks.get(&event.id)
            && event.updated < known.updated
        {
            return Heard::Nothing;
        }
        let worker = event.worker.as_ref();
        let view = TaskView {
            status: event.status,
            worker: worker.map_or_else(String::new, |worker| worker.name.clone()),
            activity: event.activity.clone(),
            updated: event.updated,
        };
        self.tasks.insert(event.id, view);
        Heard::Changed
    }

    /// The names of those who work on it just now, in order.
    pub(crate) fn workers(&self) -> Vec<&str> {
        let names: BTreeSet<&str> = self
            .tasks
            .values()
            .filter(|task| task.status == TaskStatus::Active && !task.worker.is_empty())
            .map(|task| task.worker.as_str())
            .collect();
        names.into_iter().collect()
    }

    /// What is remarkable about a task that is being worked on, such as that its program does nothing; of several, by the
    /// Workers' names, the first.
    pub(crate) fn remark(&self) -> Option<String> {
        self.tasks
            .values()
            .filter(|task| task.status == TaskStatus::Active)
            .filter(|task| !USUAL.contains(&task.activity.as_str()))
            .map(|task| format!("{}: {}", task.worker, task.activity))
            .min()
    }

    /// How many tasks failed for good.
    pub(crate) fn failed_tasks(&self) -> usize {
        let failed = |task: &&TaskView| task.status == TaskStatus::Failed;
        self.tasks.values().filter(failed).count()
    }

    /// Whether it will change no more by itself.
    pub(crate) const fn has_ended(&self) -> bool {
        matches!(
            self.status,
            JobStatus::Completed | JobStatus::Failed | JobStatus::Canceled
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const JOB: &str = "8fac4efb-c260-4383-9000-000000000001";

    fn task_id(index: u32) -> TaskId {
        TaskId::of_job(JOB.parse().unwrap(), index)
    }

    fn time(second: u32) -> String {
        format!("2026-01-01T00:00:{second:02}Z")
    }

    fn view() -> View {
        let job = json!({
            "id": JOB, "name": "dance", "type": "t", "priority": 50, "submitter_platform": "", "activity": "",
            "status": "active", "created": time(0), "updated": time(10), "steps_completed": 1, "steps_total": 4,
        });
        let task = |index, status, worker: &str| {
            json!({
                "id": task_id(index), "name": "t", "status": status, "index_in_job": index, "priority": 50,
                "task_type": "blender", "updated": time(10), "steps_completed": 0, "steps_total": 2,
                "worker": {"id": "", "name": worker, "address": ""},
            })
        };
        let tasks = json!([
            task(1, "active", "bert"),
            task(2, "queued", "anna"),
            task(3, "active", "anna")
        ]);
        View::new(
            &serde_json::from_value(job).unwrap(),
            &serde_json::from_value::<Vec<TaskSummary>>(tasks).unwrap(),
        )
    }

    fn job_event(second: u32, more: serde_json::Value) -> Event {
        let mut event = json!({
            "id": JOB, "updated": time(second), "status": "completed", "type": "t", "priority": 50,
            "refresh_tasks": false, "steps_completed": 4, "steps_total": 4,
        });
        if let serde_json::Value::Object(more) = more {
            event.as_object_mut().unwrap().extend(more);
        }
        Event::Job(serde_json::from_value(event).unwrap())
    }

    fn task_event(second: u32, index: u32, status: &str) -> Event {
        let event = json!({
            "id": task_id(index), "job_id": JOB, "name": "t", "updated": time(second), "status": status,
            "activity": "", "steps_completed": 0, "steps_total": 2,
        });
        Event::Task(serde_json::from_value(event).unwrap())
    }

    #[test]
    fn those_who_work_are_named_once_and_in_order() {
        assert_eq!(view().workers(), ["anna", "bert"]);
    }

    #[test]
    fn events_keep_it_up_to_date() {
        let mut view = view();
        assert_eq!(view.hear(&task_event(11, 1, "failed")), Heard::Changed);
        assert_eq!((view.workers(), view.failed_tasks()), (vec!["anna"], 1));
        assert!(!view.has_ended());
        assert_eq!(view.hear(&job_event(12, json!({}))), Heard::Changed);
        assert!(view.has_ended());
        assert_eq!((view.done, view.total), (4, 4));
    }

    #[test]
    fn a_task_that_does_nothing_is_mentioned_until_it_goes_on() {
        let says = |second, activity: &str| {
            let Event::Task(mut event) = task_event(second, 1, "active") else {
                panic!("a task was expected");
            };
            activity.clone_into(&mut event.activity);
            event.worker = None;
            Event::Task(event)
        };
        let mut view = view();
        assert_eq!(view.remark(), None);
        view.hear(&says(
            11,
            "all frames are done; Blender has not ended for 40 s",
        ));
        let said = ": all frames are done; Blender has not ended for 40 s";
        assert_eq!(view.remark().as_deref(), Some(said));
        let mut again = self::view();
        for task in again.tasks.values_mut() {
            task.updated = time(11).parse().unwrap();
        }
        let again = again.after(Some(&view));
        assert_eq!(
            again.remark().as_deref(),
            Some("bert".to_owned() + said).as_deref()
        );
        view.hear(&says(12, "Progress"));
        assert_eq!(view.remark(), None);
    }

    #[test]
    fn what_is_older_than_what_was_read_changes_nothing() {
        let mut view = view();
        assert_eq!(view.hear(&task_event(9, 1, "failed")), Heard::Nothing);
        assert_eq!(view.hear(&job_event(9, json!({}))), Heard::Nothing);
        assert_eq!((view.failed_tasks(), view.has_ended()), (0, false));
    }

    #[test]
    fn a_change_of_many_tasks_is_read_again() {
        let event = job_event(11, json!({"refresh_tasks": true, "status": "queued"}));
        assert_eq!(view().hear(&event), Heard::ReadAgain);
    }

    #[test]
    fn a_deleted_job_is_noticed_whatever_its_stamp_says() {
        let event = job_event(0, json!({"was_deleted": true, "status": ""}));
        assert_eq!(view().hear(&event), Heard::Deleted);
    }

    #[test]
    fn other_jobs_are_of_no_interest() {
        let event = job_event(11, json!({"id": JobId::random()}));
        assert_eq!(view().hear(&event), Heard::Nothing);
    }
}
