//! Pure: the figures as Prometheus reads them. All names begin with `farandole_`.

use std::fmt;

use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use crate::broadcaster::BroadcasterFigures;
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
    /// The Scheduler's.
    pub scheduler: SchedulerFigures,
    /// The Broadcaster's.
    pub broadcaster: BroadcasterFigures,
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
        self.scheduler(&mut writer)?;
        self.broadcaster(&mut writer)
    }
}

impl Figures {
    fn scheduler(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let of = &self.scheduler;
        let jobs = JobStatus::ALL.iter().map(|status| {
            let jobs = of.jobs.iter().filter(|(other, _)| *other == status);
            (status.as_str(), jobs.map(|(_, count)| *count).sum())
        });
        writer.gauges("jobs", "jobs that have not come to rest", "status", jobs)?;
        let tasks = TaskStatus::ALL
            .iter()
            .map(|status| (status.as_str(), of.tasks.get(status).copied().unwrap_or(0)));
        writer.gauges("tasks", "tasks of these jobs", "status", tasks)?;
        let workers = WorkerStatus::ALL.iter().map(|status| {
            (
                status.as_str(),
                of.workers.get(status).copied().unwrap_or(0),
            )
        });
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
        let events = of
            .published
            .iter()
            .map(|(kind, count)| (kind.as_str(), *count));
        writer.counters("events", "events that were told", "kind", events)?;
        let changes = of
            .task_changes
            .iter()
            .map(|(status, count)| (status.as_str(), *count));
        writer.counters(
            "task_changes",
            "changes of a task's status that were told",
            "status",
            changes,
        )?;
        writer.gauge("listeners", "who listens to events", of.listeners)?;
        writer.counter(
            "listeners_cut_off",
            "listeners that did not keep up",
            of.cut_off,
        )
    }
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
