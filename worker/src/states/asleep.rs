//! Asleep: asks now and then whether to wake up.

use std::time::Duration;

use farandole_protocol::status::WorkerStatus;
use tracing::info;

use super::duty::{Duty, UnknownWorker, pause};
use super::shift::News;
use crate::contact::Backoff;

/// Between two questions; longer while the Manager is in trouble.
const ASK: Backoff = Backoff::new(Duration::from_secs(3), Duration::from_secs(30));

/// The state's work.
pub async fn asleep(duty: Duty) {
    if let Ok(wish) = work(&duty).await {
        duty.post.tell(News::ChangeTo(wish));
    }
}

/// Ends with the state that the Manager wishes.
async fn work(duty: &Duty) -> Result<WorkerStatus, UnknownWorker> {
    duty.enter(WorkerStatus::Asleep).await?;
    let mut every = ASK;
    loop {
        pause(every.next_wait()).await;
        let wish = duty.manager.state().await;
        duty.note(&wish)?;
        match wish {
            Ok(Some(wish)) => return Ok(wish),
            Ok(None) => every.reset(),
            Err(error) => info!(%error, "no answer to the question whether to wake up"),
        }
    }
}
