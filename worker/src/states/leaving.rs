//! Offline and restarting, which differ in the exit code only: the task is called off and its programs ended, what
//! it said is delivered, and the Manager is told good-bye. Each step has its time; a Manager that is away does not
//! hold anybody up for long.

use std::time::Duration;

use actix::Addr;
use tokio::time::timeout;
use tracing::{info, warn};

use super::shift::{News, Post};
use crate::ask::ask;
use crate::contact::Manager;
use crate::executor::{AwaitIdle, CancelTask, Cause, TaskExecutor};
use crate::upstream::{AwaitDrained, Upstream};

/// For ending programs beyond their grace: longer than the kernel needs to end them.
const PROGRAMS: Duration = Duration::from_secs(8);

/// For delivering what is left. It is kept on disk in any case.
const DELIVERY: Duration = Duration::from_secs(5);

/// For the last call.
const SIGN_OFF: Duration = Duration::from_secs(3);

/// What leaving takes.
#[derive(Clone, Debug)]
pub struct Farewell {
    /// The way to the Foreman.
    pub post: Post,
    /// The Manager, if the Worker is signed on.
    pub manager: Option<Manager>,
    /// Has a task to end, perhaps.
    pub executor: Addr<TaskExecutor>,
    /// Has updates to deliver, perhaps.
    pub upstream: Addr<Upstream>,
    /// How long programs may take to end.
    pub grace: Duration,
    /// What the Worker's process ends with.
    pub exit_code: i32,
}

/// The state's work.
pub async fn leaving(farewell: Farewell) {
    let Farewell { post, manager, executor, upstream, grace, exit_code } = farewell;
    // It fails only when the Worker has ended already.
    ask(&executor, CancelTask { which: None, cause: Cause::Ending }).await.unwrap_or_default();
    if timeout(grace + PROGRAMS, ask(&executor, AwaitIdle)).await.is_err() {
        warn!("the task does not end, leaving without it");
    }
    if let Some(manager) = manager {
        if timeout(DELIVERY, ask(&upstream, AwaitDrained)).await.is_err() {
            warn!("not all task updates could be delivered, they are kept for the next start");
        }
        match timeout(SIGN_OFF, manager.sign_off()).await {
            Ok(Ok(())) => info!("signed off"),
            Ok(Err(error)) => warn!(%error, "cannot sign off"),
            Err(_) => warn!("cannot sign off in time"),
        }
    }
    post.tell(News::Left(exit_code));
}
