//! Awake: asks for tasks and has them run, one after the other and without a pause between them.
//!
//! The next one is asked for when the last has ended and the Manager knows all about it; otherwise a Manager that
//! does not yet know would hand out the same task again.

use std::time::Duration;

use farandole_protocol::status::WorkerStatus;
use tokio::time::Instant;
use tracing::{error, info};

use super::duty::{Duty, UnknownWorker, pause};
use super::pace::{Next, Pace};
use super::shift::News;
use crate::ask::ask;
use crate::executor::{AwaitIdle, RunTask};
use crate::upstream::AwaitDrained;

/// A Manager that can do so may take this long to answer, when it has nothing to do for us.
const PATIENCE: Duration = Duration::from_secs(30);

/// The state's work.
pub async fn awake(duty: Duty) {
    if let Ok(wish) = work(&duty).await {
        duty.post.tell(News::ChangeTo(wish));
    }
}

/// Ends with the state that the Manager wishes.
async fn work(duty: &Duty) -> Result<WorkerStatus, UnknownWorker> {
    duty.enter(WorkerStatus::Awake).await?;
    let mut pace = Pace::default();
    loop {
        // They fail only when the Worker ends.
        ask(&duty.executor, AwaitIdle).await.unwrap_or_default();
        ask(&duty.upstream, AwaitDrained).await.unwrap_or_default();
        let asked = Instant::now();
        let reply = duty.manager.request_task(Some(PATIENCE)).await;
        duty.note(&reply)?;
        if let Err(error) = &reply {
            info!(%error, "no answer to the request for a task");
        }
        match pace.next(reply, asked.elapsed()) {
            Next::Run(task) => {
                if let Ok(Err(busy)) = ask(&duty.executor, RunTask { task }).await {
                    error!(error = %busy, "a task was handed out that cannot be run");
                }
            }
            Next::ChangeTo(wish) => return Ok(wish),
            Next::AskAfter(wait) => pause(wait).await,
            Next::AnnounceAndAskAfter(wait) => {
                duty.announce(WorkerStatus::Awake).await?;
                pause(wait).await;
            }
        }
    }
}
