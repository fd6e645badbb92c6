//! Memory and CPU of a process on this machine, while something else goes on.

use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::time::{Instant, interval};

const EACH: Duration = Duration::from_millis(250);

/// What a process used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Usage {
    /// Its number.
    pub pid: u32,
    /// Processors kept busy, on average.
    pub cores: f64,
    /// Resident memory at the beginning, in MiB.
    pub memory_before: f64,
    /// The most that was seen.
    pub memory_most: f64,
    /// At the end.
    pub memory_after: f64,
}

/// Runs something and watches these processes meanwhile. Those that are gone at the end have no usage.
pub(super) async fn watch<T>(
    pids: &[u32],
    work: impl Future<Output = T>,
) -> (T, Vec<Option<Usage>>) {
    let mut watches: Vec<Option<Watch>> = pids.iter().map(|pid| Watch::begin(*pid)).collect();
    let mut ticks = interval(EACH);
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                let usage = watches.into_iter().map(|watch| watch?.end()).collect();
                return (done, usage);
            }
            _ = ticks.tick() => watches.iter_mut().flatten().for_each(Watch::look),
        }
    }
}

struct Watch {
    pid: Pid,
    system: System,
    began: Instant,
    cpu_before: u64,
    memory_before: u64,
    memory_most: u64,
}

impl Watch {
    fn begin(pid: u32) -> Option<Self> {
        let (system, began) = (System::new().ok()?, Instant::now());
        let pid = Pid::from_u32(pid);
        let mut watch = Self {
            pid,
            system,
            began,
            cpu_before: 0,
            memory_before: 0,
            memory_most: 0,
        };
        watch.look();
        watch.memory_before = watch.memory_most;
        watch.cpu_before = watch.process()?.accumulated_cpu_time();
        Some(watch)
    }

    fn look(&mut self) {
        let kind = ProcessRefreshKind::nothing().with_memory().with_cpu();
        self.system
            .refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), true, kind);
        let memory = self.process().map_or(0, Process::memory);
        self.memory_most = self.memory_most.max(memory);
    }

    fn process(&self) -> Option<&Process> {
        self.system.process(self.pid)
    }

    fn end(mut self) -> Option<Usage> {
        self.look();
        let process = self.process()?;
        let cpu = Duration::from_millis(
            process
                .accumulated_cpu_time()
                .saturating_sub(self.cpu_before),
        );
        Some(Usage {
            pid: self.pid.as_u32(),
            cores: cpu.as_secs_f64() / self.began.elapsed().as_secs_f64().max(0.001),
            memory_before: mebibytes(self.memory_before),
            memory_most: mebibytes(self.memory_most),
            memory_after: mebibytes(process.memory()),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people; nobody has 8 PiB")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn this_process_uses_memory_and_another_is_not_there() {
        let own = std::process::id();
        let ((), usage) = watch(&[own, u32::MAX - 1], async {}).await;
        let usage: Vec<_> = usage
            .into_iter()
            .map(|usage| usage.map(|usage| usage.memory_before > 0.0))
            .collect();
        assert_eq!(usage, [Some(true), None]);
    }
}
