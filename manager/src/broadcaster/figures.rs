//! Pure: what the Broadcaster counts.

use std::collections::BTreeMap;

use farandole_protocol::event::{Event, EventKind};
use farandole_protocol::status::TaskStatus;

/// Counts since the process began.
#[derive(Clone, Debug, Default)]
pub struct BroadcasterFigures {
    /// Events by their kind.
    pub published: BTreeMap<EventKind, u64>,
    /// Changes of a single task's status, by the new one.
    pub task_changes: BTreeMap<TaskStatus, u64>,
    /// Who listens.
    pub listeners: u64,
    /// Listeners that did not keep up.
    pub cut_off: u64,
}

impl BroadcasterFigures {
    /// Counts an event.
    pub(super) fn count(&mut self, event: &Event) {
        *self.published.entry(event.kind()).or_default() += 1;
        if let Event::Task(task) = event
            && task.previous_status.is_some()
        {
            *self.task_changes.entry(task.status).or_default() += 1;
        }
    }
}
