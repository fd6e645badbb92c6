//! The closed list of events, and where each goes: its topics (also the rooms of Socket.IO, and the MQTT topics
//! without their prefix).

use std::fmt;
use std::str::FromStr;

use super::payload::{
    EventFarmStatus, EventJobUpdate, EventLastRenderedUpdate, EventLifeCycle, EventTaskLogUpdate,
    EventTaskUpdate, EventWorkerTagUpdate, EventWorkerUpdate,
};
use crate::ids::{JobId, TaskId};
use crate::status::wire_enum;

/// Something that happened, as the world is told: one variant for each kind of payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// The Manager started or is about to end.
    Lifecycle(EventLifeCycle),
    /// The farm's state changed.
    Status(EventFarmStatus),
    /// A job is new, changed, or was deleted.
    Job(EventJobUpdate),
    /// A task changed.
    Task(EventTaskUpdate),
    /// Text was appended to a task's log.
    TaskLog(EventTaskLogUpdate),
    /// A job has new pictures.
    LastRendered(EventLastRenderedUpdate),
    /// A Worker changed, or was deleted.
    Worker(EventWorkerUpdate),
    /// A tag is new, changed, or was deleted.
    WorkerTag(EventWorkerTagUpdate),
}

impl Event {
    /// What kind of payload it has.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Lifecycle(_) => EventKind::Lifecycle,
            Self::Status(_) => EventKind::Status,
            Self::Job(_) => EventKind::Job,
            Self::Task(_) => EventKind::Task,
            Self::TaskLog(_) => EventKind::TaskLog,
            Self::LastRendered(_) => EventKind::LastRendered,
            Self::Worker(_) => EventKind::Worker,
            Self::WorkerTag(_) => EventKind::WorkerTag,
        }
    }

    /// Its own topic: the most particular one.
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Lifecycle(_) => Topic::Lifecycle,
            Self::Status(_) => Topic::Status,
            Self::Job(_) => Topic::Jobs,
            Self::Task(event) => Topic::Job(event.job_id),
            Self::TaskLog(event) => Topic::TaskLog(event.task_id),
            Self::LastRendered(event) => Topic::JobLastRendered(event.job_id),
            Self::Worker(_) => Topic::Workers,
            Self::WorkerTag(_) => Topic::WorkerTags,
        }
    }

    /// All topics it goes to, its own first: one, or two for pictures, which interest the whole farm as well.
    pub fn topics(&self) -> impl Iterator<Item = Topic> + use<> {
        let wider = matches!(self, Self::LastRendered(_)).then_some(Topic::LastRendered);
        std::iter::once(self.topic()).chain(wider)
    }

    /// The payload as JSON text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Lifecycle(event) => serde_json::to_string(event),
            Self::Status(event) => serde_json::to_string(event),
            Self::Job(event) => serde_json::to_string(event),
            Self::Task(event) => serde_json::to_string(event),
            Self::TaskLog(event) => serde_json::to_string(event),
            Self::LastRendered(event) => serde_json::to_string(event),
            Self::Worker(event) => serde_json::to_string(event),
            Self::WorkerTag(event) => serde_json::to_string(event),
        }
    }

    /// Reads a payload of a known kind.
    pub fn from_json(kind: EventKind, json: &str) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            EventKind::Lifecycle => Self::Lifecycle(serde_json::from_str(json)?),
            EventKind::Status => Self::Status(serde_json::from_str(json)?),
            EventKind::Job => Self::Job(serde_json::from_str(json)?),
            EventKind::Task => Self::Task(serde_json::from_str(json)?),
            EventKind::TaskLog => Self::TaskLog(serde_json::from_str(json)?),
            EventKind::LastRendered => Self::LastRendered(serde_json::from_str(json)?),
            EventKind::Worker => Self::Worker(serde_json::from_str(json)?),
            EventKind::WorkerTag => Self::WorkerTag(serde_json::from_str(json)?),
        })
    }
}

wire_enum!(
    /// A kind of event, and its name on our own event stream.
    EventKind, "kind of event", {
        /// See [`Event::Lifecycle`].
        Lifecycle = "lifecycle",
        /// See [`Event::Status`].
        Status = "status",
        /// See [`Event::Job`].
        Job = "job",
        /// See [`Event::Task`].
        Task = "task",
        /// See [`Event::TaskLog`].
        TaskLog = "tasklog",
        /// See [`Event::LastRendered`].
        LastRendered = "last-rendered",
        /// See [`Event::Worker`].
        Worker = "worker",
        /// See [`Event::WorkerTag`].
        WorkerTag = "workertag",
    }
);

