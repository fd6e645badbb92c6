//! How a job changes, kept true to itself: states, steps, dependencies, readiness. Pure.

use std::collections::BTreeSet;

use farandole_protocol::status::TaskStatus;

use super::job::{Job, place};
use super::task_status::is_schedulable;

impl Job {
    /// Gives a task a state, with all that follows from it inside the job: steps, dependents, readiness.
    pub(super) fn set_task_status(&mut self, index: u32, to: TaskStatus) {
        let Some(from) = self.task_status(index) else {
            return;
        };
        self.states.change(index, from, to);
        match to {
            TaskStatus::Completed => {
                self.set_steps(index, i64::MAX);
                self.record.set_losses(index, 0);
            }
            TaskStatus::Queued => {
                self.set_steps(index, 0);
            }
            TaskStatus::Active
            | TaskStatus::Canceled
            | TaskStatus::Failed
            | TaskStatus::SoftFailed
            | TaskStatus::Paused => {}
        }
        if (from == TaskStatus::Completed) != (to == TaskStatus::Completed) {
            self.tell_dependents(index, to == TaskStatus::Completed);
        }
        self.update_ready(index);
    }

    /// Sets the steps that a task has done, at most as many as it has.
    pub(super) fn set_steps(&mut self, index: u32, steps: i64) {
        if let Some(task) = self.task_mut(index) {
            let steps = steps.clamp(0, task.steps_total);
            let before = std::mem::replace(&mut task.steps_completed, steps);
            self.steps_completed += steps - before;
        }
    }

    /// Gives all tasks in some states another state at once, and the reason as their activity.
    ///
    /// What was waiting and is no more costs no walk. What is queued is looked at one by one.
    pub(super) fn change_all(&mut self, from: &[TaskStatus], to: TaskStatus, activity: &str) {
        let changed = self.states.change_all(from, to);
        if to == TaskStatus::Queued {
            for index in changed.ones().filter_map(|index| u32::try_from(index).ok()) {
                self.set_steps(index, 0);
            }
        }
        if to == TaskStatus::Completed || from.contains(&TaskStatus::Completed) {
            self.count_unfinished();
        }
        self.activities.set_all(changed, activity);
        self.find_ready();
    }

    /// The tasks that made, or are making, something of what this task made, directly or through others, ascending:
    /// if it runs again, so must they.
    pub(super) fn built_upon(&self, index: u32) -> Vec<u32> {
        let mut found = BTreeSet::new();
        let mut open = vec![index];
        while let Some(next) = open.pop() {
            let dependents = self.task(next).map(|task| &task.dependents);
            for dependent in dependents.into_iter().flatten() {
                match self.task_status(*dependent) {
                    Some(TaskStatus::Completed) if found.insert(*dependent) => {
                        open.push(*dependent);
                    }
                    Some(TaskStatus::Active) => {
                        found.insert(*dependent);
                    }
                    _ => {}
                }
            }
        }
        found.into_iter().collect()
    }

    /// Counts steps, unfinished dependencies and ready tasks anew.
    pub(super) fn recount(&mut self) {
        self.steps_total = self.tasks.iter().map(|task| task.steps_total).sum();
        self.steps_completed = self.tasks.iter().map(|task| task.steps_completed).sum();
        self.count_unfinished();
        self.find_ready();
    }

    fn count_unfinished(&mut self) {
        let mut unfinished = vec![0_u32; self.tasks.len()];
        for (index, task) in (1..).zip(&self.tasks) {
            if task.dependents.is_empty() || self.states.get(index) == Some(TaskStatus::Completed) {
                continue;
            }
            for dependent in &task.dependents {
                if let Some(count) = place(*dependent).and_then(|place| unfinished.get_mut(place)) {
                    *count += 1;
                }
            }
        }
        for (task, count) in self.tasks.iter_mut().zip(unfinished) {
            task.unfinished = count;
        }
    }

    fn find_ready(&mut self) {
        self.ready.clear();
        for status in [TaskStatus::Queued, TaskStatus::SoftFailed] {
            for index in self.states.iter(status) {
                if let Some(task) = place(index).and_then(|place| self.tasks.get(place))
                    && task.unfinished == 0
                {
                    self.ready.set(task.kind, index, true);
                }
            }
        }
    }

    fn tell_dependents(&mut self, index: u32, completed: bool) {
        let Some(dependents) = self
            .task_mut(index)
            .map(|task| std::mem::take(&mut task.dependents))
        else {
            return;
        };
        for dependent in &dependents {
            if let Some(task) = self.task_mut(*dependent) {
                task.unfinished = if completed {
                    task.unfinished.saturating_sub(1)
                } else {
                    task.unfinished + 1
                };
            }
            self.update_ready(*dependent);
        }
        if let Some(task) = self.task_mut(index) {
            task.dependents = dependents;
        }
    }

    /// Puts a task among the ready ones, or takes it away from there.
    fn update_ready(&mut self, index: u32) {
        let (Some(task), Some(status)) = (self.task(index), self.task_status(index)) else {
            return;
        };
        let (kind, ready) = (task.kind, task.unfinished == 0 && is_schedulable(status));
        self.ready.set(kind, index, ready);
    }
}
