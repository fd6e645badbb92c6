//! How long a transfer that was cut off is tried again.

use std::time::Duration;

use farandole_protocol::client::ClientError;
use tokio::time::{Instant, sleep};

/// Without a single byte in so long, it is given up.
const ENOUGH: Duration = Duration::from_mins(2);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What is left of it. Any progress renews it.
#[derive(Debug)]
pub(super) struct Patience {
    last_progress: Instant,
    wait: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self {
            last_progress: Instant::now(),
            wait: Duration::from_millis(500),
        }
    }

    /// Some bytes came through.
    pub(super) fn renew(&mut self) {
        *self = Self::new();
    }

    /// Waits before the next try; gives the error back when it was tried for long enough, or will never help.
    pub(super) async fn wait_after(&mut self, error: ClientError) -> Result<(), ClientError> {
        let may_help = match &error {
            ClientError::Unreachable(_) => true,
            ClientError::Refused { status, .. } => {
                matches!(status, 408 | 409 | 429 | 503 | 502 | 504)
            }
            ClientError::NotUnderstood(_) => false,
        };
        if !may_help || self.last_progress.elapsed() >= ENOUGH {
            return Err(error);
        }
        sleep(self.wait).await;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        Ok(())
    }
}