impl EventKind {
    /// The event's name on Socket.IO.
    pub const fn socket_io_name(self) -> &'static str {
        match self {
            Self::Lifecycle => "/lifecycle",
            Self::Status => "/status",
            Self::Job => "/jobs",
            Self::Task => "/task",
            Self::TaskLog => "/tasklog",
            Self::LastRendered => "/last-rendered",
            Self::Worker => "/workers",
            Self::WorkerTag => "/workertags",
        }
    }
}

/// What can be listened to.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Topic {
    /// Starts and ends of the Manager.
    Lifecycle,
    /// The farm's state.
    Status,
    /// All jobs.
    Jobs,
    /// The tasks of a job.
    Job(JobId),
    /// The pictures of a job.
    JobLastRendered(JobId),
    /// The pictures of all jobs.
    LastRendered,
    /// The log of a task.
    TaskLog(TaskId),
    /// All Workers.
    Workers,
    /// All tags.
    WorkerTags,
}

/// The text is not a topic.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown topic {0:?}")]
pub struct InvalidTopic(pub String);

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lifecycle => f.write_str("/lifecycle"),
            Self::Status => f.write_str("/status"),
            Self::Jobs => f.write_str("/jobs"),
            Self::Job(job) => write!(f, "/jobs/{job}"),
            Self::JobLastRendered(job) => write!(f, "/jobs/{job}/last-rendered"),
            Self::LastRendered => f.write_str("/last-rendered"),
            Self::TaskLog(task) => write!(f, "/tasklog/{task}"),
            Self::Workers => f.write_str("/workers"),
            Self::WorkerTags => f.write_str("/workertags"),
        }
    }
}

impl FromStr for Topic {
    type Err = InvalidTopic;

    fn from_str(text: &str) -> Result<Self, InvalidTopic> {
        let invalid = || InvalidTopic(text.to_owned());
        let parts: Vec<&str> = text
            .strip_prefix('/')
            .ok_or_else(invalid)?
            .split('/')
            .collect();
        match *parts {
            ["lifecycle"] => Ok(Self::Lifecycle),
            ["status"] => Ok(Self::Status),
            ["jobs"] => Ok(Self::Jobs),
            ["jobs", job] => job.parse().map(Self::Job).map_err(|_| invalid()),
            ["jobs", job, "last-rendered"] => job
                .parse()
                .map(Self::JobLastRendered)
                .map_err(|_| invalid()),
            ["last-rendered"] => Ok(Self::LastRendered),
            ["tasklog", task] => task.parse().map(Self::TaskLog).map_err(|_| invalid()),
            ["workers"] => Ok(Self::Workers),
            ["workertags"] => Ok(Self::WorkerTags),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::api::JobLastRenderedImageInfo;

    fn any_topic() -> impl Strategy<Value = Topic> {
        (0..9, any::<u128>()).prop_map(|(kind, bits)| {
            let uuid = Uuid::from_u128(bits);
            match kind {
                0 => Topic::Lifecycle,
                1 => Topic::Status,
                2 => Topic::Jobs,
                3 => Topic::Job(JobId::from_uuid(uuid)),
                4 => Topic::JobLastRendered(JobId::from_uuid(uuid)),
                5 => Topic::LastRendered,
                6 => Topic::TaskLog(TaskId::from_uuid(uuid)),
                7 => Topic::Workers,
                _ => Topic::WorkerTags,
            }
        })
    }

    proptest! {
        #[test]
        fn a_topic_reads_what_it_prints(topic in any_topic()) {
            prop_assert_eq!(topic.to_string().parse(), Ok(topic));
        }

        #[test]
        fn what_reads_as_a_topic_prints_the_same(text in "/?(jobs|tasklog|workers|x)?(/[0-9a-f-]{0,40})?/?") {
            if let Ok(topic) = text.parse::<Topic>() {
                prop_assert_eq!(topic.to_string(), text);
            }
        }
    }

    #[test]
    fn pictures_interest_their_job_and_the_whole_farm() {
        let job_id = JobId::random();
        let event = Event::LastRendered(EventLastRenderedUpdate {
            job_id,
            thumbnail: JobLastRenderedImageInfo {
                base: "/job-files".to_owned(),
                suffixes: Vec::new(),
            },
        });
        let topics: Vec<_> = event.topics().collect();
        assert_eq!(
            topics,
            [Topic::JobLastRendered(job_id), Topic::LastRendered]
        );
    }

    #[test]
    fn a_task_log_is_read_under_its_own_topic() {
        let task = TaskId::random();
        let json = format!("{{\"task_id\":\"{task}\",\"log\":\"line\\n\"}}");
        let event = Event::from_json(EventKind::TaskLog, &json).unwrap();
        assert_eq!(event.topics().collect::<Vec<_>>(), [Topic::TaskLog(task)]);
        assert_eq!(event.to_json().unwrap(), json);
    }
}
