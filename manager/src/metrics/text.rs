//! Pure: the figures as Prometheus reads them. All names begin with `farandole_`.

use std::collections::BTreeMap;
use std::fmt;

use farandole_protocol::event::EventKind;
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use crate::broadcaster::BroadcasterFigures;
use crate::mqtt::MqttFigures;
use crate::refusal_log::{Refusal, RefusalFigures};
use crate::scheduler::SchedulerFigures;

/// What kind of text it is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is measured.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The version of the Manager.
    pub version: &'static str,
    /// Whether each part works.
    pub parts: Vec<(&'static str, bool)>,
    /// How much waits before each part.
    pub queues: Vec<(&'static str, usize)>,
    /// The Scheduler's.
    pub scheduler: SchedulerFigures,
    /// The Broadcaster's.
    pub broadcaster: BroadcasterFigures,
    /// How many connections are open.
    pub connections: u64,
    /// The RefusalLog's.
    pub refusals: RefusalFigures,
    /// The Mqtt's, if there is a broker to send events to.
    pub mqtt: Option<MqttFigures>,
}

/// The figures as text.
pub fn text(figures: Figures) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("farandole");
    registry.register_collector(Box::new(figures));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Figures {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut writer = Writer(encoder);
        writer.gauges(
            "build",
            "the version that runs",
            "version",
            [(self.version, 1)],
        )?;
        let parts = self
            .parts
            .iter()
            .map(|(part, ready)| (*part, u64::from(*ready)));
        writer.gauges(
            "ready",
            "whether a part of the Manager works",
            "part",
            parts,
        )?;
        let queues = self
            .queues
            .iter()
            .map(|(part, waiting)| (*part, *waiting as u64));
        writer.gauges(
            "queue",
            "orders and facts that wait in the mailbox of a part or are being dealt with; what it tells itself is not among them",
            "part",
            queues,
        )?;
        self.scheduler(&mut writer)?;
        self.broadcaster(&mut writer)?;
        writer.gauge("connections", "connections that are open", self.connections)?;
        let refused = all(Refusal::ALL, Refusal::as_str, &self.refusals);
        writer.counters("refused", "what was refused", "kind", refused)?;
        self.mqtt
            .map_or(Ok(()), |figures| mqtt(&figures, &mut writer))
    }
}

impl Figures {
    fn scheduler(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let of = &self.scheduler;
        let jobs = all(JobStatus::ALL, JobStatus::as_str, &of.jobs);
        writer.gauges("jobs", "jobs that have not come to rest", "status", jobs)?;
        let tasks = all(TaskStatus::ALL, TaskStatus::as_str, &of.tasks);
        writer.gauges("tasks", "tasks of these jobs", "status", tasks)?;
        let workers = all(WorkerStatus::ALL, WorkerStatus::as_str, &of.workers);
        writer.gauges("workers", "Workers", "status", workers)?;
        writer.gauge(
            "workers_waiting",
            "Workers that wait for a task",
            of.workers_waiting,
        )?;
        writer.gauge(
            "decisions_waiting",
            "orders that are decided or set aside and not yet answered",
            of.decisions_waiting,
        )?;
        writer.counter("decisions", "orders that were decided", of.decisions)?;
        writer.counter(
            "recoveries",
            "times that the farm was read again after a failed commit",
            of.recoveries,
        )?;
        writer.histogram(
            "commit_writes",
            "row changes of a commit",
            &of.commit_writes,
        )?;
        writer.histogram(
            "commit_seconds",
            "how long a commit takes until it is on disk",
            &of.commit_seconds,
        )
    }

    fn broadcaster(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let of = &self.broadcaster;
        let events = all(EventKind::ALL, EventKind::as_str, &of.published);
        writer.counters("events", "events that were told", "kind", events)?;
        let changes = all(TaskStatus::ALL, TaskStatus::as_str, &of.task_changes);
        let help = "changes of a task's status that were told";
        writer.counters("task_changes", help, "status", changes)?;
        writer.gauge("listeners", "who listens to events", of.listeners)?;
        writer.counter(
            "listeners_cut_off",
            "listeners that did not keep up",
            of.cut_off,
        )
    }
}

