//! What Workers say of the progress of the tasks that they run, and how it is put into words. Pure.
//!
//! A Worker that is alive is not enough: its program may hang. So a task times out when it has made no progress for too
//! long. Reports are progress; a question whether to go on is only if it says how long the program has done nothing.

use std::time::Duration;

use farandole_protocol::headers::Idle;
use farandole_protocol::time::Timestamp;

use super::job::Job;
use super::keys::{TaskKey, WorkerNo};
use super::turn::Turn;
use super::worker::Worker;

/// A program that does nothing for so long is worth mentioning.
const NOTICEABLE: Duration = Duration::from_mins(1);

/// A program that has saved all of its frames should take no longer to end.
const USUAL_EXIT: Duration = Duration::from_secs(10);

/// What a task says of itself that makes progress again.
const AT_WORK: &str = "Progress";

impl Turn<'_> {
    /// The Worker says how long the program of its task has done nothing: the task made progress that long ago. People
    /// who watch are told when it is worth mentioning, and when that is over.
    pub(super) fn hear_idle(&mut self, key: TaskKey, no: WorkerNo, idle: Idle) {
        let before = self.remark_on(key, no);
        let silence = idle.without_progress();
        let progress = self.farm.uptime.before(silence);
        if let Some(worker) = self.farm.workers.get_mut(&no)
            && let Some(running) = &mut worker.running
        {
            if progress > running.progress {
                running.progress = progress;
                running.touched = self.now - silence;
                self.farm.unsaved.insert(no);
            }
            running.idle = Some(idle);
        }
        let after = self.remark_on(key, no);
        if before != after {
            let activity = after.unwrap_or_else(|| AT_WORK.to_owned());
            self.set_activity(key, Some(activity));
            self.write_task(key, None);
            self.announce_task(key, None);
        }
    }

    fn remark_on(&self, key: TaskKey, no: WorkerNo) -> Option<String> {
        let limit = self.farm.thresholds.task_timeout;
        remark(self.job(key.job)?, self.worker(no)?, limit)
    }
}

/// What is to be said of the task that the Worker runs, if its program has done nothing for long.
pub(super) fn remark(job: &Job, worker: &Worker, limit: Option<Duration>) -> Option<String> {
    let running = worker.running.filter(|running| running.key.job == job.no)?;
    let idle = running.idle?;
    let exit = idle.exit.map(|exit| Duration::from_secs(u64::from(exit)));
    if let Some(exit) = exit.filter(|exit| *exit >= USUAL_EXIT) {
        let kind = job.task(running.key.index).map(|task| task.kind);
        let program = match kind.map(|kind| job.type_name(kind)) {
            Some("blender") => "Blender",
            _ => "the program",
        };
        let exit = span(exit);
        return Some(format!(
            "all frames are done; {program} has not ended for {exit}"
        ));
    }
    let silent = idle.without_progress();
    let noticeable = limit.map_or(NOTICEABLE, |limit| NOTICEABLE.min(limit / 2));
    if silent < noticeable {
        return None;
    }
    let end = limit.map_or_else(String::new, |limit| {
        format!("; it times out after {}", span(limit))
    });
    Some(format!(
        "no output, no finished frame and no processor time for {}{end}",
        span(silent)
    ))
}

/// Since when a task has made no progress, for people.
pub(super) fn timed_out(name: &str, touched: Timestamp) -> String {
    format!("timed out: worker {name} has reported no progress since {touched}")
}

/// A duration with one unit, two where that says more.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} m"),
        (0, minutes, seconds) if minutes < 3 => format!("{minutes} m {seconds} s"),
        (0, minutes, _) => format!("{minutes} m"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        for (seconds, text) in [
            (0, "0 s"),
            (40, "40 s"),
            (60, "1 m"),
            (90, "1 m 30 s"),
            (250, "4 m"),
            (600, "10 m"),
            (3600, "1 h"),
            (5400, "1 h 30 m"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
