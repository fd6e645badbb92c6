//! Why a watched job stands still: asked of the Manager when no Worker is at work on it for a while.

use std::time::{Duration, Instant};

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::status::JobStatus;

use super::view::View;
use crate::words::short;

/// A job may wait this long between two tasks without a word: a Worker may be about to take the next one.
const USUAL: Duration = Duration::from_secs(4);

/// How often the Manager is asked.
const ASK_EVERY: Duration = Duration::from_secs(10);

/// Whether a job stands still, and why.
#[derive(Debug, Default)]
pub(super) struct Standstill {
    since: Option<Instant>,
    asked: Option<Instant>,
    why: Option<String>,
}

impl Standstill {
    /// Why the job stands still now, if it does. A Flamenco Manager cannot say it.
    pub(super) async fn why(&mut self, manager: &ManagerHttp, view: &View) -> Option<String> {
        let now = Instant::now();
        if self.is_due(view, now)
            && let Ok(why) = manager.why_job(view.id).await
        {
            let id = short(view.id);
            self.why = Some(format!(
                "{}; see more with: farandole why {id}",
                why.summary
            ));
        }
        self.why.clone()
    }

    /// Whether the Manager is to be asked now.
    fn is_due(&mut self, view: &View, now: Instant) -> bool {
        let may_run = matches!(view.status, JobStatus::Queued | JobStatus::Active);
        if !may_run || !view.workers().is_empty() {
            *self = Self::default();
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let was_asked = self.asked.is_some_and(|asked| now - asked < ASK_EVERY);
        if now - since < USUAL || was_asked {
            return false;
        }
        self.asked = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use farandole_protocol::api::Job;
    use serde_json::json;

    use super::*;

    fn view(status: &str) -> View {
        let job: Job = serde_json::from_value(json!({
            "id": "8fac4efb-c260-4383-9000-000000000001", "name": "dance", "type": "t", "status": status, "priority": 50,
            "activity": "", "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z",
            "steps_completed": 1, "steps_total": 2, "submitter_platform": "linux",
        }))
        .unwrap();
        View::new(&job, &[])
    }

    #[test]
    fn the_manager_is_asked_after_a_while_and_then_from_time_to_time() {
        let (mut still, begin) = (Standstill::default(), Instant::now());
        let mut is_due =
            |status, seconds| still.is_due(&view(status), begin + Duration::from_secs(seconds));
        assert!(!is_due("active", 0) && !is_due("active", 3));
        assert!(is_due("active", 4) && !is_due("active", 5));
        assert!(is_due("active", 14));
        assert!(!is_due("paused", 15) && !is_due("active", 16));
        assert!(is_due("queued", 20));
    }
}