fn mqtt(of: &MqttFigures, writer: &mut Writer<'_>) -> fmt::Result {
    let connected = u64::from(of.connected);
    writer.gauge(
        "mqtt_connected",
        "whether the MQTT broker is there",
        connected,
    )?;
    writer.gauge(
        "mqtt_waiting",
        "messages that wait for the MQTT broker",
        of.waiting,
    )?;
    writer.counter(
        "mqtt_delivered",
        "messages that the MQTT broker has taken",
        of.delivered,
    )?;
    writer.counter(
        "mqtt_refused",
        "messages that the MQTT broker would not take",
        of.refused,
    )?;
    writer.counter(
        "mqtt_dropped",
        "messages that had to go, because too many waited",
        of.dropped,
    )
}

/// A count for each value, also for those that were never counted: a rate is known from the first one on.
fn all<T: Copy + Ord>(
    values: &'static [T],
    name: fn(T) -> &'static str,
    counts: &BTreeMap<T, u64>,
) -> impl Iterator<Item = (&'static str, u64)> {
    let count = |value| counts.get(value).copied().unwrap_or(0);
    values.iter().map(move |value| (name(*value), count(value)))
}

/// Writes one metric after the other.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let kind = MetricType::Gauge;
        self.0
            .encode_descriptor(name, help, None, kind)?
            .encode_gauge(&value)
    }

    fn gauges(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (text, value) in values {
            metric
                .encode_family(&[(label, text)])?
                .encode_gauge(&value)?;
        }
        Ok(())
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let kind = MetricType::Counter;
        let mut metric = self.0.encode_descriptor(name, help, None, kind)?;
        metric.encode_counter::<NoLabelSet, _, u64>(&value, None)
    }

    fn counters(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter)?;
        for (text, value) in values {
            metric
                .encode_family(&[(label, text)])?
                .encode_counter::<NoLabelSet, _, u64>(&value, None)?;
        }
        Ok(())
    }

    fn histogram(&mut self, name: &str, help: &str, of: &Histogram) -> fmt::Result {
        let kind = MetricType::Histogram;
        let mut metric = self.0.encode_descriptor(name, help, None, kind)?;
        metric.encode_histogram::<NoLabelSet>(of.sum(), of.count(), of.buckets(), None)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const BOARD: &str = include_str!("../../../deploy/grafana/farandole.json");
    const PAGE: &str = include_str!("../../../docs/observing.md");

    /// The names of all that is served by a Manager that has a broker.
    fn served() -> BTreeSet<String> {
        let histogram = Histogram::new(&[1.0]);
        let figures = Figures {
            version: "1",
            parts: vec![("scheduler", true)],
            queues: vec![("scheduler", 0)],
            scheduler: SchedulerFigures {
                decisions: 0,
                recoveries: 0,
                commit_writes: histogram.clone(),
                commit_seconds: histogram,
                decisions_waiting: 0,
                workers_waiting: 0,
                jobs: BTreeMap::new(),
                tasks: BTreeMap::new(),
                workers: BTreeMap::new(),
            },
            broadcaster: BroadcasterFigures::default(),
            connections: 0,
            refusals: RefusalFigures::default(),
            mqtt: Some(MqttFigures::default()),
        };
        let text = text(figures).unwrap();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples
            .filter_map(|line| line.split(['{', ' ']).next())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_board_asks_only_for_what_is_served() {
        let served = served();
        let words = BOARD.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let asked: BTreeSet<&str> = words
            .filter(|word| word.starts_with("farandole_"))
            .collect();
        assert!(asked.len() > 15);
        for name in asked {
            assert!(served.contains(name), "{name} is not served");
        }
    }

    #[test]
    fn the_page_lists_all_that_is_served_and_no_more() {
        let family = |name: &String| {
            let of = ["_bucket", "_count", "_sum"];
            let of = of.iter().find_map(|ending| name.strip_suffix(ending));
            of.unwrap_or(name).to_owned()
        };
        let served: BTreeSet<String> = served().iter().map(family).collect();
        let listed: BTreeSet<String> = PAGE
            .lines()
            .filter_map(|line| line.strip_prefix("| `farandole_")?.split('`').next())
            .map(|name| format!("farandole_{name}"))
            .collect();
        assert_eq!(served, listed);
    }
}
